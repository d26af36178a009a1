"""A mailbox on a server that holds more than one run has time for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.mailbox.imap import ImapMailbox
from subscribers.tokens import sign_return_path, sign_token
from tests.support.certificate import certificate
from tests.support.imap_server import ImapServer

SECRETS, LINK_ID = ("made-up-for-tests",), "made-up-for_test"
REQUEST = f"Subject: unsubscribe-{sign_token('unsubscribe', LINK_ID, SECRETS)}\r\n\r\n".encode()
JUNK = b"Subject: Unsubscribe now\r\n\r\n"
REPORT = f"To: bounce+{sign_return_path(LINK_ID, 1, SECRETS)}@example.com\r\n\r\nHi\r\n".encode()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapServer]:
    trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with ImapServer(trusted, "hush") as imap_server:
        thread = threading.Thread(target=imap_server.serve_forever, args=(0.02,))
        thread.start()
        yield imap_server
        imap_server.leaving.set()
        imap_server.shutdown()
        thread.join()


@pytest.fixture
def mailbox(server: ImapServer) -> Iterator[ImapMailbox]:
    imap_mailbox = ImapMailbox(
        host="127.0.0.1",
        port=server.port,
        username="leave+us@example.com",
        password="hush",
        folder="INBOX",
        limit=60,
        envelope_from="bounce@example.com",
    )
    yield imap_mailbox
    imap_mailbox.close()


def test_the_oldest_request_comes_first_and_what_there_is_no_time_for_is_left(
    server: ImapServer, mailbox: ImapMailbox
) -> None:
    server.add(REQUEST)
    for _ in range(900):
        server.add(JUNK)
    chunks = mailbox.requests()
    first = next(chunks)
    assert [message.key for message in first] == ["1"]
    mailbox._read_until = 0  # the time is over
    others = [message.key for chunk in chunks for message in chunk]
    # What was read is still handed out, so that it can be flagged. The newest were read.
    assert others == [str(901 - number) for number in range(len(others))]
    assert 0 < len(others) < 900
    assert mailbox.has_more


def test_reports_that_there_is_no_time_for_are_left(
    server: ImapServer, mailbox: ImapMailbox
) -> None:
    for _ in range(50):
        server.add(REPORT)
    chunks = mailbox.reports()
    assert len(next(chunks)) == 20
    mailbox._read_until = 0  # the time is over
    assert list(chunks) == []
    assert mailbox.has_more


def test_the_beginnings_of_reports_are_read_in_their_order(
    server: ImapServer, mailbox: ImapMailbox
) -> None:
    for word in (b"one", b"two", b"three"):
        server.add(REPORT.replace(b"Hi", word))
    (messages,) = mailbox.reports()
    assert [message.key for message in messages] == ["3", "2", "1"]
    size = len(REPORT) - 1
    assert [raw[-4:] for raw in mailbox.read(messages, size)] == [b"\nthr", b"\ntwo", b"\none"]
    assert not mailbox.has_more
