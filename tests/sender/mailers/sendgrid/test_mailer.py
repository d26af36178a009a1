"""The SendGrid mailer as a whole: connection, log, settings, and each recipient once."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from newsletter.errors import MailerError
from newsletter.sender.mailers import SettlingMailer, ThrottlingMailer
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.batches import batch, recipient
from tests.support.sendgrid import SendGridStandIn

MailerFor = Callable[..., SendGrid]


def test_batches_share_one_connection(sendgrid: SendGridStandIn, mailer_for: MailerFor) -> None:
    mailer = mailer_for(sendgrid)
    for number in range(5):
        mailer.send(batch(recipient(number)))
    assert len(sendgrid.mailed) == 5
    assert sendgrid.connections == 1


def test_a_closed_connection_is_reopened(sendgrid: SendGridStandIn, mailer_for: MailerFor) -> None:
    mailer = mailer_for(sendgrid)
    for number in range(2):
        assert mailer.send(batch(recipient(number)))[0].outcome == "accepted"
        mailer.close()
    assert sendgrid.connections == 2


def test_after_a_lost_response_the_next_batch_is_sent(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    mailer = mailer_for(sendgrid)
    sendgrid.script += [None, "lost", None]
    outcomes = [mailer.send(batch(recipient(number)))[0].outcome for number in range(3)]
    assert outcomes == ["accepted", "unknown", "accepted"]


def test_a_server_that_disconnects_during_the_body_leaves_unknown(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.script.append("hang_up")
    receipts = mailer_for(sendgrid).send(batch(recipient(1), html="x" * 3_000_000))
    assert receipts[0].outcome == "unknown"
    assert sendgrid.mailed == []


def test_no_key_and_no_address_reach_the_log(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, caplog: pytest.LogCaptureFixture
) -> None:
    mailer = mailer_for(sendgrid)
    for name in (None, "python_http_client", "python_http_client.client"):
        caplog.set_level(logging.DEBUG, logger=name)
    mailer.send(batch(recipient(1)))
    assert "SG." not in caplog.text
    assert "example.org" not in caplog.text


def test_a_recipient_sendgrid_would_refuse_does_not_hold_up_the_others(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    receipts = mailer_for(sendgrid).send(
        batch(
            recipient(1),
            recipient(2, "no address at all"),
            recipient(3, "RUNNER1@example.org"),
            recipient(4, unsubscribe_url="https://x.example/\r\nBcc: all@example.org"),
            recipient(5, unsubscribe_url=""),
            recipient(6, address="a" * 10_001),
            recipient(7),
        )
    )
    assert [receipt.outcome for receipt in receipts] == ["accepted", *["refused"] * 5, "accepted"]
    assert sendgrid.addresses == ["runner1@example.org", "runner7@example.org"]


def test_a_batch_without_valid_recipients_sends_no_request(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    receipts = mailer_for(sendgrid).send(batch(recipient(1, "nonsense")))
    assert receipts[0].outcome == "refused"
    assert sendgrid.connections == 0


def test_a_message_that_sendgrid_would_refuse_sends_no_request(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    with pytest.raises(MailerError, match="text/plain part is empty"):
        mailer_for(sendgrid).send(batch(recipient(1), text=""))
    assert sendgrid.connections == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"api_key": " "},
        {"api_key": "SG.x\r\nX-Evil: 1"},
        {"host": "http://api.sendgrid.com"},
        {"host": "api.sendgrid.com"},
        {"batch_size": 1001},
        {"batch_size": 0},
    ],
)
def test_settings_it_cannot_work_with_are_refused_with_a_cure(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, settings: dict[str, object]
) -> None:
    with pytest.raises(MailerError) as caught:
        mailer_for(sendgrid, **settings)
    assert caught.value.cure


def test_it_can_ask_for_a_pause_but_cannot_settle(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    mailer = mailer_for(sendgrid)
    assert isinstance(mailer, ThrottlingMailer)
    assert not isinstance(mailer, SettlingMailer)
