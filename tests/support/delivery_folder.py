"""A real newsletter folder whose issue goes to the outbox, a SendGrid stand-in or a relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.delivery.freeze import freeze
from newsletter.delivery.ledger.stored_ledger import StoredLedger, open_ledger
from newsletter.editorial.draft import draft_issue
from newsletter.models import Figures, Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe
from tests.support.sendgrid import KEY, SendGridStandIn
from tests.support.smtp_relay import Relay


def create_outbox_newsletter(
    folder: Path, *, readers: int = 6, batch_size: int = 2, database_url: str = ""
) -> Context:
    """Create a newsletter with one post and `readers` subscribers that needs no approval."""
    create_newsletter(folder, approval="auto", database_url=database_url).engine.dispose()
    settings = folder / "newsletter.toml"
    settings.write_text(
        settings.read_text("utf-8") + f"\n[sender]\nbatch_size = {batch_size}\n", "utf-8"
    )
    context = open_newsletter(folder, {"NEWSLETTER_NOW": NOW})
    publish(context, "Up the hill")
    for number in range(1, readers + 1):
        subscribe(context, f"runner{number}@example.org")
    return replace(context, wait=lambda _seconds: None)


def create_sendgrid_newsletter(
    folder: Path,
    standin: SendGridStandIn,
    *,
    readers: int = 6,
    batch_size: int = 2,
    on_unknown: str = "wait",
    rate_per_minute: int = 0,
    database_url: str = "",
    groups: str | None = None,
) -> Context:
    """Create the same newsletter with the SendGrid stand-in as its mailer.

    `groups` are further lines of [sender.sendgrid] where SendGrid's own link unsubscribes.
    """
    first = create_outbox_newsletter(
        folder, readers=readers, batch_size=batch_size, database_url=database_url
    )
    return switch_to_sendgrid(
        first, standin, on_unknown=on_unknown, rate_per_minute=rate_per_minute, groups=groups
    )


def switch_to_sendgrid(
    context: Context,
    standin: SendGridStandIn,
    *,
    on_unknown: str = "wait",
    rate_per_minute: int = 0,
    groups: str | None = None,
) -> Context:
    """Give a newsletter of the outbox the SendGrid stand-in as its mailer, and open it again."""
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace(
        "[sender]\n",
        f'[sender]\nmailer = "sendgrid"\non_unknown = "{on_unknown}"\n'
        f"rate_per_minute = {rate_per_minute}\n",
    )
    site = 'url = "https://news.example.com"' if groups is None else 'unsubscribe = "sendgrid"'
    text = text.replace("[site]\n", f"[site]\n{site}\n")
    settings.write_text(
        f'{text}[sender.sendgrid]\nhost = "{standin.url}"\n{groups or ""}\n', "utf-8"
    )
    reopened = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY})
    return replace(reopened, wait=lambda _seconds: None)


def create_smtp_newsletter(
    folder: Path,
    relay: Relay,
    readers: Sequence[str],
    *,
    batch_size: int = 100,
    database_url: str = "",
) -> Context:
    """Create the same newsletter with these readers and a relay on loopback as its mailer."""
    first = create_outbox_newsletter(
        folder, readers=0, batch_size=batch_size, database_url=database_url
    )
    for reader in readers:
        subscribe(first, reader)
    first.engine.dispose()
    settings = folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace("[sender]\n", '[sender]\nmailer = "smtp"\n')
    text = text.replace("[site]\n", '[site]\nurl = "https://news.example.com"\n')
    relay_settings = f'host = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\n'
    settings.write_text(f"{text}[sender.smtp]\n{relay_settings}", "utf-8")
    reopened = open_newsletter(folder, {"NEWSLETTER_NOW": NOW})
    return replace(reopened, wait=lambda _seconds: None)


def freeze_next_issue(context: Context) -> Issue:
    """Draft and freeze the next issue without delivering it."""
    issue = draft_issue(context).issue
    assert issue is not None
    return freeze(context, issue.number, need_approval=False)


def ledger(context: Context, issue: Issue) -> StoredLedger:
    return open_ledger(context, issue)


def figures(context: Context, issue: Issue) -> Figures:
    with snapshot(context.engine) as connection:
        return deliveries.figures(connection, issue.id)


def status(context: Context, issue: Issue) -> str:
    with snapshot(context.engine) as connection:
        return str(issues.status_of(connection, issue.id))
