"""The door to the mailbox that takes unsubscribe requests by mail (RFC 2369, 3.2).

Two kinds, one protocol: `imap.py` over TLS, `maildir.py` on this machine. Only header
fields are read, so many and so long at most, and no message is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from newsletter.mailbox.unsubscribe_request import MailboxMessage

# One run reads so many requests; the next goes on from there.
MAX_REQUESTS = 500


class Mailbox(Protocol):
    """A mailbox that is open. Each method raises MailboxError when it can be used no more."""

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """The unseen, unflagged letters whose subject speaks of unsubscribing, in portions
        of some dozens, MOST in all.
        """
        ...

    def mark_seen(self, letters: Sequence[MailboxMessage]) -> None:
        """They are done: nobody need look at them."""
        ...

    def flag(self, letters: Sequence[MailboxMessage]) -> None:
        """A person should look at them: they stay unseen, and are not read again."""
        ...

    def close(self) -> None: ...
