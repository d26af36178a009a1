"""Unsubscribing by a letter, without a server: a Maildir, read before each issue."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from urllib.parse import unquote

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.end_to_end.posts import NEXT, NEXT_SUNDAY, SUNDAY
from tests.end_to_end.without_a_server.conftest import LETTERS
from tests.support import maildir
from tests.support.smtp_relay import Relay

SUE = "sue@example.com"
MAILTO = re.compile(rf"mailto:{re.escape(LETTERS)}\?subject=(unsubscribe-[\w.-]+)")


def message_to(relay: Relay, address: str) -> EmailMessage:
    (raw,) = [raw for to, raw in relay.accepted if to == address]
    parser: BytesParser[EmailMessage] = BytesParser(policy=default)
    return parser.parsebytes(raw)


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_letter_is_the_way_out_in_header_text_and_html_and_counts_before_the_next_issue(
    by_letter: Newsletter, relay: Relay
) -> None:
    by_letter.at(SUNDAY).run("run")
    message = message_to(relay, SUE)
    (subject,) = set(MAILTO.findall(text_of(message)))
    letter = f"From: s@example.org\r\nTo: {LETTERS}\r\nSubject: {unquote(subject)}\r\n\r\n"
    maildir.arrive(by_letter.folder / "mail", letter.encode())
    by_letter.at("2026-10-14T12:00").publish(NEXT)
    answer = by_letter.at(NEXT_SUNDAY).run("run", "--json").json

    assert message["List-Unsubscribe"] == f"<mailto:{LETTERS}?subject={subject}>"
    assert message["List-Unsubscribe-Post"] is None
    assert set(MAILTO.findall(html_of(message))) == {subject}
    for part in (text_of(message), html_of(message)):
        assert "just send it" in " ".join(part.split())
        assert "Change what you get" not in part
        assert "localhost" not in part
    assert (answer["planned"], answer["accepted"]) == (1, 1)
    assert by_letter.run("subscribers", "list", "--json").json["by_status"]["unsubscribed"] == 1


def test_no_issue_goes_out_before_the_letters_were_read(
    by_letter: Newsletter, relay: Relay
) -> None:
    (by_letter.folder / "mail").rename(by_letter.folder / "elsewhere")
    held = by_letter.at(SUNDAY)("run")
    refused = by_letter("send", "next")
    assert (held.code, refused.code, relay.accepted) == (3, 3, [])
    assert "before the requests to unsubscribe were read" in held.out
    assert "before the requests to unsubscribe were read" in refused.err

    (by_letter.folder / "elsewhere").rename(by_letter.folder / "mail")
    by_letter.run("run")
    assert len(relay.accepted) == 2


def test_check_says_that_a_letter_is_no_one_click_way(by_letter: Newsletter) -> None:
    by_letter.run("collect")
    by_letter.run("draft")

    report = by_letter.run("check", "next", "--no-network", "--json").json

    assert report["ok"]
    (finding,) = [f for f in report["findings"] if f["rule"] == "one-click"]
    assert finding["level"] == "warning"
