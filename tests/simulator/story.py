"""One story from a seed: processes deliver, die and stall; readers leave; the author stops.

Afterwards everything settles without faults, and the provider's record is compared with the ledger.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.loop.ledger import Ledger
from tests.simulator.backend import GIVE_UP_HOURS, READERS, BackendFactory, address_of
from tests.simulator.database import InterruptibleLedger
from tests.simulator.provider import HoldingProviderMailer, Provider, ProviderMailer
from tests.simulator.scheduler import Actor, Scheduler

LedgerWrapper = Callable[[Ledger], Ledger]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The result of a story; `faults` are sentences, empty if all is well.

    `rows` hold each delivery's address, status and how often it was mailed. `trace` is the next
    random number: it is equal only if every draw before was.
    """

    seed: int
    kills: int
    turns: int
    in_doubt: int
    faults: tuple[str, ...]
    rows: tuple[tuple[str, str, int], ...]
    trace: int


class StoryRun:
    """A running story."""

    def __init__(self, factory: BackendFactory, seed: int, wrap: LedgerWrapper) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # reproducible
        self.scheduler = Scheduler(
            self.chance,
            kill=self.chance.choice((0.0, 0.01, 0.05)),
            stall=self.chance.choice((0.0, 0.02)),
        )
        self.provider = Provider(self.chance, reliable=self.chance.random() < 0.1)
        if self.chance.random() < 0.2:
            self.provider.full = frozenset({address_of(self.chance.randint(1, READERS))})
        self.holds = self.chance.random() < 0.5
        # Dead processes of the same machine are noticed at once, others when their lease runs out.
        self.same_machine = self.chance.random() < 0.5
        self.wrap = wrap
        self.backend = factory.create(self.chance.choice((1, 2, 3)), self.scheduler)
        self.unsubscribed_in_time: set[str] = set()

    def run(self) -> None:
        """Run all actors with faults, then settle."""
        for number in range(self.chance.choice((1, 2, 3))):
            self.scheduler.start(f"process-{number}", self.run_process, mortal=True)
        self.scheduler.start("webhook", self.report_events)
        self.scheduler.start("readers", self.unsubscribe_readers)
        if self.chance.random() < 0.3:
            self.scheduler.start("author", self.stop_and_resume)
        self.scheduler.run()
        self.settle()

    def run_process(self, actor: Actor) -> None:
        """Deliver as one process; if it is killed, cron starts another later."""
        try:
            self.deliver(actor)
        finally:
            if actor.dead:
                self.scheduler.start(f"{actor.name}+", self.restart, mortal=True)

    def restart(self, actor: Actor) -> None:
        actor.wait(self.chance.choice((1, 60, 1800)))
        self.run_process(actor)

    def deliver(self, actor: Actor) -> None:
        mailer = (
            HoldingProviderMailer(actor, self.provider)
            if self.holds
            else ProviderMailer(actor, self.provider)
        )
        inner = self.wrap(self.backend.ledger(actor.name, self.is_dead))
        deliver(InterruptibleLedger(actor, inner), mailer, wait=actor.wait)
        actor.step()
        if self.backend.status() == "stopped" and self.holds:
            self.backend.call_back(mailer, self.backend.recallable())
        self.backend.give_up()

    def is_dead(self, holder: str) -> bool:
        if not self.same_machine:
            return False
        return all(actor.dead for actor in self.scheduler.actors if actor.name == holder)

    def report_events(self, actor: Actor) -> None:
        """Report events as SendGrid does: late, twice, in any order."""
        for _ in range(40):
            actor.wait(self.chance.choice((1, 30, 600)))
            self.provider.mail(self.scheduler.now)
            if self.provider.unreported and self.chance.random() < 0.5:
                self.backend.take_in([self.provider.unreported.pop()])

    def unsubscribe_readers(self, actor: Actor) -> None:
        """Unsubscribe some readers during delivery."""
        for number in self.chance.sample(range(1, READERS + 1), self.chance.choice((0, 1, 2))):
            actor.wait(self.chance.choice((0, 1, 100)))
            if self.backend.leave(number) == "pending":
                self.unsubscribed_in_time.add(address_of(number))

    def stop_and_resume(self, actor: Actor) -> None:
        """Stop the issue, and resume it some time later."""
        actor.wait(self.chance.choice((0, 1, 600)))
        self.backend.set_status("stopped")
        actor.step()
        if self.holds:
            mailer = HoldingProviderMailer(actor, self.provider)
            self.backend.call_back(mailer, self.backend.recallable())
        actor.wait(self.chance.choice((1, 600, 3000)))
        self.backend.set_status("sending")

    def settle(self) -> None:
        """Deliver without faults, after every lease, hold and event is due, and once more.

        Whoever is put off until then is given up: every issue ends.
        """
        self.provider.reliable = True
        self.scheduler.kill = self.scheduler.stall = 0.0
        self.scheduler.now += LEASE.total_seconds() + 1
        self.backend.set_status("sending")
        self.scheduler.start("a later run", self.deliver)
        self.scheduler.run()
        self.scheduler.now += GIVE_UP_HOURS * 3600
        self.provider.mail(self.scheduler.now)
        self.scheduler.start("the last run", self.deliver)
        self.scheduler.run()
        self.scheduler.now += 10_000
        self.provider.mail(self.scheduler.now)
        self.backend.take_in(self.provider.unreported)

    def judge(self, seed: int) -> Story:
        """Compare the ledger with the provider's record."""
        mailed = self.provider.mailed
        rows = tuple((address, status, mailed[address]) for address, status in self.backend.rows())
        faults = [f"{count} times to {address}" for address, count in mailed.items() if count > 1]
        for address, status, count in rows:
            if (status == "accepted") != (count > 0):
                faults.append(f"{address} is {status}, mailed {count} times")
        faults += [
            f"{address} had left"
            for address in sorted(self.unsubscribed_in_time)
            if mailed[address]
        ]
        statuses = Counter(status for _, status, _ in rows)
        if statuses["pending"] or len(rows) != READERS:
            faults.append(f"left over: {dict(statuses)}")
        return Story(
            seed=seed,
            kills=self.scheduler.kills,
            turns=self.scheduler.turns,
            in_doubt=statuses["unknown"],
            faults=tuple(faults),
            rows=rows,
            trace=self.chance.getrandbits(64),
        )


def run_story(
    factory: BackendFactory, seed: int, wrap: LedgerWrapper = lambda ledger: ledger
) -> Story:
    """Run and judge the story of this seed; `wrap` wraps each process's ledger."""
    story_run = StoryRun(factory, seed, wrap)
    story_run.run()
    return story_run.judge(seed)
