"""Stopping, cancelling and changing the mailer while an issue is being delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.delivery.control import cancel, resume, stop
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.delivery.send import deliver_frozen
from newsletter.errors import MailerError, SettingsError
from newsletter.models import Figures, Receipt
from newsletter.pipeline.send import send
from newsletter.sender.batch import Batch, receipt_for_each
from newsletter.sender.loop.deliver import deliver
from newsletter.storage.database.engine import snapshot
from newsletter.storage.issues import all_issues
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    ledger,
    status,
)
from tests.support.newsletter_folder import NOW
from tests.support.sendgrid import KEY, Reply, SendGridStandIn


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return create_outbox_newsletter(tmp_path / "newsletter")


@pytest.mark.parametrize("outcome", ["not_sent", "unknown", "accepted"])
def test_batches_not_sent_after_a_cancel_fail_too(context: Context, outcome: str) -> None:
    issue = freeze_next_issue(context)
    book = ledger(context, issue)
    batch = book.claim(None)
    assert batch is not None
    cancel(context, "last")
    book.record(batch, receipt_for_each(batch.recipients, outcome))  # type: ignore[arg-type]  # one of the three
    result = figures(context, issue)
    assert result.pending == 0
    assert result.failed == (6 if outcome == "not_sent" else 4)
    assert status(context, issue) == "cancelled"


def test_a_cancelled_issue_is_not_called_back_into_waiting(
    tmp_path: Path, sendgrid: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = create_sendgrid_newsletter(tmp_path / "held", sendgrid, on_unknown="cancel")
    issue = freeze_next_issue(context)
    sendgrid.script += ["lost"]

    ledger = open_ledger(context, issue)
    record = ledger.record

    def record_and_cancel(batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        record(batch, receipts)
        if status(context, issue) != "cancelled":
            cancel(context, "last")

    monkeypatch.setattr(ledger, "record", record_and_cancel)
    mailer = context.mailer()
    deliver(ledger, mailer, wait=lambda _seconds: None)
    mailer.close()
    result = figures(context, issue)
    assert result == Figures(planned=6, failed=6)
    assert sendgrid.addresses == []


def test_another_mailer_does_not_settle_batches_of_the_one_before(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    folder = tmp_path / "newsletter"
    context = create_sendgrid_newsletter(folder, sendgrid)
    issue = freeze_next_issue(context)
    sendgrid.script += ["lost"]
    assert send(context, "last").figures == Figures(planned=6, accepted=4, unknown=2)

    settings = folder / "newsletter.toml"
    settings.write_text(settings.read_text("utf-8").replace('"sendgrid"', '"outbox"'), "utf-8")
    other = open_newsletter(folder, {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY})
    sent = deliver_frozen(other, replace(issue, status="sending"))
    assert sent.figures == Figures(planned=6, accepted=4, unknown=2)
    assert list(folder.glob("outbox/1/*.eml")) == []


def test_a_stop_ends_a_long_wait(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    issue = freeze_next_issue(context)
    sendgrid.script += [Reply(status=429, headers=(("Retry-After", "300"),))]
    waited: list[float] = []

    def stop_after_three(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            stop(context, "last")

    sent = send(replace(context, wait=stop_after_three), "last")
    assert sent.issue.status == "stopped"
    assert "It was stopped: `newsletter resume 1`" in sent.reason
    assert sum(waited) < 10, "the author stopped it: nobody waits for SendGrid any more"
    assert figures(context, issue) == Figures(planned=6, pending=6)


def test_a_stop_ends_the_wait_for_the_rate(context: Context) -> None:
    freeze_next_issue(context)
    slow = replace(
        context,
        settings=changed(
            context.settings, sender=changed(context.settings.sender, rate_per_minute=1)
        ),
    )
    waited: list[float] = []

    def stop_after_three(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            stop(context, "last")

    sent = send(replace(slow, wait=stop_after_three), "last")
    assert sent.figures == Figures(planned=6, accepted=2, pending=4)
    assert sum(waited) < 10
    resume(context, "last")
    assert send(context, "last").figures == Figures(planned=6, accepted=6)


def test_forbidden_values_are_refused_before_anything_is_planned(
    tmp_path: Path,
) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    own = changed(context.settings.newsletter, list_id="Weekly Letter\r\nBcc: all@example.org")
    hostile = replace(context, settings=changed(context.settings, newsletter=own))
    with pytest.raises(MailerError, match="list_id"):
        freeze_next_issue(hostile)
    with snapshot(context.engine) as connection:
        assert [issue.frozen_at for issue in all_issues(connection)] == [None]
    assert send(context, "next").figures == Figures(planned=6, accepted=6)


def test_a_stop_needs_no_key_for_the_mailer(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    issue = freeze_next_issue(context)
    key_lost = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})
    with pytest.raises(SettingsError, match="no SENDGRID_API_KEY"):
        key_lost.mailer()
    stop(key_lost, "last")
    assert status(context, issue) == "stopped"
