"""Open the mailbox that the settings name."""

from __future__ import annotations

from pathlib import Path

from newsletter.config.secrets import Secrets
from newsletter.config.settings import BouncesSettings, Settings
from newsletter.errors import SettingsError
from newsletter.mailbox import Mailbox


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
