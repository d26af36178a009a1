"""Unsubscribe requests by mail, read from headers as mail programs write them."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailbox.token_addresses import parse_head, unsubscribe_mailto
from subscribers.tokens import sign_token

TOKEN = sign_token("unsubscribe", "made-up-for-test", ("made-up-for-tests",))
ASKED = f"unsubscribe-{TOKEN}"


def token_in(subject: str) -> str:
    return parse_head("1", f"Subject: {subject}\r\n\r\n".encode()).token


@pytest.mark.parametrize(
    "subject",
    [
        ASKED,
        f"Re: {ASKED}",
        f"AW: [extern] {ASKED}  ",
        f"Unsubscribe-{TOKEN}",
        f"{ASKED} please",
        f"unsubscribe- {TOKEN[:20]} {TOKEN[20:]}",
        f"unsubscribe-{TOKEN[:30]}\r\n {TOKEN[30:]}",
        f"unsubscribe-{TOKEN[:30]}\r\n\t{TOKEN[30:]}",
        f"=?utf-8?q?unsubscribe-{TOKEN}?=",
        f"=?utf-8?q?Re=3A_unsubscribe-{TOKEN[:20]}?=\r\n =?utf-8?q?{TOKEN[20:]}?=",
        Header(f"Ré: {ASKED}", "utf-8", maxlinelen=40).encode(linesep="\r\n"),
    ],
)
def test_the_token_is_found_however_the_subject_is_written(subject: str) -> None:
    assert token_in(subject) == TOKEN
    assert parse_head("1", f"Subject: {subject}\r\n\r\n".encode()).mentions_unsubscribe


@pytest.mark.parametrize(
    "subject",
    ["", "unsubscribe", "Please unsubscribe me", TOKEN, f"unsubscribe-{TOKEN[:40]}", "=?x?q?a?="],
)
def test_without_the_whole_request_there_is_no_token(subject: str) -> None:
    assert token_in(subject) == ""


def test_the_case_of_a_token_is_kept() -> None:
    assert token_in(ASKED.upper()) == TOKEN.upper() != TOKEN


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: auto-generated (rejected)", True),
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: No; comment", False),
        ("Precedence: bulk", True),
        ("Precedence: Junk", True),
        ("Precedence: auto_reply", True),
        ("Precedence: first-class", False),
        ("Return-Path: <>", True),
        ("Return-Path: < >", True),
        ("Return-Path: <ann@example.com>", False),
        ('Content-Type: multipart/report; boundary="x"', True),
        ("Content-Type: text/plain", False),
    ],
)
def test_machines_and_bounces_are_told_from_people(line: str, *, automatic: bool) -> None:
    message = parse_head("1", f"{line}\r\nSubject: {ASKED}\r\n\r\n".encode())
    assert (message.is_automatic, message.token) == (automatic, TOKEN)


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed(head: bytes) -> None:
    message = parse_head("1", b"Subject: " + head + b"\r\nTo: " + head, "bounce@example.com")
    assert message.key == "1"
    assert message.mentions_unsubscribe in (True, False)


def test_no_mailbox_means_no_unsubscribe_address() -> None:
    assert unsubscribe_mailto("", TOKEN) == ""
    assert (
        unsubscribe_mailto("leave@example.com", TOKEN)
        == f"mailto:leave@example.com?subject={ASKED}"
    )
