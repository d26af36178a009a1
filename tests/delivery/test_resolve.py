"""`resolve`: the author decides on deliveries of unknown outcome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from newsletter.addressing.envelope import recipient
from newsletter.config.settings import MailboxSettings
from newsletter.context import Context
from newsletter.delivery.control import cancel, resume, stop
from newsletter.delivery.ledger.lease_holder import this_holder
from newsletter.delivery.ledger.stored_ledger import StoredLedger
from newsletter.delivery.resolve import resolve
from newsletter.editorial.draft import draft_issue
from newsletter.errors import NotReady
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    freeze_next_issue,
    ledger,
    status,
)
from tests.support.sendgrid import SendGridStandIn


def test_resolved_as_failed_nobody_is_mailed(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    sendgrid.script += [None, "lost"]
    issue = freeze_next_issue(context)
    assert send(context, "last").figures == Figures(planned=6, accepted=4, unknown=2)

    left = resolve(context, "last", "leave")
    assert left.figures == Figures(planned=6, accepted=4, failed=2)
    assert len(sendgrid.addresses) == 6
    assert status(context, issue) == "sent"
    assert "Nothing of it is in doubt" in resolve(context, "last", "leave").reason


def test_resolved_as_resend_only_unknown_deliveries_are_sent(
    tmp_path: Path, sendgrid: SendGridStandIn, database_url: str
) -> None:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, database_url=database_url
    )
    sendgrid.script += [None, "reset"]
    issue = freeze_next_issue(context)
    send(context, "last")
    assert len(sendgrid.addresses) == 4

    again = resolve(context, "last", "resend")
    assert again.figures == Figures(planned=6, accepted=6)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 6
    assert status(context, issue) == "sent"
    context.engine.dispose()


def test_files_in_the_outbox_settle_without_the_author(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    book = dead(ledger(context, freeze_next_issue(context)))
    seen = book.claim(None)
    unseen = book.claim(None)
    assert seen is not None
    assert unseen is not None
    context.mailer().send(seen)

    left = resolve(context, "last", "leave")
    assert left.figures == Figures(planned=6, accepted=2, pending=4)
    assert send(context, "last").figures == Figures(planned=6, accepted=6)


def test_a_stopped_issue_is_decided_about_but_goes_on_only_when_resumed(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    issue = freeze_next_issue(context)
    dead(ledger(context, issue)).claim(None)
    stop(context, "last")

    decided = resolve(context, "last", "resend")
    assert decided.figures == Figures(planned=6, pending=6)
    assert "resume" in decided.reason
    assert sendgrid.addresses == []
    resume(context, "last")
    assert send(context, "last").figures == Figures(planned=6, accepted=6)


def test_a_cancelled_issue_sends_nothing_more(tmp_path: Path, sendgrid: SendGridStandIn) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    dead(ledger(context, freeze_next_issue(context))).claim(None)
    cancel(context, "last")

    with pytest.raises(NotReady, match="--leave"):
        resolve(context, "last", "resend")
    assert resolve(context, "last", "leave").figures == Figures(planned=6, failed=6)


def test_a_reader_who_unsubscribed_by_mail_meanwhile_is_not_mailed_again(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    context = _with_maildir(create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid))
    sendgrid.script += [None, "reset"]
    freeze_next_issue(context)
    send(context, "last")
    with snapshot(context.engine) as connection:
        reader = people.require_by_address(connection, "runner3@example.org")
    fields = dict(recipient(context.config, context.secrets, reader).fields)
    text = fields["unsubscribe_mailto"].partition("?subject=")[2]
    letter = context.folder / "mail" / "new" / "1.host"
    letter.write_text(f"Subject: {text}\r\n\r\n", "utf-8")

    again = resolve(context, "last", "resend")
    assert again.figures == Figures(planned=6, accepted=5, suppressed=1)
    assert "runner3@example.org" not in sendgrid.addresses


def _with_maildir(context: Context) -> Context:
    for name in ("new", "cur", "tmp"):
        (context.folder / "mail" / name).mkdir(parents=True)
    mailbox = MailboxSettings(address="leave@example.com", kind="maildir", path="mail")
    return replace(context, settings=structs.replace(context.settings, mailbox=mailbox))


def test_a_draft_has_no_unknown_deliveries(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    draft_issue(context)
    with pytest.raises(NotReady, match="not gone out"):
        resolve(context, "next", "leave")


def dead(book: StoredLedger) -> StoredLedger:
    """Return the ledger of a process that has died."""
    machine, _, _ = this_holder().rpartition(" ")
    book._holder = f"{machine} 1"
    return book
