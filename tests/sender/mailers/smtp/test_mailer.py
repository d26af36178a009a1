"""The SMTP mailer against a real SMTP server with scripted replies."""

from __future__ import annotations

import asyncio
import email
import socket
import ssl
from collections.abc import Iterator
from email import policy
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller

from newsletter.errors import MailerError
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import batch, recipient
from tests.support.certificate import certificate


class Relay:
    """An aiosmtpd handler that stores accepted messages; `answers` by address take precedence."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, bytes]] = []
        self.to_recipient: dict[str, str] = {}
        self.to_data: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  # aiosmtpd looks for this name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient.get(address, "250 OK")

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd looks for this name
        address = envelope.rcpt_tos[0]
        reply = self.to_data.get(address, "250 queued as 4711")
        if reply == "hang up":
            self.accepted.append((address, envelope.content))
            server.transport.abort()
            await asyncio.sleep(0.1)
        if reply.startswith("250"):
            self.accepted.append((address, envelope.content))
        return reply


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def server(relay: Relay) -> Iterator[Controller]:
    controller = Controller(relay, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


def mailer(server: Controller, security: Literal["starttls", "none"] = "none") -> Smtp:
    return Smtp(host="127.0.0.1", port=server.port, security=security, timeout=5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def outcomes(receipts: tuple[Any, ...]) -> list[str]:
    return [receipt.outcome for receipt in receipts]


def test_each_recipient_gets_one_whole_message_over_one_connection(
    server: Controller, relay: Relay
) -> None:
    smtp = mailer(server)
    receipts = smtp.send(batch(recipient(1), recipient(2)))
    smtp.close()
    assert outcomes(receipts) == ["accepted", "accepted"]
    assert receipts[0].provider_id == "queued as 4711"
    assert [to for to, _ in relay.accepted] == ["runner1@example.org", "runner2@example.org"]
    message = email.message_from_bytes(relay.accepted[0][1], policy=policy.default)
    assert message["To"] == "runner1@example.org"
    assert "runner2" not in relay.accepted[0][1].decode()


def test_a_header_line_of_998_octets_is_taken_as_it_is(server: Controller, relay: Relay) -> None:
    subject = f"{'a ' * 494}b"
    smtp = mailer(server)
    receipts = smtp.send(batch(recipient(1), subject=subject))
    smtp.close()
    assert outcomes(receipts) == ["accepted"]
    assert f"Subject: {subject}\r\n".encode() in relay.accepted[0][1]


def test_a_refused_address_is_refused_and_the_others_get_theirs(
    server: Controller, relay: Relay
) -> None:
    relay.to_recipient["runner1@example.org"] = "550 no such runner"
    smtp = mailer(server)
    receipts = smtp.send(batch(recipient(1), recipient(2)))
    smtp.close()
    assert outcomes(receipts) == ["refused", "accepted"]
    assert "no such runner" in receipts[0].detail


def test_a_temporary_refusal_means_later(server: Controller, relay: Relay) -> None:
    relay.to_recipient["runner1@example.org"] = "451 try again later"
    relay.to_data["runner2@example.org"] = "452 disk full"
    smtp = mailer(server)
    receipts = smtp.send(batch(recipient(1), recipient(2), recipient(3)))
    smtp.close()
    assert outcomes(receipts) == ["not_sent", "not_sent", "accepted"]


def test_a_lost_response_after_the_message_is_unknown(server: Controller, relay: Relay) -> None:
    relay.to_data["runner1@example.org"] = "hang up"
    smtp = mailer(server)
    receipts = smtp.send(batch(recipient(1), recipient(2)))
    smtp.close()
    assert outcomes(receipts) == ["unknown", "accepted"]


def test_an_unreachable_relay_sends_nothing_and_is_tried_once() -> None:
    smtp = Smtp(host="127.0.0.1", port=1, security="none", timeout=5)
    receipts = smtp.send(batch(recipient(1), recipient(2)))
    assert outcomes(receipts) == ["not_sent", "not_sent"]
    assert "127.0.0.1 cannot be reached" in receipts[1].detail


def test_a_relay_without_starttls_gets_nothing_in_the_clear(
    server: Controller, relay: Relay
) -> None:
    with pytest.raises(MailerError, match="does not offer"):
        mailer(server, security="starttls").send(batch(recipient(1)))
    assert relay.accepted == []


def test_an_untrusted_certificate_stops_sending(relay: Relay, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    controller = Controller(relay, hostname="127.0.0.1", port=_free_port(), tls_context=context)
    controller.start()
    try:
        with pytest.raises(MailerError, match="certificate"):
            mailer(controller, security="starttls").send(batch(recipient(1)))
    finally:
        controller.stop()
    assert relay.accepted == []
