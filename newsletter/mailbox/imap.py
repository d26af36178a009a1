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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from newsletter.errors import MailboxError
from newsletter.mailbox import MAX_REQUESTS
from newsletter.mailbox.unsubscribe_request import (
    FIELDS,
    MAX_HEAD,
    WORD,
    MailboxMessage,
    parse_request,
)

_CHUNK = 50
_UID = re.compile(rb"\bUID (\d+)")
_FETCH = f"(UID BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]<0.{MAX_HEAD}>)"
_SEARCH = ("UNSEEN", "UNFLAGGED", "UNDELETED", "SUBJECT", WORD)


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
    ) -> None:
        """Connect at once. `timeout` is in seconds for each response, `limit` for all of them."""
        self._host, self._folder, self._late = host, folder, ""
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
        """Yield the unseen, unflagged messages whose subject mentions unsubscribing."""
        with self._translate_errors("gave no list"):
            result = self._require_ok(self._client.uid("SEARCH", *_SEARCH))
        uids = [uid.decode("ascii", "replace") for uid in (result[0] or b"").split()]
        uids = uids[:MAX_REQUESTS]
        for start in range(0, len(uids), _CHUNK):
            with self._translate_errors("gave no letters"):
                chunk = ",".join(uids[start : start + _CHUNK])
                response = self._require_ok(self._client.uid("FETCH", chunk, _FETCH))
            yield _parse_fetched(response)

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
                    cure="Check [mailbox] username and NEWSLETTER_MAILBOX_PASSWORD.",
                ) from error

    def _open_folder(self) -> None:
        with self._translate_errors("cannot be changed"):
            status, words = self._client.select(_quote(self._folder))
        if status != "OK":
            raise MailboxError(
                f"{self._host} opens no folder {self._folder!r}: {_words(words[0])}.",
                cure="Check [mailbox] folder.",
            )

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
                cure="Requests to unsubscribe stay there until the next run; see [mailbox].",
            ) from error

    def _hang_up(self, reason: str) -> None:
        self._late = reason
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)


def _parse_fetched(response: Sequence[Any]) -> list[MailboxMessage]:
    """Return the messages in a response to FETCH.

    imaplib gives for each a tuple (description, header fields), and then the rest of the line;
    the UID is in either.
    """
    messages = []
    for at, item in enumerate(response):
        if not isinstance(item, tuple):
            continue
        rest = response[at + 1] if at + 1 < len(response) else b""
        uid = _UID.search(item[0]) or _UID.search(rest if isinstance(rest, bytes) else b"")
        if uid is not None:
            messages.append(parse_request(uid[1].decode(), item[1]))
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
