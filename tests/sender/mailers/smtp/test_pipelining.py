"""The SMTP mailer on a relay that offers pipelining, and over several connections."""

from __future__ import annotations

import email
import time
from dataclasses import replace
from email import policy

import pytest

from newsletter.models import Figures, Receipt
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers.smtp.mailer import Smtp
from newsletter.sender.mailers.smtp.session import dot_stuff
from tests.support.batches import batch, by_reader, faults, outcomes, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.smtp_relay import Relay


def runner(number: int) -> str:
    return f"runner{number}@example.org"


def send(smtp: Smtp, count: int) -> list[Receipt]:
    return by_reader(smtp.send(batch(*(recipient(number) for number in range(1, count + 1)))))


def test_a_message_costs_one_round_trip(smtp: Smtp, relay: Relay) -> None:
    assert outcomes(send(smtp, 20)) == ["accepted"] * 20
    assert relay.addresses == [runner(number) for number in range(1, 21)]
    assert relay.connections == 1
    # EHLO, the first commands, and one packet for each message, which may arrive in two parts.
    assert relay.packets < 2 + 20 * 2


def test_what_arrives_is_the_message_byte_for_byte(smtp: Smtp, relay: Relay) -> None:
    smtp.send(batch(recipient(1), text=".dots\n..and\nmore.\n" + ".x\n" * 50 + "bye"))
    message = email.message_from_bytes(relay.accepted[0][1], policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    assert str(part.get_content()).splitlines()[:3] == [".dots", "..and", "more."]


@pytest.mark.parametrize("data_anyway", [False, True])
def test_a_refused_address_affects_no_other_recipient(
    smtp: Smtp, relay: Relay, data_anyway: bool
) -> None:
    relay.data_anyway = data_anyway
    relay.to_recipient = {runner(2): "550 no such runner", runner(4): "451 later"}
    receipts = send(smtp, 5)
    assert outcomes(receipts) == ["accepted", "refused", "accepted", "not_sent", "accepted"]
    assert "no such runner" in receipts[1].detail
    assert relay.addresses == [runner(1), runner(3), runner(5)]
    assert relay.connections == 1


def test_contents_that_are_refused_are_refused_alone(smtp: Smtp, relay: Relay) -> None:
    relay.to_data = {runner(1): "554 looks like spam", runner(2): "452 disk full"}
    receipts = send(smtp, 3)
    assert outcomes(receipts) == ["not_sent", "not_sent", "accepted"]
    assert faults(receipts) == ["message", "server_later", ""]


@pytest.mark.parametrize(("fate", "arrived"), [("hang up", True), ("cut", False)])
def test_a_lost_response_makes_one_unknown_and_the_others_get_theirs(
    smtp: Smtp, relay: Relay, fate: str, arrived: bool
) -> None:
    relay.to_data = {runner(2): fate}
    assert outcomes(send(smtp, 4)) == ["accepted", "unknown", "accepted", "accepted"]
    assert (runner(2) in relay.addresses) == arrived
    assert len(set(relay.addresses)) == len(relay.addresses)


def test_a_goodbye_for_one_address_costs_nobody_else_the_message(smtp: Smtp, relay: Relay) -> None:
    relay.to_recipient = {runner(2): "421 closing"}
    receipts = send(smtp, 3)
    assert outcomes(receipts) == ["accepted", "not_sent", "accepted"]
    assert faults(receipts) == ["", "server_later", ""]
    assert relay.addresses == [runner(1), runner(3)]
    assert relay.connections == 4


def test_a_forbidden_value_sends_none_of_its_commands(smtp: Smtp, relay: Relay) -> None:
    bad = recipient(2, unsubscribe_url="https://x.example/\r\nBcc: all@example.org")
    receipts = list(smtp.send(batch(recipient(1), bad, recipient(3))))
    assert outcomes(receipts) == ["accepted", "refused", "accepted"]
    assert relay.addresses == [runner(1), runner(3)]


@pytest.mark.parametrize(
    "hostile", ["x@example.org>\r\nRCPT TO:<evil@example.org", "läufer@example.org"]
)
def test_an_address_is_checked_before_its_commands_are_sent(
    smtp: Smtp, relay: Relay, hostile: str
) -> None:
    receipts = list(smtp.send(batch(recipient(1), recipient(2, hostile), recipient(3))))
    assert outcomes(receipts) == ["accepted", "refused", "accepted"]
    assert relay.addresses == [runner(1), runner(3)]
    assert relay.connections == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_relay_that_refuses_us_fails_no_recipient(
    smtp: Smtp, relay: Relay, *, pipelining: bool
) -> None:
    relay.pipelining = pipelining
    relay.to_sender = "530 5.7.0 Authentication required"
    receipts = send(smtp, 5)
    assert outcomes(receipts) == ["not_sent"] * 5
    assert faults(receipts).count("account") == 3
    assert receipts[0].detail == relay.to_sender
    relay.to_sender = ""
    relay.to_recipient = {runner(n): "554 5.7.1 Relay access denied" for n in range(1, 6)}
    receipts = send(smtp, 5)
    assert outcomes(receipts) == ["not_sent"] * 5
    assert faults(receipts).count("account") == 3
    relay.to_recipient.clear()
    assert outcomes(send(smtp, 3)) == ["accepted"] * 3


def test_a_relay_that_accepts_others_refuses_single_recipients(smtp: Smtp, relay: Relay) -> None:
    relay.to_recipient = {runner(n): "550 5.7.1 not for this domain" for n in range(2, 6)}
    assert outcomes(send(smtp, 5)) == ["accepted"] + ["refused"] * 4


def test_a_relay_that_disconnected_between_batches_is_reconnected(smtp: Smtp, relay: Relay) -> None:
    send(smtp, 1)
    relay.close_connections()
    while relay.open:
        time.sleep(0.01)
    assert outcomes(send(smtp, 2)) == ["accepted", "accepted"]
    assert relay.connections == 2


def test_several_connections_serve_everybody_once(smtp: Smtp, relay: Relay) -> None:
    relay.latency = 0.002
    people = tuple(recipient(number) for number in range(1, 101))
    book = MemoryLedger(batch(), people, 5)
    deliver(book, smtp, wait=lambda _seconds: None, connections=4)
    assert book.figures() == Figures(planned=100, accepted=100)
    assert sorted(relay.addresses) == sorted(runner.address for runner in people)
    assert relay.connections == 4


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n.\r\n"),
    ],
)
def test_a_dot_at_a_line_s_start_is_doubled(message: bytes, sent: bytes) -> None:
    assert dot_stuff(message) == sent


@pytest.mark.parametrize("pipelining", [True, False])
def test_each_message_has_a_return_path_of_its_own(
    smtp: Smtp, relay: Relay, *, pipelining: bool
) -> None:
    relay.pipelining = pipelining
    people = [recipient(number) for number in (1, 2, 3)]
    smtp.send(
        replace(batch(*people), envelope_sender=lambda reader: f"bounce+t{reader}@example.com")
    )
    assert relay.senders == {runner(n): f"bounce+t{n}@example.com" for n in (1, 2, 3)}


def test_a_message_that_is_no_issue_has_the_return_path_that_is_set(
    smtp: Smtp, relay: Relay
) -> None:
    smtp.send(batch(recipient(1), envelope={"return_path": "bounce@example.com"}))
    smtp.send(batch(recipient(2)))
    assert relay.senders == {runner(1): "bounce@example.com", runner(2): "news@example.com"}
