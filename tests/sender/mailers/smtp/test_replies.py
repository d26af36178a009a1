"""Whose fault a reply is: a table of replies as servers' manuals and standards write them."""

from __future__ import annotations

import pytest

from newsletter.models import Fault
from newsletter.sender.mailers.smtp.replies import classify, describe, one_line
from newsletter.sender.mailers.smtp.reply_words import WORD_RULES, Phase

_REPLIES: tuple[tuple[Phase, str, Fault], ...] = (
    # The reader, for good.
    ("rcpt", "550 5.1.1 <ana@hills.example>: User unknown in virtual mailbox table", "reader_gone"),
    ("rcpt", "550-5.1.1 The email account that you tried to reach does not exist", "reader_gone"),
    ("rcpt", "550 No such user here", "reader_gone"),
    ("rcpt", "550 Unrouteable address", "reader_gone"),
    ("rcpt", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP lookup", "reader_gone"),
    ("rcpt", "556 5.1.10 Recipient address has null MX", "reader_gone"),
    ("rcpt", "550 5.2.1 The email account is disabled", "reader_gone"),
    ("rcpt", "550 5.1.6 Recipient no longer on server", "reader_gone"),
    ("dot", "554 5.1.1 Mailbox unknown", "reader_gone"),
    # The reader, for now.
    (
        "rcpt",
        "450 4.2.0 <ana@hills.example>: Recipient address rejected: Greylisted",
        "reader_later",
    ),
    ("rcpt", "451 4.7.1 Greylisting in action, please come back later", "reader_later"),
    ("rcpt", "452 4.2.2 Mailbox full", "reader_later"),
    ("dot", "552 5.2.2 Mailbox is over quota", "reader_later"),
    (
        "rcpt",
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
        "reader_later",
    ),
    ("rcpt", "450 4.1.1 unverified address: Address verification in progress", "reader_later"),
    ("rcpt", "450 4.1.2 Recipient address rejected: Domain not found", "reader_later"),
    ("rcpt", "450 mailbox unavailable", "reader_later"),
    # The reader does not want it.
    ("rcpt", "550 5.7.1 Access denied", "reader_refuses"),
    (
        "rcpt",
        "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this list",
        "reader_refuses",
    ),
    ("rcpt", "550 permanent failure", "reader_refuses"),
    # Our account, quota, sender or address.
    ("rcpt", "554 5.7.1 <ana@hills.example>: Relay access denied", "account"),
    ("rcpt", "550 5.4.5 Daily user sending limit exceeded", "account"),
    ("dot", "552 Message would exceed your relay quota", "account"),
    ("mail", "530 5.7.0 Authentication required", "account"),
    ("mail", "553 5.7.1 Sender address rejected: not owned by user post", "account"),
    ("mail", "550 5.7.1 Unauthenticated email is refused", "account"),
    ("mail", "554 Sending is disabled for your account", "account"),
    (
        "connect",
        "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using a DNSBL",
        "account",
    ),
    (
        "rcpt",
        "550 5.7.25 The IP address sending this message does not have a PTR record",
        "account",
    ),
    ("auth", "535 5.7.8 Error: authentication failed", "account"),
    ("auth", "534 5.7.9 Application-specific password required", "account"),
    ("auth", "454 4.7.0 Too many login attempts", "account"),
    ("rcpt", "454 4.7.1 Relay access denied", "account"),
    ("rcpt", "454 4.7.0 Not for you", "account"),
    ("rcpt", "454 4.7.1 Greylisted, come back later", "reader_later"),
    # The message.
    ("dot", "552 5.3.4 Message size exceeds fixed limit", "message"),
    ("mail", "552 5.3.4 Message size exceeds fixed limit", "message"),
    ("mail", "552 too much", "message"),
    ("dot", "554 5.7.1 Message rejected: listed URL", "message"),
    ("dot", "550 5.6.0 Message content not acceptable", "message"),
    (
        "dot",
        "550 5.7.26 Unauthenticated mail is not accepted due to the domain's DMARC policy",
        "message",
    ),
    ("dot", "554 5.7.1 This message has been identified as spam", "message"),
    ("dot", "554 Transaction failed", "message"),
    # This connection.
    ("mail", "452 4.4.5 Maximum number of messages per session exceeded", "session"),
    ("mail", "421 4.7.0 Connection expired, try reconnecting", "session"),
    ("rcpt", "421 4.7.0 Error: too many errors", "session"),
    ("rcpt", "452 4.5.3 Too many recipients", "session"),
    ("mail", "421 closing", "session"),
    ("data", "421 4.4.2 Timeout exceeded", "session"),
    # The server, for everybody.
    ("connect", "421 4.3.2 Service shutting down", "server_later"),
    ("auth", "454 4.7.0 Temporary authentication failure", "server_later"),
    ("ehlo", "454 4.7.0 TLS not available due to temporary reason", "server_later"),
    ("mail", "451 4.3.0 Temporary lookup failure", "server_later"),
    ("dot", "452 4.3.1 Insufficient system storage", "server_later"),
    ("dot", "451 4.3.0 queue file write error", "server_later"),
    (
        "mail",
        "421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume",
        "server_later",
    ),
)


@pytest.mark.parametrize(("phase", "reply", "fault"), _REPLIES)
def test_a_reply_tells_whose_fault_it_is(phase: Phase, reply: str, fault: Fault) -> None:
    assert classify(phase, int(reply[:3]), reply[4:]) == fault


def test_words_in_an_address_say_nothing() -> None:
    plain = classify("rcpt", 550, "5.1.1 <ana@hills.example>: User unknown")
    for address in ("spamhaus@full.example", "quota.exceeded@greylist.example"):
        assert classify("rcpt", 550, f"5.1.1 <{address}>: User unknown") == plain
    assert classify("rcpt", 450, "<greylist@full.example>: later, please") == "reader_later"


def test_each_line_of_a_long_reply_is_read() -> None:
    text = "5.7.1 We are sorry.\n5.7.1 The user does not exist.\n5.7.1 Goodbye."
    assert classify("rcpt", 550, text) == "reader_gone"


@pytest.mark.parametrize("phase", ["connect", "ehlo", "auth", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [400, 421, 499, 500, 550, 599])
def test_every_reply_has_a_fault(phase: Phase, code: int) -> None:
    for text in ("", "5.9.9", "x" * 100_000, "\x00\n\n4.4.4", "5.7.1 " * 5_000):
        assert classify(phase, code, text)


def test_each_rule_names_its_source() -> None:
    assert all(rule.source for rule in WORD_RULES)


def test_a_reply_is_told_in_one_line() -> None:
    assert describe(550, b"5.1.1 No such\r\n5.1.1 user") == "550 5.1.1 No such 5.1.1 user"
    assert one_line("Bo\u00eete pleine".encode("latin-1")) == "Bo\ufffdte pleine"
    assert len(describe(550, b"x" * 5_000)) < 400
