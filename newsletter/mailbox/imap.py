"""A mailbox on a mail server, by IMAP over TLS (RFC 9051).

The server searches, and only a few header fields of its results are fetched, with BODY.PEEK: a
message is marked seen once its request is done, not because it was read.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from newsletter.errors import MailboxError
from newsletter.mailbox import REPORTS_AT_ONCE, requests_first
from newsletter.mailbox.token_addresses import (
    FIELDS,
    MAX_HEAD,
    RECIPIENT_FIELDS,
    WORD,
    MailboxMessage,
    parse_head,
    verp_prefix,
)

_CHUNK = 200
# The part of the time in which messages are read; in the rest they are marked.
_READING = 0.75
_UID = re.compile(rb"\bUID (\d+)")
_FETCH = f"(UID BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]<0.{MAX_HEAD}>)"
_UNREAD = ("UNSEEN", "UNFLAGGED", "UNDELETED")


class ImapMailbox:
    """A mailbox on an IMAP server; the server's certificate and name are verified."""

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
        name: str = "[mailbox]",
        password_name: str = "NEWSLETTER_MAILBOX_PASSWORD",  # noqa: S107  # a variable's name
        contents: str = "Requests to unsubscribe",
        envelope_from: str = "",
    ) -> None:
        """Connect at once. `timeout` is in seconds for each response, `limit` for all of them.

        `name`, `password_name` and `contents` are what errors call the settings' table, the
        password and what the mailbox is for.
        """
        self._host, self._folder, self._late = host, folder, ""
        self._name, self._password_name, self._contents = name, password_name, contents
        self._envelope_from = envelope_from
        self._read_until = time.monotonic() + limit * _READING
        self.has_more = False
        with self._translate_errors("cannot be reached"):
            self._client = imaplib.IMAP4_SSL(
                host, port, ssl_context=ssl.create_default_context(), timeout=timeout
            )
        # A server that sends one byte at a time never runs into the timeout.
        self._deadline = threading.Timer(
            limit, self._hang_up, (f"it took more than {limit:g} seconds",)
        )
        self._deadline.daemon = True
        self._deadline.start()
        try:
            self._log_in(username, password)
            self._open_folder()
        except BaseException:
            self.close()
            raise

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages whose subject mentions unsubscribing, those with a token first."""
        tokens = self._search("SUBJECT", f"{WORD}-")
        uids = dict.fromkeys(tokens + self._search("SUBJECT", WORD))
        chunks = self._fetch_heads(tuple(uids))
        wanted = ([m for m in chunk if not m.return_path_tokens] for chunk in chunks)
        return requests_first(wanted, _CHUNK)

    def reports(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages that were delivered to a return path."""
        keys: tuple[str, ...] = ()
        for field in RECIPIENT_FIELDS:
            key = ("HEADER", field, _quote(verp_prefix(self._envelope_from)))
            keys = ("OR", *keys, *key) if keys else key
        for chunk in self._fetch_heads(self._search(*keys)):
            reports = [message for message in chunk if message.return_path_tokens]
            for start in range(0, len(reports), REPORTS_AT_ONCE):
                if self._is_late():
                    return
                yield reports[start : start + REPORTS_AT_ONCE]

    def read(self, messages: Sequence[MailboxMessage], size: int) -> Sequence[bytes]:
        """Return the first bytes of each message, b"" if it is not there any more."""
        uids = ",".join(message.key for message in messages)
        with self._translate_errors("gave no letters"):
            fetched = self._client.uid("FETCH", uids, f"(UID BODY.PEEK[]<0.{size}>)")
            contents = dict(_parse_fetched(self._require_ok(fetched)))
        return [contents.get(message.key, b"") for message in messages]

    def mark_seen(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag `Seen`."""
        self._add_flag(messages, r"(\Seen)")

    def flag(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag `Flagged`."""
        self._add_flag(messages, r"(\Flagged)")

    def close(self) -> None:
        """Log out, without EXPUNGE: no message is ever removed."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._client.logout()
        self._deadline.cancel()

    def _log_in(self, username: str, password: str) -> None:
        with self._translate_errors("hung up"):
            try:
                if (username + password).isascii():
                    self._client.login(_quote(username), password)
                else:
                    plain = f"\0{username}\0{password}".encode()
                    self._client.authenticate("PLAIN", lambda _: plain)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise MailboxError(
                    f"{self._host} does not let {username} in: {_words(error)}.",
                    cure=f"Check {self._name} username and {self._password_name}.",
                ) from error

    def _open_folder(self) -> None:
        with self._translate_errors("cannot be changed"):
            status, words = self._client.select(_quote(self._folder))
        if status != "OK":
            raise MailboxError(
                f"{self._host} opens no folder {self._folder!r}: {_words(words[0])}.",
                cure=f"Check {self._name} folder.",
            )

    def _search(self, *keys: str) -> list[str]:
        """Return the UIDs of the unread messages that match, the newest first."""
        with self._translate_errors("gave no list"):
            result = self._require_ok(self._client.uid("SEARCH", *_UNREAD, *keys))
        uids = b" ".join(line for line in result if line).split()
        return [uid.decode("ascii", "replace") for uid in reversed(uids)]

    def _fetch_heads(self, uids: Sequence[str]) -> Iterator[Sequence[MailboxMessage]]:
        for start in range(0, len(uids), _CHUNK):
            if self._is_late():
                return
            with self._translate_errors("gave no letters"):
                chunk = ",".join(uids[start : start + _CHUNK])
                response = self._require_ok(self._client.uid("FETCH", chunk, _FETCH))
            yield [
                parse_head(uid, head, self._envelope_from) for uid, head in _parse_fetched(response)
            ]

    def _is_late(self) -> bool:
        """Whether the time for reading is over; what is left is for the next run then."""
        self.has_more = time.monotonic() > self._read_until
        return self.has_more

    def _add_flag(self, messages: Sequence[MailboxMessage], flags: str) -> None:
        if messages:
            uids = ",".join(message.key for message in messages)
            with self._translate_errors("kept no mark"):
                self._require_ok(self._client.uid("STORE", uids, "+FLAGS.SILENT", flags))

    def _require_ok(self, response: tuple[str, list[Any]]) -> list[Any]:
        status, result = response
        if status != "OK":
            raise imaplib.IMAP4.error(_words(result[0]))
        return result

    @contextmanager
    def _translate_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError(
                f"The mailbox at {self._host} {what}: {self._late or _words(error)}.",
                cure=f"{self._contents} stay there until the next run; see {self._name}.",
            ) from error

    def _hang_up(self, reason: str) -> None:
        self._late = reason
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)


def _parse_fetched(response: Sequence[Any]) -> list[tuple[str, bytes]]:
    """Return the UID and the octets of each message in a response to FETCH.

    imaplib gives for each a tuple (description, octets), and then the rest of the line;
    the UID is in either.
    """
    messages = []
    for at, item in enumerate(response):
        if not isinstance(item, tuple):
            continue
        rest = response[at + 1] if at + 1 < len(response) else b""
        uid = _UID.search(item[0]) or _UID.search(rest if isinstance(rest, bytes) else b"")
        if uid is not None:
            messages.append((uid[1].decode(), item[1]))
    return messages


def _quote(word: str) -> str:
    """Return a quoted string; imaplib quotes the password only."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(reason: object) -> str:
    """Return what the server or the network said; some errors of imaplib hold bytes."""
    if isinstance(reason, Exception) and reason.args and isinstance(reason.args[0], bytes):
        reason = reason.args[0]
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return text[:200].rstrip(". ")
