"""The mailbox for unsubscribe requests by mail (`List-Unsubscribe: <mailto:…>`, RFC 2369).

::

    unsubscribe_mailto()     unsubscribe_request.py: the address in each message's header
          ╎  a mail program sends "Subject: unsubscribe-TOKEN" to it
          ▼
    Mailbox.requests()       imap.py (a mail server, over TLS) or maildir.py (a local folder)
          │  parse_request() unsubscribe_request.py: find the token
          ▼
    subscriptions/unsubscribe_mailbox.py    unsubscribe, then mark_seen() or flag()

Only a few header fields are read, and no message is ever deleted. `return_path` makes the
address that bounces of one delivery come back to (VERP).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from newsletter.mailbox.unsubscribe_request import MailboxMessage

# One run reads so many requests; the next run continues.
MAX_REQUESTS = 500


class Mailbox(Protocol):
    """An open mailbox. Each method raises MailboxError once it cannot be used any more."""

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the unseen, unflagged messages whose subject mentions unsubscribing.

        They come in chunks of some dozens, at most MAX_REQUESTS in all.
        """
        ...

    def mark_seen(self, messages: Sequence[MailboxMessage]) -> None:
        """Mark messages as done."""
        ...

    def flag(self, messages: Sequence[MailboxMessage]) -> None:
        """Flag messages for a person: they stay unseen, and are not read again."""
        ...

    def close(self) -> None: ...
