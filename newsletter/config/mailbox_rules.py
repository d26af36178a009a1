"""Whether [mailbox] names a mailbox that can be read, and an address that leads to it."""

from __future__ import annotations

import re

from newsletter.config.settings import MailboxSettings
from newsletter.errors import SettingsError

# What may stand in a mailto: address as it is (RFC 6068): no quotes, no spaces, no %.
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_PLAIN = re.compile(r"[ -~]*")


def check_mailbox(mailbox: MailboxSettings, file_name: str) -> None:
    """Raises SettingsError for a mailbox of which something is missing or cannot be right."""
    if mailbox == MailboxSettings():
        return
    if not _ADDRESS.fullmatch(mailbox.address):
        said = f"address is {mailbox.address!r}" if mailbox.address else "has no address"
        raise SettingsError(
            f"{file_name}: [mailbox] {said}, so no request to unsubscribe could reach it.",
            cure='Write it like address = "leave@example.com": letters, digits and ._+- only.',
        )
    needed = "host" if mailbox.kind == "imap" else "path"
    if not getattr(mailbox, needed).strip():
        example = {"host": "imap.example.com", "path": "/var/mail/leave"}[needed]
        raise SettingsError(
            f"{file_name}: [mailbox] kind is {mailbox.kind!r}, but there is no {needed}.",
            cure=f'Write it like {needed} = "{example}".',
        )
    for name in ("host", "username", "folder"):
        if not _PLAIN.fullmatch(getattr(mailbox, name)):
            raise SettingsError(
                f"{file_name}: [mailbox] {name} is {getattr(mailbox, name)!r}, which holds more "
                "than plain letters.",
                cure="Write it as the mail server spells it, in ASCII.",
            )
    if not mailbox.folder:
        raise SettingsError(
            f"{file_name}: [mailbox] folder is empty.", cure='Most mailboxes have an "INBOX".'
        )
