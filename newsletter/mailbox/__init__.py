"""The mailbox for what comes back: requests to unsubscribe, bounces and complaints.

::

    unsubscribe_mailto()     token_addresses.py: the address in each message's header (RFC 2369)
    verp_address()           token_addresses.py: the envelope sender of each delivery
          ╎  a mail program sends "Subject: unsubscribe-TOKEN" to the one,
          ╎  a mail server sends its report to the other: bounce+TOKEN@…
          ▼
    open_mailbox()           open.py: imap.py (a mail server, over TLS) or maildir.py (a folder)
          │  parse_head()    token_addresses.py: find the tokens
          ├─▶ Mailbox.requests() ─▶ subscriptions/unsubscribe_mailbox.py   unsubscribe
          └─▶ Mailbox.reports()  ─▶ delivery/mailboxes.py                  book on the reader
                └─▶ Mailbox.read() ─▶ parse_report()   report.py: what it says
          ▼
    mark_seen() or flag()    whoever has dealt with a message

Only a few header fields are read, and the beginning of reports. No message is ever deleted. A
reading takes `seconds` at most, and the next run continues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from newsletter.mailbox.token_addresses import MailboxMessage

# At most this many reports are read at once: their contents are in memory.
REPORTS_AT_ONCE = 20


class Mailbox(Protocol):
    """An open mailbox. Each method raises MailboxError once it cannot be used any more.

    `requests` and `reports` yield unseen, unflagged messages in chunks.
    """

    #: Whether the time was over before all messages were read.
    has_more: bool

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages whose subject mentions unsubscribing, those with a token first."""
        ...

    def reports(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages that were delivered to a return path, REPORTS_AT_ONCE in a chunk."""
        ...

    def read(self, messages: Sequence[MailboxMessage], size: int) -> Sequence[bytes]:
        """Return the first `size` bytes of each message, b"" if it is not there any more."""
        ...

    def mark_seen(self, messages: Sequence[MailboxMessage]) -> None:
        """Mark messages as done."""
        ...

    def flag(self, messages: Sequence[MailboxMessage]) -> None:
        """Flag messages for a person: they stay unseen, and are not read again."""
        ...

    def close(self) -> None: ...


def requests_first(
    chunks: Iterable[Sequence[MailboxMessage]], size: int
) -> Iterator[Sequence[MailboxMessage]]:
    """Yield the messages with a token as they come, and then the others in chunks of `size`.

    Ten thousand messages of other people hide no reader's request.
    """
    others: list[MailboxMessage] = []
    for chunk in chunks:
        yield [message for message in chunk if message.token]
        others += [message for message in chunk if not message.token]
    for start in range(0, len(others), size):
        yield others[start : start + size]
