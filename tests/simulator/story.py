"""One story from a seed: processes deliver, die and stall; readers leave; the author stops.

Then all comes to rest in fair weather, and the provider's own truth judges the ledger.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.loop.ledger import Ledger
from tests.simulator.book import Book
from tests.simulator.bookkeeping import READERS, Room, address_of
from tests.simulator.provider import HeldLine, Line, Provider
from tests.simulator.scheduler import Actor, Scheduler

Seen = Callable[[Ledger], Ledger]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened; `faults` are sentences, none where all is well.

    `rows` are each delivery's address, status and how often it was mailed. `trace` is the
    next draw of chance: the same only where everything before was drawn alike.
    """

    seed: int
    kills: int
    turns: int
    in_doubt: int
    faults: tuple[str, ...]
    rows: tuple[tuple[str, str, int], ...]
    trace: int


class Telling:
    """A story while it is told."""

    def __init__(self, room: Room, seed: int, through: Seen) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a story must come out the same again
        self.scheduler = Scheduler(
            self.chance,
            kill=self.chance.choice((0.0, 0.01, 0.05)),
            stall=self.chance.choice((0.0, 0.02)),
        )
        self.provider = Provider(self.chance, fair=self.chance.random() < 0.1)
        self.held = self.chance.random() < 0.5
        # On one machine the dead are found out at once; from afar, only by their lease.
        self.near = self.chance.random() < 0.5
        self.through = through
        self.books = room.begin(self.chance.choice((1, 2, 3)), self.scheduler)
        self.left_in_time: set[str] = set()

    def tell(self) -> None:
        """Rough times, and then rest."""
        for number in range(self.chance.choice((1, 2, 3))):
            self.scheduler.start(f"process-{number}", self.process, mortal=True)
        self.scheduler.start("webhook", self.webhook)
        self.scheduler.start("readers", self.readers)
        if self.chance.random() < 0.3:
            self.scheduler.start("author", self.author)
        self.scheduler.run()
        self.rest()

    def process(self, actor: Actor) -> None:
        """A run; where it was killed, cron starts another a while later."""
        try:
            self.deliver(actor)
        finally:
            if actor.dead:
                self.scheduler.start(f"{actor.name}+", self.later, mortal=True)

    def later(self, actor: Actor) -> None:
        actor.wait(self.chance.choice((1, 60, 1800)))
        self.process(actor)

    def deliver(self, actor: Actor) -> None:
        line = HeldLine(actor, self.provider) if self.held else Line(actor, self.provider)
        inner = self.through(self.books.ledger(actor.name, self.gone))
        deliver(Book(actor, inner), line, wait=actor.wait)
        actor.step()
        if self.books.status() == "stopped" and self.held:
            self.books.call_back(line, self.books.recallable())

    def gone(self, holder: str) -> bool:
        if not self.near:
            return False
        return all(one.dead for one in self.scheduler.actors if one.name == holder)

    def webhook(self, actor: Actor) -> None:
        """SendGrid tells what it did: late, twice, in any order."""
        for _ in range(40):
            actor.wait(self.chance.choice((1, 30, 600)))
            self.provider.mail(self.scheduler.now)
            if self.provider.unheard and self.chance.random() < 0.5:
                self.books.take_in([self.provider.unheard.pop()])

    def readers(self, actor: Actor) -> None:
        """Some leave while it goes out."""
        for number in self.chance.sample(range(1, READERS + 1), self.chance.choice((0, 1, 2))):
            actor.wait(self.chance.choice((0, 1, 100)))
            if self.books.leave(number) == "pending":
                self.left_in_time.add(address_of(number))

    def author(self, actor: Actor) -> None:
        """The stop button, and some time later the other one."""
        actor.wait(self.chance.choice((0, 1, 600)))
        self.books.set_status("stopped")
        actor.step()
        if self.held:
            line = HeldLine(actor, self.provider)
            self.books.call_back(line, self.books.recallable())
        actor.wait(self.chance.choice((1, 600, 3000)))
        self.books.set_status("sending")

    def rest(self) -> None:
        """Fair weather, and time enough for every lease, hold and event."""
        self.provider.fair = True
        self.scheduler.kill = self.scheduler.stall = 0.0
        self.scheduler.now += LEASE.total_seconds() + 1
        self.books.set_status("sending")
        self.scheduler.start("the last run", self.deliver)
        self.scheduler.run()
        self.scheduler.now += 10_000
        self.provider.mail(self.scheduler.now)
        self.books.take_in(self.provider.unheard)

    def judge(self, seed: int) -> Story:
        """The ledger against the truth."""
        mailed = self.provider.mailed
        rows = tuple((address, status, mailed[address]) for address, status in self.books.rows())
        faults = [f"{count} times to {one}" for one, count in mailed.items() if count > 1]
        for address, status, count in rows:
            if (status == "accepted") != (count > 0):
                faults.append(f"{address} is {status}, mailed {count} times")
        faults += [f"{one} had left" for one in sorted(self.left_in_time) if mailed[one]]
        found = Counter(status for _, status, _ in rows)
        if found["pending"] or len(rows) != READERS:
            faults.append(f"left over: {dict(found)}")
        return Story(
            seed=seed,
            kills=self.scheduler.kills,
            turns=self.scheduler.turns,
            in_doubt=found["unknown"],
            faults=tuple(faults),
            rows=rows,
            trace=self.chance.getrandbits(64),
        )


def tell(room: Room, seed: int, through: Seen = lambda ledger: ledger) -> Story:
    """The story of this seed, told and judged; each ledger is seen `through` something."""
    telling = Telling(room, seed, through)
    telling.tell()
    return telling.judge(seed)
