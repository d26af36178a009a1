"""One story from a seed: processes deliver, die and stall; readers leave; the author stops.

Then all comes to rest in fair weather, and the provider's own truth judges the ledger.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from sqlalchemy import select

from newsletter.pipeline.events import take_in
from newsletter.pipeline.ledger import LEASE, StoredLedger
from newsletter.pipeline.recall import call_back, recallable
from newsletter.sender.deliver import deliver
from newsletter.storage import deliveries, issues
from newsletter.storage.engine import reading, writing
from newsletter.storage.tables import delivery
from subscribers import storage as people
from tests.simulator.book import READERS, Book, Newsroom
from tests.simulator.provider import HeldLine, Line, Provider
from tests.simulator.scheduler import Actor, Scheduler


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, in numbers; `faults` are sentences, none where all is well."""

    seed: int
    kills: int
    in_doubt: int
    faults: tuple[str, ...]


class Telling:
    """A story while it is told."""

    def __init__(self, room: Newsroom, seed: int) -> None:
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
        self.issue = room.issue
        self.context = room.begin(self.chance.choice((1, 2, 3)), self.scheduler)
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
        inner = StoredLedger(self.context, self.issue, holder=actor.name, gone=self.gone)
        deliver(Book(actor, inner), line, wait=actor.wait)
        actor.step()
        with reading(self.context.engine) as connection:
            stopped = issues.status_of(connection, self.issue.id) == "stopped"
        if stopped and self.held:
            call_back(self.context, line, recallable(self.context, self.issue))

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
                take_in(self.context, [self.provider.unheard.pop()])

    def readers(self, actor: Actor) -> None:
        """Some leave while it goes out."""
        for number in self.chance.sample(range(1, READERS + 1), self.chance.choice((0, 1, 2))):
            actor.wait(self.chance.choice((0, 1, 100)))
            with writing(self.context.engine) as connection:
                status = connection.scalar(
                    select(delivery.c.status).where(delivery.c.subscriber_id == number)
                )
                people.unsubscribe(connection, number, at=self.context.clock(), source="story")
            if status == "pending":
                self.left_in_time.add(f"runner{number}@example.org")

    def author(self, actor: Actor) -> None:
        """The stop button, and some time later the other one."""
        actor.wait(self.chance.choice((0, 1, 600)))
        self.set_status("stopped")
        actor.step()
        if self.held:
            line = HeldLine(actor, self.provider)
            call_back(self.context, line, recallable(self.context, self.issue))
        actor.wait(self.chance.choice((1, 600, 3000)))
        self.set_status("sending")

    def set_status(self, status: str) -> None:
        with writing(self.context.engine) as connection:
            issues.set_status(connection, self.issue.id, status)  # type: ignore[arg-type]  # the two above

    def rest(self) -> None:
        """Fair weather, and time enough for every lease, hold and event."""
        self.provider.fair = True
        self.scheduler.kill = self.scheduler.stall = 0.0
        self.scheduler.now += LEASE.total_seconds() + 1
        self.set_status("sending")
        self.scheduler.start("the last run", self.deliver)
        self.scheduler.run()
        self.scheduler.now += 10_000
        self.provider.mail(self.scheduler.now)
        take_in(self.context, self.provider.unheard)

    def judge(self) -> Story:
        """The ledger against the truth."""
        with reading(self.context.engine) as connection:
            figures = deliveries.figures(connection, self.issue.id)
            rows = connection.execute(select(delivery.c.address, delivery.c.status)).all()
        faults = [f"{count} times to {one}" for one, count in self.mailed().items() if count > 1]
        for address, status in rows:
            if (status == "accepted") != (self.mailed()[address] > 0):
                faults.append(f"{address} is {status}, mailed {self.mailed()[address]} times")
        faults += [f"{one} had left" for one in self.left_in_time if self.mailed()[one]]
        if figures.pending or len(rows) != READERS:
            faults.append(f"left over: {figures}")
        return Story(0, self.scheduler.kills, figures.unknown, tuple(faults))

    def mailed(self) -> dict[str, int]:
        return self.provider.mailed


def tell(room: Newsroom, seed: int) -> Story:
    """The story of this seed, told and judged."""
    telling = Telling(room, seed)
    telling.tell()
    judged = telling.judge()
    return Story(seed, judged.kills, judged.in_doubt, judged.faults)
