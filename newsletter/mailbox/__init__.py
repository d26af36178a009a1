"""The mailbox for what comes back: requests to unsubscribe, bounces and complaints.

::

    unsubscribe_mailto()     token_addresses.py: the address in each message's header (RFC 2369)
    verp_address()           token_addresses.py: the envelope sender of each delivery
          ╎  a mail program sends "Subject: unsubscribe-TOKEN" to the one,
          ╎  a mail server sends its report to the other: bounce+TOKEN@…
          ▼
    open_mailbox()           imap.py (a mail server, over TLS) or maildir.py (a folder)
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
from pathlib import Path
from typing import Protocol

from newsletter.config.secrets import Secrets
from newsletter.config.settings import BouncesSettings, Settings
from newsletter.errors import SettingsError
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


def open_mailbox(settings: Settings, secrets: Secrets, folder: Path) -> Mailbox:
    """Open `[mailbox]`. `folder` is the newsletter's.

    Raise SettingsError if its password is missing, and MailboxError if it cannot be opened.
    """
    return _open(settings, settings.mailbox, secrets, folder, contents="Requests to unsubscribe")


def open_bounces(settings: Settings, secrets: Secrets, folder: Path) -> Mailbox:
    """Open the mailbox for bounces: `[mailbox.bounces]`, or `[mailbox]` if there is none.

    Raise SettingsError and MailboxError as `open_mailbox` does.
    """
    own = settings.mailbox.bounces if settings.has_bounces_mailbox else settings.mailbox
    return _open(settings, own, secrets, folder, contents="Bounces")


def _open(
    settings: Settings, box: BouncesSettings, secrets: Secrets, folder: Path, *, contents: str
) -> Mailbox:
    secrets.require_signing()
    if box is settings.mailbox:
        name, variable, password = "[mailbox]", "MAILBOX", secrets.mailbox_password
    else:
        name, variable, password = "[mailbox.bounces]", "BOUNCES", secrets.bounces_password
    envelope_from = settings.sender.smtp.envelope_from
    if box.kind == "maildir":
        from newsletter.mailbox.maildir import MaildirMailbox

        return MaildirMailbox(
            folder / box.path, name=name, limit=box.seconds, envelope_from=envelope_from
        )
    if not password:
        raise SettingsError(
            f"The mailbox at {box.host} needs a password, but there is none.",
            cure=f"Write it to .env as NEWSLETTER_{variable}_PASSWORD=…",
        )
    from newsletter.mailbox.imap import ImapMailbox

    return ImapMailbox(
        host=box.host,
        port=box.port,
        username=box.username or box.address or envelope_from,
        password=password,
        folder=box.folder,
        limit=box.seconds,
        name=name,
        password_name=f"NEWSLETTER_{variable}_PASSWORD",
        contents=contents,
        envelope_from=envelope_from,
    )
