"""Connecting to a relay: names, TLS and login, and a sentence with its cure for each failure."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import MailerError
from newsletter.sender.batch import Batch
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers.smtp.connection import own_name
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import batch, faults, outcomes, recipient
from tests.support.certificate import certificate
from tests.support.memory_ledger import MemoryLedger
from tests.support.smtp_relay import Conversation, Relay

MailerFor = Callable[..., Smtp]
USER, PASSWORD = "läufer@hills.example", "Schneeglöckchen 2026 é"


@pytest.fixture
def mailer_for(relay: Relay) -> Iterator[MailerFor]:
    mailers: list[Smtp] = []

    def create(**settings: Any) -> Smtp:
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": relay.port,
            "security": "none",
            "timeout": 5,
        }
        mailers.append(Smtp(**(given | settings)))
        return mailers[-1]

    yield create
    for mailer in mailers:
        mailer.close()


@pytest.fixture
def server_context(tmp_path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    return context


def two() -> Batch:
    return batch(recipient(1), recipient(2))


def failure(smtp: Smtp) -> MailerError:
    with pytest.raises(MailerError) as caught:
        smtp.send(two())
    assert caught.value.cure
    return caught.value


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN", "CRAM-MD5 PLAIN", "XOAUTH2 LOGIN PLAIN"])
def test_user_name_and_password_are_sent_in_utf_8(
    relay: Relay, mailer_for: MailerFor, offered: str
) -> None:
    relay.auth_offered = offered
    receipts = mailer_for(username=USER, password=PASSWORD).send(two())
    assert outcomes(receipts) == ["accepted"] * 2
    ((user, secret),) = relay.logins
    assert user == USER
    assert secret == PASSWORD or "CRAM-MD5" in offered


def test_another_way_to_log_in_is_tried_if_the_first_one_fails(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.auth_offered = "PLAIN LOGIN"
    relay.auth = lambda _talk: "504 5.5.4 not this way" if len(relay.logins) == 1 else None
    receipts = mailer_for(username=USER, password=PASSWORD).send(two())
    assert outcomes(receipts) == ["accepted"] * 2
    assert relay.logins == [(USER, PASSWORD)] * 2


def test_a_refused_login_is_told_in_the_relay_s_own_words(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.auth_offered = "PLAIN"
    relay.auth = lambda _talk: "534 5.7.9 Application-specific password required"
    error = failure(mailer_for(username=USER, password=PASSWORD))
    assert "does not accept the user name or password" in error.message
    assert "Application-specific password required" in error.message
    assert error.words == "534 5.7.9 Application-specific password required"
    assert PASSWORD not in str(error)


def test_a_login_that_asks_to_come_later_is_tried_again_in_the_same_run(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.auth_offered = "PLAIN LOGIN"
    relay.auth = lambda talk: (
        "454 4.7.0 Temporary authentication failure" if talk.number < 3 else None
    )
    book = MemoryLedger(batch(), (recipient(1), recipient(2)), 2)
    waits: list[float] = []
    summary = deliver(book, mailer_for(username=USER, password=PASSWORD), wait=waits.append)
    assert summary.reason == ""
    assert waits == [5, 10]
    assert relay.addresses == ["runner1@example.org", "runner2@example.org"]


def test_a_login_that_always_asks_to_come_later_leaves_all_pending(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.auth_offered = "PLAIN"
    relay.auth = lambda _talk: "454 4.7.0 Temporary authentication failure"
    book = MemoryLedger(batch(), (recipient(1), recipient(2)), 2)
    waits: list[float] = []
    summary = deliver(book, mailer_for(username=USER, password=PASSWORD), wait=waits.append)
    assert "Temporary authentication failure" in summary.reason
    assert summary.fault == ""
    assert len(waits) == 5
    assert book.figures().pending == 2


def test_a_relay_that_takes_no_password_is_named_with_what_it_takes(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.auth_offered = "XOAUTH2 OAUTHBEARER"
    error = failure(mailer_for(username=USER, password=PASSWORD))
    assert "XOAUTH2 and OAUTHBEARER only" in error.message
    assert "password" in error.cure


def test_a_relay_without_login_is_told(mailer_for: MailerFor) -> None:
    error = failure(mailer_for(username=USER, password=PASSWORD))
    assert "offers no login" in error.message


@pytest.mark.parametrize("host", ["smtp..example.com", "", "läufer..example", "a b", "x\r\ny"])
def test_a_host_that_cannot_be_is_named(mailer_for: MailerFor, host: str) -> None:
    error = failure(mailer_for(host=host))
    assert "is not the name of a host" in error.message
    assert "[sender.smtp]" in error.cure


@pytest.mark.parametrize("host", ["no-such-relay.invalid", "läufer.invalid"])
def test_a_host_that_nobody_knows_is_named(mailer_for: MailerFor, host: str) -> None:
    receipts = mailer_for(host=host).send(two())
    assert outcomes(receipts) == ["not_sent"] * 2
    assert f"{host} is not found" in receipts[0].detail
    assert "check host under [sender.smtp]" in receipts[0].detail


@pytest.mark.parametrize("host", ["127.0.0.1", "[127.0.0.1]", "localhost", "LOCALHOST"])
def test_names_and_addresses_of_a_host_are_taken(
    relay: Relay, mailer_for: MailerFor, host: str
) -> None:
    assert outcomes(mailer_for(host=host).send(two())) == ["accepted"] * 2
    assert relay.greeted_by[0].isascii()


@pytest.mark.parametrize(
    ("name", "address", "greeting"),
    [
        ("mail.hills.example", "192.0.2.7", "mail.hills.example"),
        ("läptop.fritz.box", "192.0.2.7", "xn--lptop-gra.fritz.box"),
        ("laptop", "192.0.2.7", "[192.0.2.7]"),
        ("localhost", "127.0.0.1", "[127.0.0.1]"),
        ("my computer.example", "192.0.2.7", "[192.0.2.7]"),
        ("läptop..example", "2001:db8::7", "[IPv6:2001:db8::7]"),
        ("x" * 64 + ".example", "fe80::7%eth0", "[IPv6:fe80::7]"),
        ("1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "::1", "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_a_machine_greets_by_its_name_or_its_address(
    name: str, address: str, greeting: str
) -> None:
    assert own_name(name, address) == greeting


def test_a_port_without_tls_is_told_from_one_with_it(mailer_for: MailerFor) -> None:
    error = failure(mailer_for(security="tls"))
    assert "does not speak TLS from the start" in error.message
    assert "starttls" in error.cure


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_one_s_own_authority_is_taken_by_ssl_cert_file(
    relay: Relay,
    mailer_for: MailerFor,
    server_context: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
) -> None:
    relay.tls, relay.tls_from_start = server_context, security == "tls"
    error = failure(mailer_for(security=security))
    assert "certificate" in error.message
    assert "SSL_CERT_FILE" in error.cure
    assert relay.accepted == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    assert outcomes(mailer_for(security=security).send(two())) == ["accepted"] * 2


def test_starttls_that_asks_to_come_later_sends_nothing_yet(
    relay: Relay, mailer_for: MailerFor, server_context: ssl.SSLContext
) -> None:
    relay.tls = server_context
    relay.starttls = lambda _talk: "454 4.7.0 TLS not available due to temporary reason"
    receipts = mailer_for(security="starttls").send(two())
    assert outcomes(receipts) == ["not_sent"] * 2
    assert "asks to come later: 454" in receipts[0].detail


@pytest.mark.parametrize(
    "greeting", ["421 4.3.2 Too busy", "450 4.3.2 please try again later", "220-nonsense", "close"]
)
def test_a_greeting_that_asks_to_come_later_sends_nothing_yet(
    relay: Relay, mailer_for: MailerFor, greeting: str
) -> None:
    relay.greet = lambda talk: greeting if talk.number == 1 else None
    smtp = mailer_for(timeout=0.5)
    assert outcomes(smtp.send(two())) == ["not_sent"] * 2
    assert outcomes(smtp.send(two())) == ["accepted"] * 2


def test_a_greeting_that_refuses_us_is_told(relay: Relay, mailer_for: MailerFor) -> None:
    relay.greet = lambda _talk: "554 5.7.1 Client host blocked, see our policy"
    error = failure(mailer_for())
    assert "takes no mail from us: 554 5.7.1 Client host blocked" in error.message


def test_a_server_that_is_no_relay_is_told(relay: Relay, mailer_for: MailerFor) -> None:
    relay.greet = lambda _talk: "HTTP/1.1 400 Bad Request"
    receipts = mailer_for().send(two())
    assert "does not speak SMTP" in receipts[0].detail


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_relay_that_limits_messages_per_session_is_called_again(
    relay: Relay, mailer_for: MailerFor, *, pipelining: bool
) -> None:
    relay.pipelining = pipelining

    def limit(talk: Conversation) -> str | None:
        return "452 4.4.5 Too many messages per session" if talk.taken >= 5 else None

    relay.mail = limit
    receipts = mailer_for().send(batch(*(recipient(number) for number in range(1, 31))))
    assert outcomes(receipts) == ["accepted"] * 30
    assert relay.connections == 6
    assert len(set(relay.addresses)) == len(relay.addresses) == 30


@pytest.mark.parametrize("goodbye", ["421 4.7.0 Enough for one connection", "close"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_relay_that_hangs_up_after_some_messages_is_called_again(
    relay: Relay, mailer_for: MailerFor, goodbye: str, *, pipelining: bool
) -> None:
    relay.pipelining = pipelining
    relay.after = lambda talk: goodbye if talk.taken >= 5 else None
    receipts = mailer_for().send(batch(*(recipient(number) for number in range(1, 31))))
    assert outcomes(receipts) == ["accepted"] * 30
    assert len(set(relay.addresses)) == len(relay.addresses) == 30


def test_a_relay_that_takes_nothing_per_session_is_left_alone_soon(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.mail = lambda _talk: "421 4.3.2 Service shutting down"
    receipts = mailer_for().send(batch(*(recipient(number) for number in range(1, 31))))
    assert outcomes(receipts) == ["not_sent"] * 30
    assert set(faults(receipts)) <= {"", "server_later"}
    assert relay.connections == 3


def test_a_refusal_counts_though_the_relay_hangs_up_after_it(
    relay: Relay, mailer_for: MailerFor
) -> None:
    relay.to_recipient = {"runner1@example.org": "550 5.1.1 No such user"}
    relay.data = lambda talk: "close" if not talk.recipient else None
    receipts = mailer_for().send(two())
    assert outcomes(receipts) == ["refused", "accepted"]
    assert faults(receipts) == ["reader_gone", ""]


def test_a_closed_mailer_connects_again(relay: Relay, mailer_for: MailerFor) -> None:
    smtp = mailer_for()
    with closing(smtp):
        assert outcomes(smtp.send(two())) == ["accepted"] * 2
    assert outcomes(smtp.send(two())) == ["accepted"] * 2
    assert relay.connections == 2
