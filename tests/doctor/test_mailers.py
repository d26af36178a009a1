"""What the mailer says before anything is sent: SendGrid's account, and a relay's envelope."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from newsletter.config.secrets import Secrets
from newsletter.config.settings import (
    FeedSettings,
    NewsletterSettings,
    SenderSettings,
    SendGridSettings,
    Settings,
    SmtpSettings,
)
from newsletter.doctor.sendgrid import check_sendgrid
from newsletter.doctor.smtp import check_smtp
from tests.doctor.installations import make_installation
from tests.support.sendgrid import KEY, Reply, SendGridStandIn
from tests.support.smtp_relay import Relay

FEEDS = (FeedSettings(url="https://blog.example.com/feed/"),)
NEWSLETTER = NewsletterSettings(
    title="Trail News", from_="News <news@example.com>", author_email="Me <me@example.org>"
)
LISTS = [
    f"suppression.{name}.read"
    for name in ("bounces", "invalid_emails", "spam_reports", "unsubscribes")
]


def domain_row(domain: str, *, valid: bool) -> dict[str, Any]:
    records = {
        "mail_cname": {"host": f"em1.{domain}", "valid": valid},
        "dkim1": {"host": f"s1._domainkey.{domain}", "valid": valid},
    }
    return {"id": 1, "domain": domain, "valid": valid, "dns": records}


def ask_sendgrid(
    sendgrid: SendGridStandIn, *, key: str = KEY, webhook_key: str = "key", recalls: bool = False
) -> list[str]:
    settings = Settings(
        newsletter=NEWSLETTER,
        feeds=FEEDS,
        sender=SenderSettings(
            mailer="sendgrid",
            sendgrid=SendGridSettings(host=sendgrid.url),
            on_unknown="cancel" if recalls else "wait",
        ),
    )
    secrets = Secrets(signing=("made-up-for-tests",), sendgrid_key=key, webhook_key=webhook_key)
    found = list(check_sendgrid(make_installation(settings, secrets=secrets)))
    assert all(diagnosis.cure for diagnosis in found if diagnosis.matters)
    return [f"{diagnosis.verdict} {diagnosis.rule}" for diagnosis in found]


def test_a_full_key_and_an_authenticated_domain_are_well(sendgrid: SendGridStandIn) -> None:
    sendgrid.account |= {
        "scopes": Reply(status=200, body={"scopes": ["mail.send", *LISTS]}),
        "whitelabel/domains": Reply(status=200, body=[domain_row("example.com", valid=True)]),
        "verified_senders": Reply(status=200, body={"results": []}),
    }

    assert ask_sendgrid(sendgrid) == ["ok sendgrid-key", "ok sendgrid-sender"]
    assert sendgrid.mailed == []


def test_what_a_restricted_key_cannot_tell_is_said(sendgrid: SendGridStandIn) -> None:
    sendgrid.account |= {
        "scopes": Reply(status=200, body={"scopes": ["mail.send"]}),
        "whitelabel/domains": Reply(status=403, body={"errors": [{"message": "access forbidden"}]}),
        "verified_senders": Reply(status=403, body={"errors": [{"message": "access forbidden"}]}),
    }

    assert ask_sendgrid(sendgrid) == [
        "ok sendgrid-key",
        "note sendgrid-lists",
        "note sendgrid-sender",
    ]


@pytest.mark.parametrize(
    ("domains", "senders", "expected"),
    [
        ([domain_row("example.com", valid=False)], [], "error sendgrid-sender"),
        ([], [], "error sendgrid-sender"),
        ([], [{"from_email": "News@example.com", "verified": True}], "warning sendgrid-sender"),
        ([], [{"from_email": "news@example.com", "verified": False}], "error sendgrid-sender"),
        ([domain_row("badexample.com", valid=True)], [], "error sendgrid-sender"),
    ],
)
def test_a_sender_that_sendgrid_does_not_sign_for_is_found(
    sendgrid: SendGridStandIn, domains: list[Any], senders: list[Any], expected: str
) -> None:
    sendgrid.account |= {
        "scopes": Reply(status=200, body={"scopes": ["mail.send", *LISTS]}),
        "whitelabel/domains": Reply(status=200, body=domains),
        "verified_senders": Reply(status=200, body={"results": senders}),
    }

    assert ask_sendgrid(sendgrid) == ["ok sendgrid-key", expected]


def test_a_key_that_cannot_send_or_recall_is_an_error(sendgrid: SendGridStandIn) -> None:
    sendgrid.account["scopes"] = Reply(status=200, body={"scopes": LISTS})

    found = ask_sendgrid(sendgrid, webhook_key="", recalls=True)

    assert found == [
        "error sendgrid-key",
        "error sendgrid-recall",
        "note sendgrid-sender",
        "warning sendgrid-events",
    ]


def test_a_wrong_key_and_a_silent_server_are_told_apart(sendgrid: SendGridStandIn) -> None:
    assert ask_sendgrid(sendgrid, key="SG.wrong") == ["error sendgrid-key"]
    sendgrid.account["scopes"] = Reply(status=500)
    assert ask_sendgrid(sendgrid) == ["warning sendgrid"]


def ask_relay(
    relay: Relay, *, security: Literal["starttls", "none"] = "none", username: str = ""
) -> list[str]:
    settings = Settings(
        newsletter=NEWSLETTER,
        feeds=FEEDS,
        sender=SenderSettings(
            mailer="smtp",
            smtp=SmtpSettings(
                host="127.0.0.1", port=relay.port, security=security, username=username
            ),
        ),
    )
    secrets = Secrets(signing=("made-up-for-tests",), smtp_password="right")
    found = list(check_smtp(make_installation(settings, secrets=secrets)))
    assert all(diagnosis.cure for diagnosis in found if diagnosis.matters)
    return [f"{diagnosis.verdict} {diagnosis.rule}" for diagnosis in found]


def test_a_relay_that_takes_the_envelope_is_well_and_gets_no_message() -> None:
    with Relay() as relay:
        assert ask_relay(relay) == ["ok smtp"]

    assert relay.accepted == []
    assert relay.begun == 0
    assert list(relay.asked) == ["me@example.org"]


def test_a_refused_sender_recipient_or_login_is_an_error() -> None:
    with Relay(to_sender="550 5.7.1 not yours") as relay:
        assert ask_relay(relay) == ["error smtp-envelope"]
    with Relay(to_recipient={"me@example.org": "554 5.7.1 relay access denied"}) as relay:
        assert ask_relay(relay) == ["error smtp-envelope"]
    with Relay(auth_offered="PLAIN", auth=lambda _: "535 5.7.8 wrong") as relay:
        assert ask_relay(relay, username="news") == ["error smtp"]


def test_a_relay_without_the_tls_that_is_wanted_is_an_error() -> None:
    with Relay() as relay:
        assert ask_relay(relay, security="starttls") == ["error smtp"]
        port = relay.port
    relay.port = port
    assert ask_relay(relay) == ["error smtp"], "nobody listens any more"


def test_the_checks_of_another_mailer_say_nothing(tmp_path: Path) -> None:
    installation = make_installation(Settings(newsletter=NEWSLETTER, feeds=FEEDS), folder=tmp_path)

    assert list(check_smtp(installation)) == list(check_sendgrid(installation)) == []
