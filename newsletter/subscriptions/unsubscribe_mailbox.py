"""Requests to unsubscribe that came by mail: read, believed by their token, and done."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from newsletter.context import Context
from newsletter.errors import MailboxError, SettingsError
from newsletter.mailbox import MAX_REQUESTS, Mailbox
from newsletter.mailbox.unsubscribe_request import MailboxMessage
from newsletter.subscriptions.unsubscribe import leave
from subscribers.errors import BadToken

Outcome = Literal["unsubscribed", "already", "test", "automatic", "forged", "without_token"]
# Somebody has written about leaving, and no machine may say who.
_FOR_A_PERSON: tuple[Outcome, ...] = ("automatic", "forged", "without_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a mailbox held. `ignored` letters were flagged for a person to look at; `more`
    are there than one run reads; `trouble` is why the mailbox could not be read (to its end).
    """

    unsubscribed: int = 0
    already: int = 0
    test: int = 0
    automatic: int = 0
    forged: int = 0
    without_token: int = 0
    trouble: str = ""

    @property
    def ignored(self) -> int:
        return self.automatic + self.forged + self.without_token

    @property
    def read(self) -> int:
        return self.unsubscribed + self.already + self.test + self.ignored

    @property
    def more(self) -> bool:
        return self.read >= MAX_REQUESTS


def take_requests(context: Context) -> Taken:
    """Reads the mailbox and unsubscribes whoever asks with the token of their own messages.

    It takes no lock and may be repeated: a letter is marked only after what it asks is
    done. Raises SettingsError where no mailbox is set, and MailboxError where it cannot be
    read; what was done until then counts.
    """
    counts: Counter[Outcome] = Counter()
    _take(context, counts)
    return _taken(counts)


def take_what_comes(context: Context) -> Taken | None:
    """The same before a delivery, which goes on whatever it does; None where none is set."""
    if not context.settings.mailbox.address:
        return None
    counts: Counter[Outcome] = Counter()
    try:
        _take(context, counts)
    except (MailboxError, SettingsError) as error:
        return _taken(counts, trouble=str(error))
    return _taken(counts)


def process_before_send(context: Context) -> str:
    """Lets go whoever asked by mail, before anything is sent; what a person should hear of it."""
    taken = take_what_comes(context)
    return told(taken) if taken else ""


def told(taken: Taken) -> str:
    """What a person should hear of it; "" for nothing."""
    if taken.trouble:
        return f"Requests to unsubscribe by mail could not be read: {taken.trouble}"
    if not taken.ignored:
        return ""
    return (
        f"{taken.ignored} letter(s) about unsubscribing name no reader in a way that counts; they "
        "are flagged in the mailbox: `newsletter subscribers remove ADDRESS` does what they ask."
    )


def _taken(counts: Counter[Outcome], *, trouble: str = "") -> Taken:
    return Taken(
        unsubscribed=counts["unsubscribed"],
        already=counts["already"],
        test=counts["test"],
        automatic=counts["automatic"],
        forged=counts["forged"],
        without_token=counts["without_token"],
        trouble=trouble,
    )


def _take(context: Context, counts: Counter[Outcome]) -> None:
    with closing(_opened(context)) as mailbox:
        for letters in mailbox.requests():
            done: list[MailboxMessage] = []
            flagged: list[MailboxMessage] = []
            for letter in letters:
                outcome = _act(context, letter)
                counts[outcome] += 1
                (flagged if outcome in _FOR_A_PERSON else done).append(letter)
            mailbox.mark_seen(done)
            mailbox.flag(flagged)


def _act(context: Context, letter: MailboxMessage) -> Outcome:
    """Does what a letter asks for, and says what it came to."""
    if letter.is_automatic:
        return "automatic"
    if not letter.token:
        return "without_token"
    try:
        left = leave(context, letter.token, source="mailto")
    except BadToken:
        return "forged"
    if left.test:
        return "test"
    return "unsubscribed" if left.now else "already"


def _opened(context: Context) -> Mailbox:
    own = context.settings.mailbox
    if not own.address:
        raise SettingsError(
            "No mailbox is set, so there are no requests to read.",
            cure="Write a [mailbox] with its address into newsletter.toml; README.md shows one.",
        )
    context.secrets.require_signing()
    if own.kind == "maildir":
        from newsletter.mailbox.maildir import MaildirMailbox

        return MaildirMailbox(context.folder / own.path)
    password = context.secrets.mailbox_password
    if not password:
        raise SettingsError(
            "The mailbox at " + own.host + " needs a password, but there is none.",
            cure="Write it to .env as NEWSLETTER_MAILBOX_PASSWORD=…",
        )
    from newsletter.mailbox.imap import ImapMailbox

    return ImapMailbox(
        host=own.host,
        port=own.port,
        username=own.username or own.address,
        password=password,
        folder=own.folder,
        limit=own.seconds,
    )
