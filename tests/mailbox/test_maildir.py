"""A Maildir that holds more than one run has time for."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.mailbox.maildir import MaildirMailbox
from subscribers.tokens import sign_return_path, sign_token
from tests.support import maildir

SECRETS, LINK_ID = ("made-up-for-tests",), "made-up-for_test"
REQUEST = f"Subject: unsubscribe-{sign_token('unsubscribe', LINK_ID, SECRETS)}\r\n\r\n".encode()
REPORT = f"To: bounce+{sign_return_path(LINK_ID, 1, SECRETS)}@example.com\r\n\r\n".encode()
JUNK = b"Subject: unsubscribe now\r\n\r\n"
OTHER = b"Subject: Bargains\r\n\r\n"


class Clock:
    """A clock that goes on by a second with each look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    maildir.create_maildir(tmp_path / "box")
    return tmp_path / "box"


def open_box(folder: Path, limit: float) -> MaildirMailbox:
    return MaildirMailbox(folder, limit=limit, envelope_from="bounce@example.com", clock=Clock())


def tokens(mailbox: MaildirMailbox) -> list[str]:
    return [message.token for chunk in mailbox.requests() for message in chunk]


def test_a_request_comes_before_what_is_newer(folder: Path) -> None:
    maildir.arrive(folder, REQUEST, *[JUNK] * 120)
    mailbox = open_box(folder, limit=10_000)
    order = tokens(mailbox)
    assert order[0]
    assert order[1:] == [""] * 120
    assert not mailbox.has_more


def test_what_there_is_no_time_for_is_said(folder: Path) -> None:
    maildir.arrive(folder, *[JUNK] * 120)
    mailbox = open_box(folder, limit=20)
    assert 0 < len(tokens(mailbox)) < 120
    assert mailbox.has_more


def test_in_one_of_the_next_runs_each_message_is_read(folder: Path) -> None:
    # What is nobody's request stays unseen, and is newer than the request.
    maildir.arrive(folder, REQUEST, *[OTHER] * 120)
    assert any(tokens(open_box(folder, limit=20)) for _ in range(2_000))


def test_a_report_is_no_request_and_a_request_no_report(folder: Path) -> None:
    maildir.arrive(folder, REQUEST, REPORT, REPORT.replace(b"\r\n\r\n", b"\r\n" + JUNK), OTHER)
    mailbox = open_box(folder, limit=10_000)
    assert len(tokens(mailbox)) == 1
    assert len([message for chunk in mailbox.reports() for message in chunk]) == 2


def test_a_message_that_was_moved_meanwhile_is_read_as_nothing(folder: Path) -> None:
    maildir.arrive(folder, REPORT, REPORT)
    mailbox = open_box(folder, limit=10_000)
    (messages,) = mailbox.reports()
    (folder / messages[0].key).unlink()
    assert mailbox.read(messages, 10) == [b"", REPORT[:10]]
    mailbox.mark_seen(messages)
    assert maildir.flags_in(folder) == ["S"]
