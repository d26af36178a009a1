"""A simulated provider whose record of mailed messages is known only to the judge.

It queues the requests that it accepts and mails them when they are due, unless their hold was
cancelled before. It loses responses, accepts late, refuses, throttles, puts readers off, has a
quota, and confirms cancels or not.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import RECALL_MARGIN, Batch, Hold, receipt_for_each
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.sendgrid.held_mailer import HOLD_TIME
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.simulator.scheduler import START, Actor

# What may happen to a request, with its weight while the provider is unreliable.
_OUTCOMES = (
    (30, "ok"),
    (4, "lost"),
    (4, "reset"),
    (4, "late"),
    (3, "busy"),
    (2, "away"),
    (2, "refuses one"),
    (4, "puts one off"),
    (1, "quota"),
)


@dataclass(slots=True)
class QueuedRequest:
    """An accepted request, mailed at `at` unless it is cancelled before."""

    at: float
    hold_id: str
    attempt_id: str
    recipients: Sequence[Recipient]


@dataclass(slots=True)
class Provider:
    """The provider. While it is `reliable` it causes no faults."""

    chance: random.Random
    reliable: bool = False
    queue: list[QueuedRequest] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    mailed: Counter[str] = field(default_factory=Counter)
    unreported: list[Event] = field(default_factory=list)
    holds: int = 0
    #: Mailboxes that take nothing, however often they are tried.
    full: frozenset[str] = frozenset()

    def draw_outcome(self) -> str:
        if self.reliable:
            return "ok"
        return self.chance.choices([name for _, name in _OUTCOMES], [w for w, _ in _OUTCOMES])[0]

    def accept(self, batch: Batch, recipients: Sequence[Recipient], now: float) -> None:
        """Accept a request; without a hold it is due at once."""
        at = (batch.hold.send_at - START).total_seconds() if batch.hold else now
        hold_id = batch.hold.id if batch.hold else ""
        self.queue.append(
            QueuedRequest(
                max(at, now), hold_id, batch.attempt_id, recipients
            )  # a request after its due time is mailed at once
        )

    def mail(self, now: float) -> None:
        """Mail what is due and queue its events in random order, some of them twice."""
        for request in [queued for queued in self.queue if queued.at <= now]:
            self.queue.remove(request)
            if request.hold_id in self.cancelled:
                continue
            for recipient in request.recipients:
                self.mailed[recipient.address] += 1
                event = Event(
                    mark=f"{request.attempt_id}-{recipient.subscriber_id}",
                    kind="delivered",
                    at=START + dt.timedelta(seconds=now),
                    attempt_id=request.attempt_id,
                    subscriber_id=recipient.subscriber_id,
                )
                self.unreported += [event] * self.chance.choice((1, 1, 2))
        self.chance.shuffle(self.unreported)


@dataclass(slots=True)
class ProviderMailer:
    """One process's mailer, which cannot recall a batch."""

    actor: Actor
    provider: Provider
    name: str = "sendgrid"
    batch_size: int = 3
    connections: int = 1

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        recipients = batch.recipients
        self.actor.step()
        now = self.actor.scheduler.now
        if batch.hold and now > _deadline(batch.hold):
            return receipt_for_each(recipients, "not_sent", "too late")
        outcome = self.provider.draw_outcome()
        if outcome in ("busy", "away"):
            return receipt_for_each(recipients, "not_sent", outcome)
        if outcome == "quota":
            return receipt_for_each(recipients, "not_sent", "550 5.4.5 quota", fault="account")
        put_off = [recipient for recipient in recipients if recipient.address in self.provider.full]
        if put_off or outcome == "puts one off":
            return self._put_off(batch, put_off or [recipients[0]], now)
        if outcome == "refuses one":
            self.provider.accept(batch, recipients[1:], now)
            self.actor.step()
            return receipt_for_each(recipients[:1], "refused", outcome) + receipt_for_each(
                recipients[1:], "accepted"
            )
        if outcome == "late":
            self.actor.step()
            self.actor.scheduler.start(batch.attempt_id, lambda late: self._late(late, batch))
        elif outcome != "reset":
            self.provider.accept(batch, recipients, now)
        self.actor.step()
        return receipt_for_each(recipients, "accepted" if outcome == "ok" else "unknown", outcome)

    def _put_off(
        self, batch: Batch, put_off: Sequence[Recipient], now: float
    ) -> tuple[Receipt, ...]:
        others = [recipient for recipient in batch.recipients if recipient not in put_off]
        if others:
            self.provider.accept(batch, others, now)
            self.actor.step()
        return receipt_for_each(
            put_off, "not_sent", "452 4.2.2 mailbox full", fault="reader_later"
        ) + receipt_for_each(others, "accepted")

    def close(self) -> None: ...

    def _late(self, late: Actor, batch: Batch) -> None:
        late.wait(self.provider.chance.choice((1, 60, 2000)))
        self.provider.accept(batch, batch.recipients, late.scheduler.now)


class HoldingProviderMailer(ProviderMailer):
    """A mailer whose batches are held and can be recalled."""

    def create_hold(self) -> Hold:
        self.actor.step()
        if self.provider.draw_outcome() in ("busy", "away"):
            raise NotNow("no id")
        self.provider.holds += 1
        at = self.actor.scheduler.clock() + HOLD_TIME
        return Hold(id=f"hold-{self.provider.holds}", send_at=at)

    def server_time(self) -> dt.datetime:
        return self.actor.scheduler.clock()

    def recall(self, hold: Hold) -> bool:
        self.actor.step()
        if self.actor.scheduler.now > _deadline(hold):
            return False
        outcome = self.provider.draw_outcome()
        if outcome in ("ok", "lost"):
            # Too close to the due time the provider guarantees nothing: decide at random.
            in_time = self.actor.scheduler.now <= _deadline(hold)
            if in_time or self.provider.chance.random() < 0.5:
                self.provider.cancelled.add(hold.id)
        self.actor.step()
        confirmed = hold.id in self.provider.cancelled and self.provider.draw_outcome() == "ok"
        return confirmed and self.actor.scheduler.now <= _deadline(hold)


def _deadline(hold: Hold) -> float:
    return (hold.send_at - START).total_seconds() - RECALL_MARGIN.total_seconds()
