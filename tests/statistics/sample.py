"""A newsletter whose issues went out, as rows of the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from newsletter.context import Context
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import events
from newsletter.storage.ledger.events import EventRecord
from newsletter.storage.tables import batch, delivery, issue, issue_post, post
from tests.support.newsletter_folder import create_newsletter, publish, subscribe

READERS = 10
FIRST_SUNDAY = dt.datetime(2026, 8, 2, 13, tzinfo=dt.UTC)


def create_sample(
    folder: Path, *, issues: int = 2, readers: int = READERS, database_url: str = ""
) -> Context:
    """Create a newsletter whose issues went out by SMTP, a week apart, with two posts each."""
    context = create_newsletter(folder, database_url=database_url)
    for number in range(readers):
        subscribe(context, f"reader{number}@example.org")
    for number in range(1, issues + 1):
        publish(context, f"Hill repeats, week {number}", f"Mud & shoes, week {number}")
        add_issue(context, number, readers=readers)
    return context


def add_issue(
    context: Context,
    number: int,
    *,
    readers: int = READERS,
    status: str = "sent",
    mailer: str = "smtp",
    at: dt.datetime | None = None,
) -> None:
    """Store an issue that was frozen, with the two newest posts, and accepted for each reader."""
    at = at or FIRST_SUNDAY + dt.timedelta(weeks=number - 1)
    with transaction(context.engine) as connection:
        connection.execute(
            insert(issue).values(
                id=number,
                number=number,
                key=f"{at:%G-W%V}",
                rhythm="weekly",
                status=status,
                subject=f"Up the hill, part {number}",
                preheader="",
                greetings="[]",
                wish='{"kind": "auto"}',
                races="[]",
                planned_for=at,
                created_at=at,
                frozen_at=at,
                sent_at=at if status == "sent" else None,
            )
        )
        posts = connection.scalars(select(post.c.id).order_by(post.c.id.desc()).limit(2)).all()
        for place, post_id in enumerate(reversed(posts)):
            row = {"issue_id": number, "post_id": post_id, "rhythm": "weekly", "position": place}
            connection.execute(insert(issue_post).values(row))
        connection.execute(
            insert(batch).values(
                id=number,
                issue_id=number,
                edition="north",
                status="accepted",
                attempt_id=f"attempt{number}",
                mailer=mailer,
                updated_at=at,
            )
        )
        rows = [
            {
                "issue_id": number,
                "batch_id": number,
                "subscriber_id": reader,
                "address": f"reader{reader}@example.org",
                "status": "accepted",
            }
            for reader in range(1, readers + 1)
        ]
        if rows:
            connection.execute(insert(delivery), rows)


def set_deliveries(context: Context, number: int, *readers: int, **values: Any) -> None:
    """Change the deliveries of an issue to these readers."""
    with transaction(context.engine) as connection:
        of_issue = (delivery.c.issue_id == number) & delivery.c.subscriber_id.in_(readers)
        connection.execute(update(delivery).where(of_issue).values(values))


def report(
    context: Context, number: int, kind: str, *readers: int, post_id: int | None = None
) -> None:
    """Store an event of this kind about an issue for each of these readers."""
    with transaction(context.engine) as connection:
        for reader in readers:
            record = EventRecord(
                dedup_key=f"{kind}-{number}-{reader}-{post_id}",
                kind=kind,
                at=FIRST_SUNDAY,
                issue_id=number,
                subscriber_id=reader,
                post_id=post_id,
            )
            events.add(connection, record)
