"""The delivery loop with real mailers and a ledger that checks each transition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.models import Figures, Receipt
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.sender.batch import Batch
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.loop.rate_limit import exponential_delay
from newsletter.sender.mailers.outbox import Outbox
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.batches import batch, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.sendgrid import Reply, SendGridStandIn

MailerFor = Callable[..., SendGrid]


def ledger(count: int = 10, size: int = 3, **edition: Any) -> MemoryLedger:
    people = tuple(recipient(number) for number in range(1, count + 1))
    return MemoryLedger(batch(**edition), people, size)


def no_wait(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s without need")


def test_everybody_gets_one_message_and_progress_is_reported(tmp_path: Path) -> None:
    book = ledger()
    seen: list[OutcomeCounts] = []
    outcome = deliver(book, Outbox(tmp_path), wait=no_wait, on_progress=seen.append)
    assert outcome.reason == ""
    assert outcome.counts == OutcomeCounts(accepted=10) == seen[-1]
    assert book.figures() == Figures(planned=10, accepted=10)
    assert len(list((tmp_path / "12").iterdir())) == 10


def test_a_killed_run_is_settled_by_looking_and_then_finished(tmp_path: Path) -> None:
    book = ledger()
    first = book.claim()
    second = book.claim()
    assert first is not None
    assert second is not None
    Outbox(tmp_path).send(first)
    assert book.figures().unknown == 6

    outcome = deliver(book, Outbox(tmp_path), wait=no_wait)
    assert outcome.reason == ""
    assert book.figures() == Figures(planned=10, accepted=10)
    assert len(list((tmp_path / "12").iterdir())) == 10


def test_unknown_deliveries_that_cannot_be_settled_are_never_sent_again(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()
    sendgrid.script += ["lost", None, Reply(status=500), "reset"]
    for _ in range(2):
        outcome = deliver(book, mailer_for(sendgrid), wait=no_wait)
        assert outcome.reason == ""
    assert book.figures() == Figures(planned=10, accepted=3, unknown=7)
    assert len(sendgrid.addresses) == len(set(sendgrid.addresses)) == 6


def test_a_rate_limit_is_waited_for(sendgrid: SendGridStandIn, mailer_for: MailerFor) -> None:
    book = ledger()
    waits: list[float] = []
    later = Reply(status=429, headers=(("X-RateLimit-Reset", "1001"),))
    sendgrid.script += [None, later, later, Reply(status=429), None]
    mailer = mailer_for(sendgrid, clock=lambda: 1000.0)
    outcome = deliver(book, mailer, wait=waits.append)
    assert outcome.reason == ""
    assert waits == [2, 10, 20]
    assert sorted(sendgrid.addresses) == sorted(runner.address for runner in book.recipients)


def test_an_endless_rate_limit_ends_with_a_reason_and_no_busy_loop(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()
    waits: list[float] = []
    sendgrid.script += [Reply(status=429)] * 100
    outcome = deliver(book, mailer_for(sendgrid), wait=waits.append)
    assert "waits for the next run" in outcome.reason
    assert len(waits) == 23
    assert min(waits) == 5
    assert max(waits) == 300
    assert book.figures() == Figures(planned=10, pending=10)


def test_a_dead_connection_is_retried_a_few_times(mailer_for: MailerFor) -> None:
    with SendGridStandIn() as sendgrid:
        mailer = mailer_for(sendgrid)
    book = ledger()
    waits: list[float] = []
    outcome = deliver(book, mailer, wait=waits.append)
    assert "could not be reached" in outcome.reason
    assert waits == [5, 10, 20, 40, 80]
    assert book.figures() == Figures(planned=10, pending=10)


def test_a_wrong_key_during_delivery_stops_and_a_right_one_continues(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()
    sendgrid.script += [None, Reply(status=401)]
    stopped = deliver(book, mailer_for(sendgrid), wait=no_wait)
    assert "SENDGRID_API_KEY" in stopped.reason
    assert book.figures() == Figures(planned=10, accepted=3, pending=7)

    assert deliver(book, mailer_for(sendgrid), wait=no_wait).reason == ""
    assert sorted(sendgrid.addresses) == sorted(runner.address for runner in book.recipients)


def test_one_bad_recipient_fails_alone_and_the_others_get_one_each(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger(count=100, size=100)
    sendgrid.refused_addresses.add(book.recipients[36].address)
    outcome = deliver(book, mailer_for(sendgrid), wait=no_wait)
    assert outcome.reason == ""
    assert book.figures() == Figures(planned=100, accepted=99, failed=1)
    assert book.status[37] == "failed"
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 99


def test_a_message_refused_for_everybody_stops_before_anything_is_sent(tmp_path: Path) -> None:
    book = ledger(subject="Hills\r\nBcc: all@example.org")
    outcome = deliver(book, Outbox(tmp_path), wait=no_wait)
    assert "line break" in outcome.reason
    assert book.figures() == Figures(planned=10, pending=10)
    assert list(tmp_path.iterdir()) == []


@dataclass(slots=True)
class Clock:
    """A clock that moves only on waiting, and by a second with each look."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def test_the_rate_is_kept(tmp_path: Path) -> None:
    clock = Clock()
    deliver(ledger(), Outbox(tmp_path), wait=clock.wait, rate_per_minute=60, clock=clock)
    assert clock.waits == [3, 3, 3]


def test_the_time_of_sending_counts_towards_the_wait(tmp_path: Path) -> None:
    clock = Clock()

    class Slow(Outbox):
        def send(self, batch: Batch) -> tuple[Receipt, ...]:
            clock.now += 2
            return super().send(batch)

    deliver(ledger(), Slow(tmp_path), wait=clock.wait, rate_per_minute=60, clock=clock)
    assert clock.waits == [1, 1, 1]


class Silent:
    """A mailer that returns no receipt for the last recipient."""

    name = "silent"
    connections = 1
    batch_size = 3

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        return tuple(
            Receipt(subscriber_id=runner.subscriber_id, outcome="accepted")
            for runner in batch.recipients[:-1]
        )

    def close(self) -> None: ...


def test_a_recipient_without_a_receipt_is_unknown() -> None:
    book = ledger(count=3)
    deliver(book, Silent(), wait=no_wait)
    assert book.figures() == Figures(planned=3, accepted=2, unknown=1)


def test_backoff_grows_up_to_five_minutes() -> None:
    assert [exponential_delay(tries) for tries in (0, 1, 2, 3, 7, 50)] == [0, 5, 10, 20, 300, 300]
