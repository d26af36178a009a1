"""Whose fault SendGrid's answers are: the account's, the message's, or one recipient's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.models import Figures
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.batches import batch, faults, outcomes, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.sendgrid import Reply, SendGridStandIn

MailerFor = Callable[..., SendGrid]
PEOPLE = tuple(recipient(number) for number in range(1, 11))


def refusal(status: int, message: str, field: str | None = None) -> Reply:
    error = {"message": message, "field": field, "help": None}
    return Reply(status=status, body={"errors": [error]})


@pytest.mark.parametrize(
    ("reply", "fault", "told", "untold"),
    [
        (
            refusal(401, "Maximum credits exceeded"),
            "account",
            "Maximum credits exceeded",
            "SENDGRID_API_KEY",
        ),
        (
            refusal(401, "The provided authorization grant is invalid"),
            "account",
            "SENDGRID_API_KEY",
            "credits",
        ),
        (
            refusal(403, "The from address does not match a verified Sender Identity"),
            "account",
            "verified Sender Identity",
            "",
        ),
        (refusal(400, "does not match a verified sender", "from"), "account", "verified", ""),
        (refusal(400, "does not contain a valid address", "from.email"), "account", "valid", ""),
        (refusal(400, "The content value must be a string", "content.0.value"), "message", "", ""),
        (refusal(404, "not found"), "account", "host under [sender.sendgrid]", ""),
    ],
)
def test_an_answer_about_everybody_stops_and_blames_nobody(
    sendgrid: SendGridStandIn,
    mailer_for: MailerFor,
    reply: Reply,
    fault: str,
    told: str,
    untold: str,
) -> None:
    book = MemoryLedger(batch(), PEOPLE, 5)
    sendgrid.script += [None, reply]
    summary = deliver(book, mailer_for(sendgrid), wait=lambda _seconds: None)
    assert book.figures() == Figures(planned=10, accepted=5, pending=5)
    assert summary.fault == fault
    assert summary.words == reply.body["errors"][0]["message"].rstrip(".")
    assert told in summary.reason
    assert not untold or untold not in summary.reason
    # Once the account is in order again the rest goes, and nobody gets a second one.
    assert deliver(book, mailer_for(sendgrid), wait=lambda _seconds: None).reason == ""
    assert sorted(sendgrid.addresses) == sorted(reader.address for reader in PEOPLE)


def test_a_message_too_large_for_anybody_is_nobody_s_failure(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    book = MemoryLedger(batch(), PEOPLE, 5)
    sendgrid.most_recipients = 0
    summary = deliver(book, mailer_for(sendgrid), wait=lambda _seconds: None)
    assert summary.fault == "message"
    assert "too large (413)" in summary.reason
    assert book.figures() == Figures(planned=10, pending=10)
    assert len(sendgrid.requests) < 15


def test_an_address_that_sendgrid_refuses_is_gone(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.refused_addresses.add(PEOPLE[1].address)
    receipts = mailer_for(sendgrid).send(batch(*PEOPLE[:3]))
    assert outcomes(receipts) == ["accepted", "refused", "accepted"]
    assert faults(receipts) == ["", "reader_gone", ""]


def test_a_recipient_refused_without_a_reason_may_be_anybody_s_fault(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.silently_refused.add(PEOPLE[1].address)
    receipts = mailer_for(sendgrid).send(batch(*PEOPLE[:3]))
    assert outcomes(receipts) == ["accepted", "refused", "accepted"]
    assert faults(receipts) == ["", "reader_refuses", ""]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("https://no-such-host.invalid", "no-such-host.invalid is not found"),
        ("https://api..sendgrid.invalid", "UnicodeError"),
    ],
)
def test_a_host_that_cannot_be_reached_sends_nothing(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, host: str, words: str
) -> None:
    receipts = mailer_for(sendgrid, host=host).send(batch(*PEOPLE[:3]))
    assert outcomes(receipts) == ["not_sent"] * 3
    assert words in receipts[0].detail


def test_a_port_without_tls_is_told(sendgrid: SendGridStandIn, mailer_for: MailerFor) -> None:
    host = sendgrid.url.replace("http://", "https://")
    receipts = mailer_for(sendgrid, host=host).send(batch(*PEOPLE[:3]))
    assert "it does not speak TLS there" in receipts[0].detail
