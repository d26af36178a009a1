"""What the author is told of a delivery through a relay, by the same relay."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.end_to_end.posts import SUNDAY
from tests.support.smtp_relay import Conversation, Relay

AUTHOR = "jane@example.com"
BEN = "ben@example.net"
QUOTA = "550 5.4.5 daily sending quota exceeded"


@pytest.fixture
def by_smtp(weekly: Newsletter, relay: Relay) -> Newsletter:
    """Three readers, an author with an address, and an issue that is due on Sunday."""
    weekly.set('author_email = ""', f'author_email = "{AUTHOR}"')
    weekly.set('mailer = "outbox"', 'mailer = "smtp"')
    weekly.set('host = "localhost"', 'host = "127.0.0.1"')
    weekly.set("port = 587", f"port = {relay.port}")
    weekly.set('security = "starttls"', 'security = "none"')
    weekly.set('url = ""', 'url = "https://news.example.com"')
    weekly.subscribe(BEN)
    return weekly.at(SUNDAY)


def notices_in(relay: Relay) -> list[EmailMessage]:
    """Return what the author got."""
    return [
        email.message_from_bytes(contents, policy=email.policy.default)
        for address, contents in relay.accepted
        if address == AUTHOR
    ]


def test_a_reader_who_did_not_get_it_is_told_without_their_address(
    by_smtp: Newsletter, relay: Relay
) -> None:
    relay.to_recipient[BEN] = f"550 5.1.1 <{BEN}>: no such user"

    first, second = by_smtp("--quiet", "run"), by_smtp("--quiet", "run")

    assert (first.code, first.out) == (0, "")
    assert first.err == "Of issue 1, 1 of 3 failed: `newsletter issues 1` says who and why.\n"
    assert second.err == ""
    (notice,) = notices_in(relay)
    assert notice["Subject"] == "Issue 1: 1 reader did not get it"
    assert "no such user" in text_of(notice)
    assert BEN not in notice.as_string()


def test_readers_who_wait_are_counted_with_how_long(by_smtp: Newsletter, relay: Relay) -> None:
    relay.to_recipient[BEN] = "452 4.2.2 mailbox full"

    quiet = by_smtp("--quiet", "run")

    assert (quiet.code, quiet.err) == (0, ""), "it goes on by itself"
    (notice,) = notices_in(relay)
    assert notice["Subject"] == "Issue 1: 1 reader waits for a mailbox"
    words = " ".join(text_of(notice).split())
    assert "2 of 3 readers have it." in words
    assert "tried again until Tuesday 07:00" in words


def test_an_account_that_is_refused_is_told_once_in_the_relays_words(
    by_smtp: Newsletter, relay: Relay
) -> None:
    def meter(talk: Conversation) -> str | None:
        return None if talk.asked_for == AUTHOR else QUOTA

    relay.rcpt = meter

    first, second = by_smtp("--quiet", "run"), by_smtp("--quiet", "run")

    assert (first.code, second.code) == (3, 3)
    assert QUOTA in first.err
    assert second.err == ""
    (notice,) = notices_in(relay)
    assert notice["Subject"] == "Issue 1 cannot go on: the mail server refuses your account"
    assert QUOTA in " ".join(text_of(notice).split())


def test_a_notice_that_the_relay_refuses_fails_no_run_and_is_said(
    by_smtp: Newsletter, relay: Relay
) -> None:
    by_smtp.set('approval = "auto"', 'approval = "required"')
    relay.to_recipient[AUTHOR] = "550 5.1.1 no such user"

    first, second = by_smtp("--quiet", "run"), by_smtp("--quiet", "run")
    by_smtp.run("approve", "next")
    sent = by_smtp.run("run", "--json").json

    assert f"could not be sent to {AUTHOR}: 550 5.1.1 no such user" in first.err
    assert (first.code, second.err) == (3, "")
    assert sent["accepted"] == 3
