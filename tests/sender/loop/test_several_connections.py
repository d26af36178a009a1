"""Several batches in flight: each recipient is mailed once, whatever happens to one batch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.delivery.control import stop
from newsletter.models import Figures, Receipt
from newsletter.pipeline.send import send
from newsletter.sender.batch import Batch, receipt_for_each
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.batches import batch, recipient
from tests.support.delivery_folder import create_sendgrid_newsletter, freeze_next_issue
from tests.support.memory_ledger import MemoryLedger
from tests.support.sendgrid import Fault, Reply, SendGridStandIn

MailerFor = Callable[..., SendGrid]


def ledger(count: int = 120, size: int = 3) -> MemoryLedger:
    return MemoryLedger(batch(), tuple(recipient(n) for n in range(1, count + 1)), size)


def test_eight_connections_serve_everybody_once(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()
    deliver(book, mailer_for(sendgrid), wait=lambda _seconds: None, connections=8)
    assert book.figures() == Figures(planned=120, accepted=120)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 120
    assert 1 < sendgrid.connections <= 8


@pytest.mark.parametrize(
    "faults",
    [
        ["lost", "reset", Reply(status=503)] * 3,
        [Reply(status=429)] * 12,
        [None, Reply(status=429), "lost"] * 6,
    ],
)
def test_concurrent_faults_mail_nobody_twice(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, faults: list[Fault | Reply | None]
) -> None:
    book = ledger()
    sendgrid.script += faults
    waits: list[float] = []
    outcome = deliver(book, mailer_for(sendgrid), wait=waits.append, connections=4)
    figures = book.figures()
    unknown = sum(fault not in (None, Reply(status=429)) for fault in faults)
    assert outcome.reason == ""
    assert figures == Figures(planned=120, accepted=120 - 3 * unknown, unknown=3 * unknown)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses)
    assert all(pause >= 5 for pause in waits)


class OneFault:
    """Answer eight batches at the same time, the first of them with an exception."""

    name, batch_size, connections = "sendgrid", 3, 8

    def __init__(self) -> None:
        self._together = threading.Barrier(8)

    def send(self, claimed: Batch) -> tuple[Receipt, ...]:
        self._together.wait()
        if claimed.recipients[0].subscriber_id == 1:
            raise ValueError("a fault of ours")
        return receipt_for_each(claimed.recipients, "accepted")

    def close(self) -> None: ...


def test_an_exception_in_one_batch_leaves_the_others_recorded() -> None:
    book = ledger(24)
    with pytest.raises(ValueError, match="a fault of ours"):
        deliver(book, OneFault(), wait=lambda _seconds: None, connections=8)
    assert book.figures() == Figures(planned=24, accepted=21, unknown=3)


def test_a_wrong_key_stops_once_all_batches_have_returned(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()
    sendgrid.script += [None, None, Reply(status=401), Reply(status=401)]
    outcome = deliver(book, mailer_for(sendgrid), wait=lambda _seconds: None, connections=4)
    assert "SENDGRID_API_KEY" in outcome.reason
    assert book.figures().unknown == 0
    assert book.figures().accepted == len(sendgrid.addresses)


def test_an_exception_loses_no_batch_in_flight(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = ledger()

    def bad_progress(_counts: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(
            book,
            mailer_for(sendgrid),
            wait=lambda _seconds: None,
            on_progress=bad_progress,
            connections=4,
        )
    assert book.figures().accepted == len(sendgrid.addresses)


def test_a_stop_is_heeded_before_the_next_batch(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    stopped = send(context, "last", progress=lambda _figures: void(stop(context, "last")))
    assert stopped.figures == Figures(planned=6, accepted=2, pending=4)
    assert len(sendgrid.addresses) == 2


def void(_value: object) -> None:
    """Return nothing, for use in a lambda."""
