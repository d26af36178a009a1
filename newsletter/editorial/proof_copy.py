"""Send a copy of an issue, marked as a test, to the author's own inbox."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from newsletter.addressing.audience import select_edition
from newsletter.addressing.envelope import build_batch, envelope, require_sendable, sample_recipient
from newsletter.addressing.reader_links import require_working_links
from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.editorial.editions import editions_of
from newsletter.editorial.find_issue import find_issue
from newsletter.models import Edition, Issue, Receipt
from newsletter.storage.database.engine import snapshot


def live_link_sentence(settings: Settings) -> str:
    """Return that a proof copy's way out is real where SendGrid writes it, "" where it is ours."""
    if settings.site.unsubscribe != "sendgrid" or settings.sender.mailer != "sendgrid":
        return ""
    return "Its unsubscribe link is SendGrid's own and works: who follows it is unsubscribed there."


def send_proof_copy(
    context: Context, name: str, addresses: Sequence[str], *, edition: str | None = None
) -> tuple[tuple[str, Receipt], ...]:
    """Send a copy of the issue `name`, marked [Test], to each address.

    Return each address with its receipt. Changes nothing in the database.
    """
    require_sendable(context.settings, context.secrets, context.mailer)
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        chosen = select_edition(editions_of(connection, context.config, issue), edition)
    return mail_edition(context, issue, chosen, addresses)


def mail_edition(
    context: Context, issue: Issue, edition: Edition, addresses: Sequence[str]
) -> tuple[tuple[str, Receipt], ...]:
    """Send this edition, marked [Test], to each address. Return each with its receipt."""
    require_working_links(context.settings, (edition,))
    unique = tuple(dict.fromkeys(addresses))
    recipients = tuple(
        sample_recipient(context.config, address, index, edition=edition)
        for index, address in enumerate(unique)
    )
    batch = build_batch(
        edition,
        recipients,
        envelope=envelope(context.settings, kind="test"),
        date=context.clock(),
        issue=issue,
    )
    with closing(context.mailer()) as mailer:
        receipts = {receipt.subscriber_id: receipt for receipt in mailer.send(batch)}
    return tuple((reader.address, receipts[reader.subscriber_id]) for reader in recipients)
