"""The welcome message: the newest issue for a new reader, the same bytes everybody got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.batch import build_batch
from newsletter.addressing.edition_choice import EditionPicker
from newsletter.addressing.envelope import envelope
from newsletter.addressing.recipients import recipient
from newsletter.composer.phrase_files import load_phrases
from newsletter.config.secrets import Secrets
from newsletter.context import NewsletterConfig
from newsletter.editorial.editions import editions_of
from newsletter.models import Edition, Issue, Recipient
from newsletter.sender.batch import Batch
from newsletter.storage import issues
from newsletter.storage.ledger import late_proof
from subscribers import storage as people
from subscribers.models import Subscriber, TransactionalMail


def welcome_batches(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    claimed: Iterable[TransactionalMail],
    now: dt.datetime,
) -> tuple[Batch, ...]:
    """Return the batches that bring each new reader the newest issue.

    A reader is left out if there is no issue yet, if it holds no post of their topics, or if
    they have a delivery of it already (having left and returned within the week).
    """
    subscribers = (people.find_by_id(connection, mail.subscriber_id) for mail in claimed)
    readers = [person for person in subscribers if person is not None]
    groups = _group_by_edition(connection, config, secrets, readers)
    return tuple(
        _batch(config, issue, edition, recipients, now) for issue, edition, recipients in groups
    )


def _group_by_edition(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    readers: Sequence[Subscriber],
) -> Iterator[tuple[Issue, Edition, tuple[Recipient, ...]]]:
    """Yield the recipients of each edition, of the monthly issue and of the other one."""
    all_monthly = config.settings.issue.rhythm == "monthly"
    for monthly in (True, False):
        group = [
            reader for reader in readers if monthly == (all_monthly or reader.rhythm == "monthly")
        ]
        issue = _newest_issue(connection, monthly=monthly) if group else None
        if issue is None:
            continue
        editions = {edition.key: edition for edition in editions_of(connection, config, issue)}
        picker = EditionPicker(issue, config.settings, tuple(editions.values()))
        recipients: dict[str, list[Recipient]] = {}
        for reader in group:
            key = picker.edition_for(reader)
            if key and not late_proof.has_delivery(connection, issue.id, reader.id):
                recipients.setdefault(key, []).append(
                    recipient(config, secrets, reader.id, reader.address, reader.name)
                )
        for key, of_edition in recipients.items():
            yield issue, editions[key], tuple(of_edition)


def _newest_issue(connection: Connection, *, monthly: bool) -> Issue | None:
    """Return the newest issue of that rhythm; before the first one, that of the other."""
    newest = issues.newest_sent(connection, monthly=monthly)
    return newest or issues.newest_sent(connection, monthly=not monthly)


def _batch(
    config: NewsletterConfig,
    issue: Issue,
    edition: Edition,
    recipients: tuple[Recipient, ...],
    now: dt.datetime,
) -> Batch:
    phrases = load_phrases(config.settings.newsletter.language, config.email_templates)
    return build_batch(
        replace(edition, subject=phrases.welcome.format(subject=edition.subject)),
        recipients,
        envelope=envelope(config.settings, kind="welcome"),
        date=now,
        issue=issue,
    )
