"""Before the freeze SendGrid checks the message and names the addresses it suppresses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.suppressions import sync_suppressions
from newsletter.editorial.draft import draft_issue
from newsletter.errors import MailerError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.models import Subscriber
from tests.support.delivery_folder import create_sendgrid_newsletter
from tests.support.newsletter_folder import status_of
from tests.support.sendgrid import Reply, SendGridStandIn


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn) -> Context:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    draft_issue(context)
    return context


def runner(number: int) -> str:
    return f"runner{number}@example.org"


def is_frozen(context: Context) -> bool:
    with snapshot(context.engine) as connection:
        return issues.newest_frozen(connection) is not None


def leave(context: Context, number: int) -> None:
    with transaction(context.engine) as connection:
        people.unsubscribe(connection, number, at=context.clock(), source="test")


def test_the_edition_is_rehearsed_and_nobody_gets_the_rehearsal(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    assert send(context, "next").figures == Figures(planned=6, accepted=6)
    rehearsed = [body for method, path, body in sendgrid.calls if path == "/v3/mail/send"]
    assert len(rehearsed) == 1
    assert [personalization["to"] for personalization in rehearsed[0]["personalizations"]] == [
        [{"email": "news@example.com"}]
    ]
    assert len(sendgrid.addresses) == 6


def test_an_edition_that_would_be_refused_is_not_frozen(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    sendgrid.refused_addresses.add("news@example.com")
    with pytest.raises(MailerError, match="SendGrid refuses"):
        send(context, "next")
    assert not is_frozen(context)
    assert sendgrid.mailed == []


def test_an_address_that_sendgrid_suppresses_gets_nothing(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    sendgrid.lists = {
        "bounces": [runner(1), "stranger@example.org", "no address"],
        "spam_reports": [runner(2)],
        "invalid_emails": [runner(3)],
        "unsubscribes": [runner(4)],
    }
    assert send(context, "next").figures == Figures(planned=2, accepted=2)
    assert [status_of(context, runner(number)) for number in range(1, 6)] == [
        "bounced",
        "complained",
        "bounced",
        "unsubscribed",
        "active",
    ]


def test_a_long_list_is_read_page_by_page(context: Context, sendgrid: SendGridStandIn) -> None:
    sendgrid.lists["bounces"] = [f"stranger{n}@example.org" for n in range(1000)] + [runner(6)]
    send(context, "next")
    assert status_of(context, runner(6)) == "bounced"


@pytest.mark.parametrize("answer", ["reset", Reply(status=500), Reply(status=429)])
def test_no_answer_is_reported_and_the_issue_goes_out(
    context: Context, sendgrid: SendGridStandIn, answer: Reply
) -> None:
    sendgrid.other_script += [answer] * 2
    progress = send(context, "next")
    assert progress.figures == Figures(planned=6, accepted=6)
    assert "could not be looked up" in progress.reason
    assert "without a rehearsal" in progress.reason


def test_a_key_that_may_not_read_lists_may_still_send(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    sendgrid.other_script += [Reply(status=403)]
    progress = send(context, "next")
    assert progress.figures == Figures(planned=6, accepted=6)
    assert "could not be looked up" in progress.reason


def test_a_reader_who_unsubscribed_here_is_put_on_sendgrid_s_list_too(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    leave(context, 5)
    send(context, "next")
    assert sendgrid.lists["unsubscribes"] == [runner(5)]


def test_a_reader_who_resubscribed_is_taken_off_the_list_and_stays(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    leave(context, 5)
    reconcile_with_mailer(context)
    next_week = replace(context, clock=lambda: context.clock() + dt.timedelta(days=7))
    with transaction(context.engine) as connection:
        for status in ("pending", "active"):
            people.change_status(
                connection, 5, status, by="subscriber", at=next_week.clock(), source="test"
            )
    reconcile_with_mailer(next_week)
    assert sendgrid.lists["unsubscribes"] == []
    assert status_of(context, runner(5)) == "active"
    # Removing an address twice is harmless: it is no longer on the list.
    reconcile_with_mailer(next_week)


def test_a_first_confirmation_needs_no_request_to_sendgrid(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    with transaction(context.engine) as connection:
        new = Subscriber(address="new@example.org", status="pending")
        added = people.add(
            connection,
            new,
            at=context.clock(),
            source="test",
            secrets=context.secrets.require_signing(),
        )
        assert added.subscriber is not None
        people.change_status(
            connection,
            added.subscriber.id,
            "active",
            by="subscriber",
            at=context.clock(),
            source="test",
        )
    reconcile_with_mailer(context)
    assert [method for method, _, _ in sendgrid.calls if method == "DELETE"] == []


def reconcile_with_mailer(context: Context) -> None:
    mailer = context.mailer()
    assert sync_suppressions(context.engine, mailer, clock=context.clock) == ""
    mailer.close()
