"""A mailbox on a mail server, by IMAP over TLS with the server's name checked (RFC 9051).

The server searches; of what it finds only a few header fields are fetched, and peeked at:
a letter is seen once it is done, not because it was read.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from newsletter.errors import MailboxError
from newsletter.mailbox import MAX_REQUESTS
from newsletter.mailbox.unsubscribe_request import (
    FIELDS,
    LONGEST_HEAD,
    WORD,
    MailboxMessage,
    parse_request,
)

_PORTION = 50
_UID = re.compile(rb"\bUID (\d+)")
_PEEKED = f"(UID BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]<0.{LONGEST_HEAD}>)"
_SEARCH = ("UNSEEN", "UNFLAGGED", "UNDELETED", "SUBJECT", WORD)


class ImapMailbox:
    """Connects at once. `timeout` is in seconds for each answer, `limit` for all together."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        password: str,
        folder: str,
        limit: float,
        timeout: float = 6,
    ) -> None:
        self._host, self._folder, self._late = host, folder, ""
        with self._told("cannot be reached"):
            self._client = imaplib.IMAP4_SSL(
                host, port, ssl_context=ssl.create_default_context(), timeout=timeout
            )
        # A server that answers a byte at a time would never time out.
        self._watch = threading.Timer(
            limit, self._hang_up, (f"it took more than {limit:g} seconds",)
        )
        self._watch.daemon = True
        self._watch.start()
        try:
            self._log_in(username, password)
            self._open_folder()
        except BaseException:
            self.close()
            raise

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        with self._told("gave no list"):
            found = self._well(self._client.uid("SEARCH", *_SEARCH))
        numbers = [number.decode("ascii", "replace") for number in (found[0] or b"").split()]
        wanted = numbers[:MAX_REQUESTS]
        for start in range(0, len(wanted), _PORTION):
            with self._told("gave no letters"):
                portion = ",".join(wanted[start : start + _PORTION])
                answer = self._well(self._client.uid("FETCH", portion, _PEEKED))
            yield _letters(answer)

    def mark_seen(self, letters: Sequence[MailboxMessage]) -> None:
        self._mark(letters, r"(\Seen)")

    def flag(self, letters: Sequence[MailboxMessage]) -> None:
        self._mark(letters, r"(\Flagged)")

    def close(self) -> None:
        """Says goodbye; without EXPUNGE, so that nothing is ever removed."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._client.logout()
        self._watch.cancel()

    def _log_in(self, username: str, password: str) -> None:
        with self._told("hung up"):
            try:
                if (username + password).isascii():
                    self._client.login(_quoted(username), password)
                else:
                    plain = f"\0{username}\0{password}".encode()
                    self._client.authenticate("PLAIN", lambda _: plain)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise MailboxError(
                    f"{self._host} does not let {username} in: {_words(error)}.",
                    cure="Check [mailbox] username and NEWSLETTER_MAILBOX_PASSWORD.",
                ) from error

    def _open_folder(self) -> None:
        with self._told("cannot be changed"):
            status, words = self._client.select(_quoted(self._folder))
        if status != "OK":
            raise MailboxError(
                f"{self._host} opens no folder {self._folder!r}: {_words(words[0])}.",
                cure="Check [mailbox] folder.",
            )

    def _mark(self, letters: Sequence[MailboxMessage], flags: str) -> None:
        if letters:
            numbers = ",".join(letter.key for letter in letters)
            with self._told("kept no mark"):
                self._well(self._client.uid("STORE", numbers, "+FLAGS.SILENT", flags))

    def _well(self, answer: tuple[str, list[Any]]) -> list[Any]:
        status, found = answer
        if status != "OK":
            raise imaplib.IMAP4.error(_words(found[0]))
        return found

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError(
                f"The mailbox at {self._host} {what}: {self._late or _words(error)}.",
                cure="Requests to unsubscribe stay there until the next run; see [mailbox].",
            ) from error

    def _hang_up(self, why: str) -> None:
        self._late = why
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)


def _letters(answer: Sequence[Any]) -> list[MailboxMessage]:
    """The letters of a FETCH's answer: for each (what it is, its fields), then the rest."""
    found = []
    for place, piece in enumerate(answer):
        if not isinstance(piece, tuple):
            continue
        after = answer[place + 1] if place + 1 < len(answer) else b""
        number = _UID.search(piece[0]) or _UID.search(after if isinstance(after, bytes) else b"")
        if number is not None:
            found.append(parse_request(number[1].decode(), piece[1]))
    return found


def _quoted(word: str) -> str:
    """A quoted string: the library quotes the password alone."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(said: object) -> str:
    """What the server or the network said, for a sentence; some errors are written as bytes."""
    if isinstance(said, Exception) and said.args and isinstance(said.args[0], bytes):
        said = said.args[0]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return text[:200].rstrip(". ")
