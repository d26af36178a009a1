"""Process unsubscribe requests that came by mail (`List-Unsubscribe: <mailto:…>`, RFC 2369)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Literal

from newsletter.context import Context
from newsletter.errors import MailboxError, SettingsError
from newsletter.mailbox import Mailbox, open_mailbox
from newsletter.mailbox.token_addresses import MailboxMessage
from newsletter.subscriptions.unsubscribe import UnsubscribeResult, unsubscribe
from subscribers.errors import BadToken

Outcome = Literal["unsubscribed", "already", "test", "automatic", "forged", "without_token"]
# Messages about unsubscribing that do not prove who wants to leave: a person must look.
_FLAGGED: tuple[Outcome, ...] = ("automatic", "forged", "without_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxResult:
    """The messages that were read from the mailbox, counted by what was done."""

    unsubscribed: int = 0
    #: Requests of readers who had left already.
    already: int = 0
    #: Answers to a proof copy, which unsubscribe no one.
    test: int = 0
    #: Sent by a program, such as an out-of-office reply.
    automatic: int = 0
    #: With a token that is not ours.
    forged: int = 0
    without_token: int = 0
    #: Whether the mailbox holds more than there was time for.
    has_more: bool = False
    #: Why the mailbox could not be read, or not to its end.
    error: MailboxError | SettingsError | None = None

    @property
    def ignored(self) -> int:
        """The messages that were flagged for a person."""
        return self.automatic + self.forged + self.without_token

    @property
    def read(self) -> int:
        """All messages that were read."""
        return self.unsubscribed + self.already + self.test + self.ignored


def process_requests(context: Context) -> MailboxResult:
    """Read the mailbox, and unsubscribe each reader whose message carries their token.

    It takes no lock and is idempotent: a message is marked as seen only after its request is
    done. An error ends the reading and is in the result; what was done until then counts.
    """
    outcomes: Counter[Outcome] = Counter()
    try:
        mailbox = open_mailbox(context.settings, context.secrets, context.folder)
        unsubscribe_by_token = partial(unsubscribe, context, source="mailto")
        has_more = _process(mailbox, unsubscribe_by_token, outcomes)
    except (MailboxError, SettingsError) as error:
        return _result(outcomes, error=error)
    return _result(outcomes, has_more=has_more)


def mailbox_notice(result: MailboxResult | None) -> str:
    """Return what the author should know about a result, as a sentence; "" for nothing."""
    if result is None:
        return ""
    if result.error:
        return f"Requests to unsubscribe by mail could not be read: {result.error}"
    if not result.ignored:
        return ""
    if result.ignored == 1:
        return (
            "1 letter about unsubscribing names no reader in a way that counts; it is flagged in "
            "the mailbox: `newsletter subscribers remove ADDRESS` does what it asks."
        )
    return (
        f"{result.ignored} letters about unsubscribing name no reader in a way that counts; they "
        "are flagged in the mailbox: `newsletter subscribers remove ADDRESS` does what they ask."
    )


def _result(
    outcomes: Counter[Outcome],
    *,
    has_more: bool = False,
    error: MailboxError | SettingsError | None = None,
) -> MailboxResult:
    return MailboxResult(
        unsubscribed=outcomes["unsubscribed"],
        already=outcomes["already"],
        test=outcomes["test"],
        automatic=outcomes["automatic"],
        forged=outcomes["forged"],
        without_token=outcomes["without_token"],
        has_more=has_more,
        error=error,
    )


def _process(
    mailbox: Mailbox,
    unsubscribe_by_token: Callable[[str], UnsubscribeResult],
    outcomes: Counter[Outcome],
) -> bool:
    """Do what each message asks, and count it. Return whether the mailbox holds more."""
    with closing(mailbox):
        for messages in mailbox.requests():
            processed_messages: list[MailboxMessage] = []
            flagged: list[MailboxMessage] = []
            for message in messages:
                outcome = _process_message(message, unsubscribe_by_token)
                outcomes[outcome] += 1
                (flagged if outcome in _FLAGGED else processed_messages).append(message)
            mailbox.mark_seen(processed_messages)
            mailbox.flag(flagged)
        return mailbox.has_more


def _process_message(
    message: MailboxMessage, unsubscribe_by_token: Callable[[str], UnsubscribeResult]
) -> Outcome:
    if message.is_automatic:
        return "automatic"
    if not message.token:
        return "without_token"
    try:
        result = unsubscribe_by_token(message.token)
    except BadToken:
        return "forged"
    if result.is_test:
        return "test"
    return "unsubscribed" if result.changed else "already"
