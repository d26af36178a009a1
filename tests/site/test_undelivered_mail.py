"""Confirmation mail that fails: the visitor sees no difference, and it is retried."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.errors import MailerError
from newsletter.sender.mailers.smtp.mailer import Smtp
from newsletter.site.server import listen
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.sign_up import expire_unconfirmed, process_sign_ups
from newsletter.subscriptions.sign_up import submit_sign_up as sign_up
from subscribers import storage as people
from subscribers.models import SignUp
from tests.support.newsletter_folder import create_newsletter, status_of
from tests.support.sign_up import Now, outbox_messages, submit_sign_up, wait_for_mail_worker
from tests.support.smtp_relay import Relay
from tests.support.visitor import Visitor, run_server

ADA = "ada@example.com"


@pytest.fixture
def context(tmp_path: Path, now: Now) -> Context:
    return replace(create_newsletter(tmp_path / "newsletter"), real_clock=lambda: now[0])


def test_a_message_that_failed_is_sent_later(context: Context, now: Now) -> None:
    outbox = context.folder / "outbox"
    outbox.write_text("a file where the folder should be")
    sign_up(context, SignUp(address=ADA), ip="192.0.2.1")
    assert process_sign_ups(context) == 0
    assert status_of(context, ADA) == "pending"
    outbox.unlink()
    assert process_sign_ups(context) == 0
    now[0] += dt.timedelta(minutes=1, seconds=1)
    assert process_sign_ups(context) == 1
    assert set(outbox_messages(context)) == {ADA}


def test_an_unavailable_mailer_loses_no_message(context: Context, now: Now) -> None:
    def none() -> None:
        raise MailerError("There is no mailer.")

    sign_up(context, SignUp(address=ADA), ip="192.0.2.1")
    with pytest.raises(MailerError):
        process_sign_ups(replace(context, mailer=none))  # type: ignore[arg-type]  # it never returns
    now[0] += dt.timedelta(minutes=20)
    assert process_sign_ups(context) == 1


def test_the_visitor_sees_no_difference(context: Context, now: Now) -> None:
    (context.folder / "outbox").write_text("a file where the folder should be")
    patient = replace(context, wait=lambda _seconds: None)
    site = listen(patient, host="127.0.0.1", port=0)
    with run_server(site.server):
        page = submit_sign_up(context, Visitor(site.port), ADA)
    assert page.status == 200
    assert "Look in your inbox" in page.words
    wait_for_mail_worker()
    now[0] += dt.timedelta(minutes=20)
    (context.folder / "outbox").unlink()
    process_sign_ups(context)
    assert set(outbox_messages(context)) == {ADA}


def test_a_refused_confirmation_is_harmless_and_not_retried(context: Context, now: Now) -> None:
    with Relay(to_recipient={"typo@example.com": "550 5.1.1 no such mailbox"}) as relay:
        by_smtp = replace(
            context,
            clock=lambda: now[0],
            mailer=lambda: Smtp(host="127.0.0.1", port=relay.port, security="none"),
        )
        for address in ("typo@example.com", ADA):
            sign_up(by_smtp, SignUp(address=address), ip="192.0.2.1")
            process_sign_ups(by_smtp)
        now[0] += dt.timedelta(days=2)
        assert process_sign_ups(by_smtp) == 0

    assert relay.addresses == [ADA]
    assert status_of(by_smtp, "typo@example.com") == "pending"
    now[0] += dt.timedelta(days=6)
    assert expire_unconfirmed(by_smtp) == 2
    with snapshot(by_smtp.engine) as connection:
        assert people.find_by_address(connection, "typo@example.com") is None
        barred = people.is_suppressed(connection, "typo@example.com", by_smtp.secrets.signing)
    assert not barred
