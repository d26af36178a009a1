"""Responses of a real server: what was mailed, and the receipts we make of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from tests.support.batches import batch, recipient
from tests.support.sendgrid import Fault, Reply, SendGridStandIn

MailerFor = Callable[..., SendGrid]
THREE = (recipient(1), recipient(2), recipient(3))


def outcomes(receipts: tuple[Receipt, ...]) -> list[str]:
    return [receipt.outcome for receipt in receipts]


def test_202_is_accepted_with_its_message_id(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    receipts = mailer_for(sendgrid).send(batch(*THREE))
    assert outcomes(receipts) == ["accepted"] * 3
    assert [receipt.subscriber_id for receipt in receipts] == [1, 2, 3]
    assert receipts[0].provider_id == "made-up-id"
    assert sendgrid.addresses == [runner.address for runner in THREE]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 201])
def test_an_ambiguous_response_is_unknown(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, status: int
) -> None:
    sendgrid.script.append(Reply(status=status))
    assert outcomes(mailer_for(sendgrid).send(batch(*THREE))) == ["unknown"] * 3


@pytest.mark.parametrize("fault", ["reset", "lost", "silence", "half_a_line", "garbage"])
def test_a_missing_response_is_unknown(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, fault: Fault
) -> None:
    sendgrid.script.append(fault)
    receipts = mailer_for(sendgrid, timeout=0.3).send(batch(*THREE))
    assert outcomes(receipts) == ["unknown"] * 3
    assert all(receipt.detail for receipt in receipts)


@pytest.mark.parametrize("fault", ["torn", "trickle"])
def test_a_202_that_breaks_off_after_its_first_line_is_still_a_202(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, fault: Fault
) -> None:
    sendgrid.script.append(fault)
    receipts = mailer_for(sendgrid, timeout=10).send(batch(*THREE))
    assert outcomes(receipts) == ["accepted"] * 3
    assert len(sendgrid.mailed) == 3


def test_a_trickle_does_not_hold_a_run_beyond_the_timeout(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.script.append("trickle")
    assert outcomes(mailer_for(sendgrid, timeout=0.3).send(batch(*THREE))) == ["unknown"] * 3


def test_nobody_listening_means_nothing_was_sent(mailer_for: MailerFor) -> None:
    with SendGridStandIn() as sendgrid:
        mailer = mailer_for(sendgrid)
    receipts = mailer.send(batch(*THREE))
    assert outcomes(receipts) == ["not_sent"] * 3
    assert "could not be reached" in receipts[0].detail


def test_a_server_without_tls_means_nothing_was_sent(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    host = sendgrid.url.replace("http://", "https://")
    assert outcomes(mailer_for(sendgrid, host=host).send(batch(*THREE))) == ["not_sent"] * 3
    assert sendgrid.mailed == []


def test_401_stops_with_what_to_do(sendgrid: SendGridStandIn, mailer_for: MailerFor) -> None:
    with pytest.raises(MailerError, match="SENDGRID_API_KEY"):
        mailer_for(sendgrid, api_key="SG.old").send(batch(*THREE))
    assert sendgrid.mailed == []


@pytest.mark.parametrize("status", [200, 301, 302, 307, 403, 404, 405, 406, 415, 422])
def test_a_refusal_of_the_account_or_the_settings_stops(
    sendgrid: SendGridStandIn, mailer_for: MailerFor, status: int
) -> None:
    reply = Reply(status=status, headers=(("Location", f"{sendgrid.url}/elsewhere"),))
    sendgrid.script.append(reply)
    with pytest.raises(MailerError):
        mailer_for(sendgrid).send(batch(*THREE))
    assert len(sendgrid.requests) == 1


def test_400_that_names_a_recipient_refuses_that_one_alone(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.refused_addresses.add(THREE[1].address)
    receipts = mailer_for(sendgrid).send(batch(*THREE))
    assert outcomes(receipts) == ["accepted", "refused", "accepted"]
    assert "valid address" in receipts[1].detail
    assert sendgrid.addresses == [THREE[0].address, THREE[2].address]
    assert len(sendgrid.requests) == 2


def test_400_for_one_recipient_after_the_other_leaves_the_rest_for_the_next_batch(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    people = tuple(recipient(number) for number in range(1, 11))
    # This server names one recipient in each answer.
    sendgrid.refused_addresses |= {person.address for person in people[:6]}
    receipts = mailer_for(sendgrid).send(batch(*people))
    assert outcomes(receipts) == ["refused"] * 4 + ["not_sent"] * 6
    assert sendgrid.mailed == []
    assert len(sendgrid.requests) == 4


def test_400_without_a_name_is_bisected_to_the_recipient(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    people = tuple(recipient(number) for number in range(1, 101))
    sendgrid.silently_refused.add(people[36].address)
    receipts = mailer_for(sendgrid).send(batch(*people))
    assert [receipt.subscriber_id for receipt in receipts if receipt.outcome == "refused"] == [37]
    assert outcomes(receipts).count("accepted") == 99
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 99


def test_400_for_everybody_stops_before_the_account_is_blocked(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    people = tuple(recipient(number) for number in range(1, 101))
    sendgrid.silently_refused.update(runner.address for runner in people)
    with pytest.raises(MailerError):
        mailer_for(sendgrid).send(batch(*people))
    assert len(sendgrid.requests) < 15


def test_400_against_the_message_itself_stops(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    body = {"errors": [{"field": "from.email", "message": "does not match a verified sender"}]}
    sendgrid.script.append(Reply(status=400, body=body))
    with pytest.raises(MailerError, match="verified sender"):
        mailer_for(sendgrid).send(batch(*THREE))


def test_413_is_sent_in_halves_and_everybody_gets_one(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    people = tuple(recipient(number) for number in range(1, 11))
    sendgrid.most_recipients = 3
    assert outcomes(mailer_for(sendgrid).send(batch(*people))) == ["accepted"] * 10
    assert sorted(sendgrid.addresses) == sorted(runner.address for runner in people)


def test_a_stop_after_a_half_was_accepted_leaves_the_rest_unsent(
    sendgrid: SendGridStandIn, mailer_for: MailerFor
) -> None:
    sendgrid.script += [Reply(status=413), None, Reply(status=403)]
    people = tuple(recipient(number) for number in range(1, 5))
    receipts = mailer_for(sendgrid).send(batch(*people))
    assert outcomes(receipts) == ["accepted", "accepted", "not_sent", "not_sent"]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ((), 5),
        ((("X-RateLimit-Reset", "1040"),), 41),
        ((("X-RateLimit-Reset", "900"),), 5),
        ((("X-RateLimit-Reset", "4600"),), 300),
        ((("X-RateLimit-Reset", "1795600000000"),), 300),
        ((("X-RateLimit-Reset", "soon"),), 5),
        ((("Retry-After", "17"), ("X-RateLimit-Reset", "1040")), 17),
    ],
)
def test_429_sends_nothing_and_asks_for_a_sane_pause(
    sendgrid: SendGridStandIn,
    mailer_for: MailerFor,
    headers: tuple[tuple[str, str], ...],
    pause: float,
) -> None:
    sendgrid.script.append(Reply(status=429, headers=headers))
    mailer = mailer_for(sendgrid, clock=lambda: 1000.0)
    assert outcomes(mailer.send(batch(*THREE))) == ["not_sent"] * 3
    assert mailer.requested_pause() == pause
    assert outcomes(mailer.send(batch(*THREE))) == ["accepted"] * 3
    assert mailer.requested_pause() == 0
