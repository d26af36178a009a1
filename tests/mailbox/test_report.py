"""Reports of bounces, delays and complaints, in the forms that mail systems write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailbox.report import MAX_REPORT, Action, Report, parse_report
from newsletter.mailbox.token_addresses import parse_head
from tests.support import bounce_reports as reports
from tests.support.bounce_reports import ABOUT, status_block

TOKEN = "a" * 32
TO = f"bounce+{TOKEN}@example.com"
# A line of a report that must not be believed, wherever it stands.
DEAD = status_block(ABOUT, "failed", "5.1.1", "550 5.1.1 User unknown")


def only(report: Report | None) -> tuple[Action, str, str]:
    assert report is not None
    (recipient,) = report.recipients
    assert ABOUT in recipient.addresses
    return recipient.action, recipient.status, recipient.diagnostic


def test_a_delivery_report_says_what_became_of_the_message() -> None:
    assert only(parse_report(reports.postfix(TO))) == (
        "failed",
        "5.1.1",
        "550 5.1.1 <ann@readers.example>: Recipient address rejected: User unknown",
    )


@pytest.mark.parametrize(
    ("raw", "action", "status", "words"),
    [
        (reports.postfix(TO, action="delayed", status="4.4.1"), "delayed", "4.4.1", "550"),
        (reports.postfix(TO, action="Failed (bad)", status="5.0.0 (x)"), "failed", "5.0.0", "550"),
        (reports.postfix(TO, action="error"), "failed", "5.1.1", "550"),
        (reports.postfix(TO, action="relayed", status="2.0.0"), "relayed", "2.0.0", "550"),
        (reports.postfix(TO, kind="global-delivery-status"), "failed", "5.1.1", "550"),
        (reports.postfix(TO, diagnostic="550 wörds"), "failed", "5.1.1", "550 w"),
        (reports.exchange_online(TO), "failed", "5.1.10", "550 5.1.10 RESOLVER.ADR."),
        (reports.exim(TO), "failed", "5.1.1", ABOUT),
        (reports.exim(TO, words="550 no such user"), "failed", "", ABOUT),
        (reports.exim_warning(TO), "delayed", "", ABOUT),
        (reports.exchange(TO), "failed", "", f"{ABOUT} on Sun, 22 Nov 2026"),
        (reports.qmail(TO), "failed", "5.1.1", f"<{ABOUT}>: Sorry, no mailbox here"),
    ],
)
def test_each_mail_system_is_understood(
    raw: bytes, action: Action, status: str, words: str
) -> None:
    failure = only(parse_report(raw))
    assert failure[:2] == (action, status)
    assert failure[2].startswith(words)
    assert "\n" not in failure[2]


def test_every_recipient_of_a_report_is_listed() -> None:
    other = status_block("away@elsewhere.example", "delayed", "4.2.2", "452 4.2.2 full")
    report = parse_report(reports.postfix(TO, DEAD, other))
    assert report is not None
    assert [(r.action, r.status, r.addresses[0]) for r in report.recipients] == [
        ("failed", "5.1.1", ABOUT),
        ("delayed", "4.2.2", "away@elsewhere.example"),
    ]


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "not-spam", "fraud"])
def test_a_complaint_is_told_by_its_kind(kind: str) -> None:
    assert parse_report(reports.complaint(TO, kind=kind)) == Report(feedback=kind.lower())


def test_a_readers_automatic_answers_are_no_reports() -> None:
    receipt = reports.postfix(TO, kind="disposition-notification")
    for raw in (reports.vacation(TO), receipt):
        assert parse_report(raw) == Report(is_reply=True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: ann@readers.example\r\nSubject: Hi\r\n\r\nWrite to us, bob@x.example, please.\r\n",
        b"From: MAILER-DAEMON@x.example\r\n\r\nSomething went wrong.\r\n",
        reports.postfix(TO, "X-Nothing: here\n"),
        reports.postfix(TO, "Final-Recipient: rfc822; a@x.example\nAction: lost\n"),
        reports.postfix(TO, "Action: failed\n"),
        # A report that somebody attached, or quoted, is not the message's own.
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822"
        b"\r\n\r\n" + reports.postfix(TO) + b"\r\n--x--\r\n",
        b"From: ann@readers.example\r\n\r\n" + reports.postfix(TO),
    ],
)
def test_what_is_no_report_is_none(raw: bytes) -> None:
    assert parse_report(raw) is None


def test_a_report_that_a_gateway_wrapped_is_still_one() -> None:
    inner = reports.postfix(TO)
    wrapped = (
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
        + inner[inner.index(b"Content-Type: multipart") :]
        + b"\r\n--outer\r\nContent-Type: text/plain\r\n\r\nChecked for viruses.\r\n--outer--\r\n"
    )
    assert only(parse_report(wrapped))[1] == "5.1.1"


def test_what_is_quoted_below_a_bounce_is_not_read() -> None:
    # The copy's subject says 5.1.6.
    assert only(parse_report(reports.exim(TO, words="550 refused")))[1] == ""


def test_a_report_that_breaks_off_says_nothing_until_its_status_is_whole() -> None:
    raw = reports.postfix(TO)
    whole = raw.index(b"--4Rk2", raw.index(b"Diagnostic-Code"))
    assert [n for n in range(0, whole, 7) if parse_report(raw[:n]) is not None] == []
    assert parse_report(raw[:whole]) is None
    for length in range(whole + 100, len(raw), 50):
        assert only(parse_report(raw[:length]))[1] == "5.1.1"


def test_a_huge_report_is_read_by_its_beginning() -> None:
    raw = reports.postfix(TO, original="Up the hill.\n" * 400_000)
    assert len(raw) > 5_000_000
    assert only(parse_report(raw[:MAX_REPORT]))[1] == "5.1.1"


NESTED = b"".join(
    b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
    for n in range(2_000)
)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/report; boundary=b0\r\n\r\n" + NESTED,
        b"Content-Type: message/rfc822\r\n\r\n" * 8_000,
        b"From: mailer-daemon@x.example\r\n\r\nDelivery has failed\r\n" + b"a" * 250_000,
        b"From: mailer-daemon@x.example\r\n\r\nDelivery has failed\r\n" + b"\r\n" * 100_000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5_000,
        b"Content-Type: multipart/report; boundary=\xff\r\n\r\n--\xff\r\n",
        b"\0" * MAX_REPORT,
        b"\xff" * MAX_REPORT,
    ],
)
def test_a_hostile_message_is_no_report(raw: bytes) -> None:
    assert parse_report(raw) is None


@given(st.binary(max_size=600))
def test_no_bytes_stop_the_reading(raw: bytes) -> None:
    for message in (raw, b"From: mailer-daemon@x\r\n" + raw, reports.postfix(TO)[:900] + raw):
        report = parse_report(message)
        assert report is None or isinstance(report, Report)


@given(st.binary(max_size=200))
def test_no_words_of_a_server_harm_a_database_or_a_terminal(words: bytes) -> None:
    raw = reports.postfix(TO).replace(
        b"User unknown", words.replace(b"\r", b"").replace(b"\n", b"")
    )
    report = parse_report(raw)
    assert report is not None
    for recipient in report.recipients:
        assert recipient.diagnostic.encode()
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", recipient.diagnostic)


@pytest.mark.parametrize(
    "field",
    [
        f"To: {TO}",
        f"To: <{TO.upper()}>",
        f'To: "Bounces, all of them" <{TO}>, other@example.com',
        f"Delivered-To: bounce+{TOKEN}@mail.provider.example",
        f"X-Original-To: {TO}",
        f"Envelope-To: {TO}",
        f"To:\r\n {TO}",
        f"Delivered-To: bounce@example.com\r\nTo: {TO}\r\nEnvelope-To: {TO}",
    ],
)
def test_a_report_is_known_by_where_it_was_delivered_to(field: str) -> None:
    head = f"From: mailer-daemon@x.example\r\n{field}\r\n\r\n".encode()
    assert parse_head("1", head, "bounce@example.com").return_path_tokens == (TOKEN,)


@pytest.mark.parametrize(
    "field",
    [
        "To: bounce@example.com",
        f"To: other+{TOKEN}@example.com",
        f"To: rebounce+{TOKEN}@example.com",
        f"Cc: {TO}",
        f"Subject: {TO}",
        f"Return-Path: <{TO}>",
        f"References: <{TO}>",
    ],
)
def test_no_other_field_makes_a_report(field: str) -> None:
    head = f"{field}\r\n\r\nTo: {TO}\r\n\r\n".encode()
    assert parse_head("1", head, "bounce@example.com").return_path_tokens == ()


def test_every_different_token_is_found_and_none_without_a_return_path() -> None:
    other = f"bounce+{'b' * 32}@example.com"
    head = (
        f"To: {TO}, {other}\r\nDelivered-To: {other}\r\nX-Original-To: bounce+@x\r\n\r\n".encode()
    )
    assert parse_head("1", head, "bounce@example.com").return_path_tokens == (
        TOKEN,
        "b" * 32,
        "",
    )
    assert parse_head("1", head).return_path_tokens == ()
