"""What a report means for its reader, by the status, the words and the recipients it names."""

from __future__ import annotations

import pytest

from newsletter.delivery.mailboxes import judge_report
from newsletter.mailbox.report import Action, RecipientStatus, Report, parse_report
from tests.support import bounce_reports as reports

ANN, ALIAS, OTHER = "ann@readers.example", "ann@home.example", "bob@home.example"


def recipient(action: Action, status: str, words: str = "", to: str = ANN) -> RecipientStatus:
    return RecipientStatus(action=action, status=status, diagnostic=words, addresses=(to,))


def kind_of(*recipients: RecipientStatus) -> str:
    judgement = judge_report(Report(recipients=recipients), ANN)
    assert judgement is not None
    return judgement[0]


@pytest.mark.parametrize(
    ("action", "status", "words", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", "bounce"),
        ("failed", "5.1.1", "", "bounce"),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", "bounce"),
        ("failed", "5.4.4", "Host or domain name not found", "bounce"),
        ("failed", "5.7.1", "550 5.7.1 not wanted by the recipient", "bounce"),
        ("failed", "", "550 no such user", "bounce"),
        ("failed", "", "", "bounce"),
        ("failed", "4.4.7", "delivery time expired", "deferred"),
        ("failed", "4.2.2", "452 4.2.2 mailbox full", "deferred"),
        ("failed", "", "451 greylisted", "deferred"),
        ("failed", "5.0.0", "451 4.2.1 mailbox busy", "deferred"),
        ("delayed", "4.4.1", "connection timed out", "deferred"),
        ("delayed", "", "", "deferred"),
        ("failed", "5.7.1", "554 5.7.1 Blocked: listed at zen.spamhaus.org", "blocked"),
        ("failed", "5.7.26", "550 5.7.26 unauthenticated, see DMARC", "blocked"),
        ("failed", "5.1.1", "550 5.1.1 User unknown, see our blocklist policy", "bounce"),
        ("failed", "", "550 sender address unknown", "blocked"),
        ("failed", "5.3.4", "552 5.3.4 message too big", "blocked"),
        ("delivered", "2.0.0", "250 ok", "delivered"),
        ("relayed", "2.0.0", "", "delivered"),
    ],
)
def test_a_failure_is_the_readers_ours_or_passing(
    action: Action, status: str, words: str, kind: str
) -> None:
    assert kind_of(recipient(action, status, words)) == kind


def test_a_status_that_says_nothing_yields_to_the_servers_words() -> None:
    report = Report(recipients=(recipient("failed", "5.0.0", "550 5.1.1 User unknown"),))
    assert judge_report(report, ANN) == ("bounce", "550 5.1.1 User unknown")
    report = Report(recipients=(recipient("failed", "5.2.1", "550 5.1.1 User unknown"),))
    assert judge_report(report, ANN) == ("bounce", "5.2.1 550 5.1.1 User unknown")


def test_of_several_recipients_the_readers_own_address_decides() -> None:
    dead, full = recipient("failed", "5.1.1", to=OTHER), recipient("failed", "4.2.2")
    assert kind_of(dead, full) == "deferred"
    assert kind_of(recipient("failed", "5.1.1"), recipient("delivered", "2.0.0", to=OTHER)) == (
        "bounce"
    )


def test_of_an_alias_with_several_mailboxes_the_best_decides() -> None:
    dead = recipient("failed", "5.1.1", to=ALIAS)
    assert kind_of(dead, recipient("delayed", "4.2.2", to=OTHER)) == "deferred"
    assert kind_of(dead, recipient("delivered", "2.0.0", to=OTHER)) == "delivered"
    refused = recipient("failed", "5.7.1", "550 5.7.1 not wanted", to=OTHER)
    assert judge_report(Report(recipients=(dead, refused)), ANN) == (
        "bounce",
        "5.7.1 550 5.7.1 not wanted",
    )


def test_only_abuse_is_a_complaint() -> None:
    assert judge_report(Report(feedback="abuse"), ANN) == ("spamreport", "abuse")
    for kind in ("not-spam", "fraud", "virus", "other", "auth-failure"):
        assert judge_report(Report(feedback=kind), ANN) is None


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (reports.postfix("x@example.com"), "bounce"),
        (reports.exim("x@example.com", words="550 no such user"), "bounce"),
        (reports.exim_warning("x@example.com"), "deferred"),
        (reports.exchange("x@example.com"), "bounce"),
        (reports.exchange_online("x@example.com"), "bounce"),
        (reports.qmail("x@example.com"), "bounce"),
        (reports.complaint("x@example.com"), "spamreport"),
    ],
)
def test_the_reports_of_every_mail_system_mean_something(raw: bytes, kind: str) -> None:
    report = parse_report(raw)
    assert report is not None
    judgement = judge_report(report, ANN)
    assert judgement is not None
    assert judgement[0] == kind
