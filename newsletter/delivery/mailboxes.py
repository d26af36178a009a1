"""Process what came by mail: requests to unsubscribe first, then bounces and complaints.

Both may lie in one mailbox. Neither keeps the other from being read.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.context import Context
from newsletter.delivery.bounce_mailbox import (
    BounceResult,
    bounces_notice,
    process_bounces,
    process_bounces_before_send,
)
from newsletter.errors import MailboxError
from newsletter.subscriptions.unsubscribe_mailbox import (
    MailboxResult,
    mailbox_notice,
    process_before_send,
    process_mailbox,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailResult:
    """What the mailboxes held. A part is None if nothing of its kind comes by mail."""

    requests: MailboxResult | None
    bounces: BounceResult | None

    @property
    def notice(self) -> str:
        """What the author should know, in sentences; "" for nothing."""
        return f"{mailbox_notice(self.requests)} {bounces_notice(self.bounces)}".strip()

    @property
    def flagged(self) -> int:
        """The messages that were flagged for a person."""
        requests = self.requests.ignored if self.requests else 0
        return requests + (self.bounces.flagged if self.bounces else 0)


def process_mail(context: Context) -> MailResult:
    """Process all that came by mail.

    Raise SettingsError if there is no mailbox, and MailboxError if one cannot be read; what
    the other holds is processed before.
    """
    settings = context.settings
    requests, bounces, errors = None, None, []
    if settings.mailbox.address or not settings.sender.smtp.envelope_from:
        try:
            requests = process_mailbox(context)
        except MailboxError as error:
            errors.append(error)
    if settings.sender.smtp.envelope_from and not (errors and not settings.has_bounces_mailbox):
        try:
            bounces = process_bounces(context)
        except MailboxError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return MailResult(requests=requests, bounces=bounces)


def process_mail_before_send(context: Context) -> MailResult:
    """Process all that came by mail before an issue is sent. An error does not stop that."""
    requests = process_before_send(context)
    if requests is not None and requests.error and not context.settings.has_bounces_mailbox:
        # The same mailbox would fail again, and take as long.
        return MailResult(requests=requests, bounces=None)
    return MailResult(requests=requests, bounces=process_bounces_before_send(context))
