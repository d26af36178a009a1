"""A provider whose hidden truth is known to the judge alone.

It queues what it accepts and mails it at its moment, unless its hold was cancelled before.
It loses answers, accepts late, refuses, asks for patience, and confirms cancels or not.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.sendgrid.bisect import all_of
from newsletter.sender.mailers.sendgrid.held_mailer import AHEAD
from newsletter.sender.mailers.sendgrid.payload import IN_TIME
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.simulator.scheduler import BEGIN, Actor

# What may happen to a request: (weight where the weather is bad, name).
_FATES = (
    (30, "ok"),
    (4, "lost"),
    (4, "reset"),
    (4, "late"),
    (3, "busy"),
    (2, "away"),
    (2, "minds one"),
)


@dataclass(slots=True)
class Queued:
    """A request that was accepted: mailed once `at` has come, unless cancelled."""

    at: float
    hold_id: str
    attempt_id: str
    recipients: Sequence[Recipient]


@dataclass(slots=True)
class Provider:
    """The other side. `fair` weather brings no faults."""

    chance: random.Random
    fair: bool = False
    queue: list[Queued] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    mailed: Counter[str] = field(default_factory=Counter)
    unheard: list[Event] = field(default_factory=list)
    holds: int = 0

    def fate(self) -> str:
        if self.fair:
            return "ok"
        return self.chance.choices([name for _, name in _FATES], [w for w, _ in _FATES])[0]

    def accept(self, batch: Batch, recipients: Sequence[Recipient], now: float) -> None:
        """Takes a request; what has no hold is mailed at once."""
        at = (batch.hold.send_at - BEGIN).total_seconds() if batch.hold else now
        hold_id = batch.hold.id if batch.hold else ""
        self.queue.append(
            Queued(max(at, now), hold_id, batch.attempt_id, recipients)  # late comers go at once
        )

    def mail(self, now: float) -> None:
        """Mails what is due, and reports it in some order, some of it twice."""
        for one in [queued for queued in self.queue if queued.at <= now]:
            self.queue.remove(one)
            if one.hold_id in self.cancelled:
                continue
            for recipient in one.recipients:
                self.mailed[recipient.address] += 1
                event = Event(
                    mark=f"{one.attempt_id}-{recipient.subscriber_id}",
                    kind="delivered",
                    at=BEGIN + dt.timedelta(seconds=now),
                    attempt_id=one.attempt_id,
                    subscriber_id=recipient.subscriber_id,
                )
                self.unheard += [event] * self.chance.choice((1, 1, 2))
        self.chance.shuffle(self.unheard)


@dataclass(slots=True)
class Line:
    """One process's line to the provider: a mailer that cannot call back."""

    actor: Actor
    provider: Provider
    name: str = "sendgrid"
    batch_size: int = 3
    connections: int = 1

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        people = batch.recipients
        self.actor.step()
        now = self.actor.scheduler.now
        if batch.hold and now > _latest(batch.hold):
            return all_of(people, "not_sent", "too late")
        fate = self.provider.fate()
        if fate in ("busy", "away"):
            return all_of(people, "not_sent", fate)
        if fate == "minds one":
            self.provider.accept(batch, people[1:], now)
            self.actor.step()
            return all_of(people[:1], "refused", fate) + all_of(people[1:], "accepted")
        if fate == "late":
            self.actor.step()
            self.actor.scheduler.start(batch.attempt_id, lambda late: self._late(late, batch))
        elif fate != "reset":
            self.provider.accept(batch, people, now)
        self.actor.step()
        return all_of(people, "accepted" if fate == "ok" else "unknown", fate)

    def close(self) -> None: ...

    def _late(self, late: Actor, batch: Batch) -> None:
        late.wait(self.provider.chance.choice((1, 60, 2000)))
        self.provider.accept(batch, batch.recipients, late.scheduler.now)


class HeldLine(Line):
    """A line whose batches are held and can be called back."""

    def create_hold(self) -> Hold:
        self.actor.step()
        if self.provider.fate() in ("busy", "away"):
            raise NotNow("no id")
        self.provider.holds += 1
        at = self.actor.scheduler.clock() + dt.timedelta(seconds=AHEAD)
        return Hold(id=f"hold-{self.provider.holds}", send_at=at)

    def server_time(self) -> dt.datetime:
        return self.actor.scheduler.clock()

    def recall(self, hold: Hold) -> bool:
        self.actor.step()
        if self.actor.scheduler.now > _latest(hold):
            return False
        fate = self.provider.fate()
        if fate in ("ok", "lost"):
            # Too close to its moment the provider gives no warranty: then chance decides.
            in_time = self.actor.scheduler.now <= _latest(hold)
            if in_time or self.provider.chance.random() < 0.5:
                self.provider.cancelled.add(hold.id)
        self.actor.step()
        confirmed = hold.id in self.provider.cancelled and self.provider.fate() == "ok"
        return confirmed and self.actor.scheduler.now <= _latest(hold)


def _latest(hold: Hold) -> float:
    return (hold.send_at - BEGIN).total_seconds() - IN_TIME
