"""Process what came by mail: requests to unsubscribe first, then bounces and complaints.

Both may lie in one mailbox. Neither keeps the other from being read.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.context import Context
from newsletter.delivery.bounce_mailbox import BounceResult, bounces_notice, process_bounces
from newsletter.errors import SettingsError
from newsletter.subscriptions.unsubscribe_mailbox import (
    MailboxResult,
    mailbox_notice,
    process_requests,
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

    def raise_for_error(self) -> None:
        """Raise the MailboxError or SettingsError for which a mailbox was not read.

        Raise SettingsError as well if there is no mailbox to read.
        """
        if self.requests is None and self.bounces is None:
            raise SettingsError(
                "No mailbox is set, so there are no requests to read.",
                cure="Write a [mailbox] with its address into newsletter.toml; "
                "README.md shows one.",
            )
        for part in (self.requests, self.bounces):
            if part is not None and part.error is not None:
                raise part.error


def process_mail(context: Context) -> MailResult:
    """Process all that came by mail, so that no issue goes to one who left or cannot be reached.

    An error stops no delivery: it is in the result.
    """
    settings = context.settings
    requests = process_requests(context) if settings.mailbox.address else None
    # A mailbox that failed once would fail again, and take as long.
    is_dead = requests is not None and requests.error and not settings.has_bounces_mailbox
    if is_dead or not settings.sender.smtp.envelope_from:
        return MailResult(requests=requests, bounces=None)
    return MailResult(requests=requests, bounces=process_bounces(context))
