"""Newsletters that nobody serves pages for: `[site] url` is empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.support import maildir
from tests.support.sendgrid import KEY, SendGridStandIn
from tests.support.smtp_relay import Relay

GROUP = 4711
LETTERS = "leave@example.com"


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as standin:
        standin.groups[GROUP] = []
        yield standin


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def by_group(weekly: Newsletter, sendgrid: SendGridStandIn) -> Newsletter:
    """Readers leave by an unsubscribe group of SendGrid's."""
    use_sendgrid(weekly, sendgrid, f"unsubscribe_group = {GROUP}")
    return weekly


@pytest.fixture
def by_tracking(weekly: Newsletter, sendgrid: SendGridStandIn) -> Newsletter:
    """Readers leave by SendGrid's Subscription Tracking."""
    use_sendgrid(weekly, sendgrid)
    return weekly


@pytest.fixture
def by_letter(weekly: Newsletter, relay: Relay) -> Newsletter:
    """Readers leave by a letter, which a Maildir takes."""
    maildir.create_maildir(weekly.folder / "mail")
    weekly.set(
        "[images]\n",
        f'[mailbox]\naddress = "{LETTERS}"\nkind = "maildir"\npath = "mail"\n\n[images]\n',
    )
    weekly.set('unsubscribe = "own"', 'unsubscribe = "mailto"')
    use_smtp(weekly, relay)
    return weekly


def use_sendgrid(newsletter: Newsletter, sendgrid: SendGridStandIn, *lines: str) -> None:
    newsletter.set('mailer = "outbox"', 'mailer = "sendgrid"')
    host = "\n".join((f'host = "{sendgrid.url}"', *lines))
    newsletter.set('host = "https://api.sendgrid.com"', host)
    newsletter.set('unsubscribe = "own"', 'unsubscribe = "sendgrid"')
    newsletter.program.env["SENDGRID_API_KEY"] = KEY


def use_smtp(newsletter: Newsletter, relay: Relay) -> None:
    newsletter.set('mailer = "outbox"', 'mailer = "smtp"')
    newsletter.set('host = "localhost"', 'host = "127.0.0.1"')
    newsletter.set("port = 587", f"port = {relay.port}")
    newsletter.set('security = "starttls"', 'security = "none"')
