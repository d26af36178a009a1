"""The newest issue for who has just joined: the very bytes everybody got, under a welcome."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.models import Edition, Issue, Receipt, Recipient
from newsletter.pipeline.context import Context
from newsletter.pipeline.editions import editions_of
from newsletter.pipeline.envelope import envelope
from newsletter.pipeline.readers import recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer
from newsletter.storage import evidence, issues
from newsletter.storage.engine import reading
from subscribers import storage as people
from subscribers.models import Letter, Subscriber


def send_welcomes(
    context: Context, mailer: Mailer, claimed: Iterable[Letter]
) -> Mapping[int, Receipt]:
    """A receipt for each subscriber the newest issue was sent to.

    Nobody gets it who is among its readers anyway (one who left and came back within the
    week), and nobody before there is an issue. Raises what the mailer raises.
    """
    groups: dict[str, list[Recipient]] = {}
    with reading(context.engine) as connection:
        issue = issues.newest_sent(connection)
        if issue is None:
            return {}
        editions: dict[str, Edition] = {
            one.key: one for one in editions_of(context, connection, issue)
        }
        for letter in claimed:
            person = people.by_id(connection, letter.subscriber_id)
            if person is not None and _wants(connection, issue, person):
                key = person.hemisphere if person.hemisphere in editions else next(iter(editions))
                groups.setdefault(key, []).append(
                    recipient(context, person.id, person.address, person.name)
                )
    receipts: dict[int, Receipt] = {}
    for key, recipients in groups.items():
        batch = _batch(context, issue, editions[key], tuple(recipients))
        receipts |= {receipt.subscriber_id: receipt for receipt in mailer.send(batch)}
    return receipts


def _wants(connection: Connection, issue: Issue, person: Subscriber) -> bool:
    return not evidence.is_in(connection, issue.id, person.id)


def _batch(
    context: Context, issue: Issue, edition: Edition, recipients: tuple[Recipient, ...]
) -> Batch:
    return Batch(
        id=0,
        attempt_id=uuid.uuid4().hex,
        issue=issue.number,
        issue_key=issue.key,
        edition=replace(edition, subject=f"Welcome! {edition.subject}"),
        recipients=recipients,
        date=context.clock(),
        envelope=envelope(context.settings, kind="welcome"),
    )
