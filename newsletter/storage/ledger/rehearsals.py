"""What rehearsals with the outbox left behind: find it, and delete it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from newsletter.models.delivery_state import issue_origins
from newsletter.storage import own_edits
from newsletter.storage.ledger import events
from newsletter.storage.ledger.events import EventRecord
from newsletter.storage.tables import (
    batch,
    decision,
    delivery,
    edition,
    event,
    greeting_part,
    issue,
    issue_post,
    leader,
    notice,
    picture,
    post,
    slot_change,
)

_OUTBOX = "outbox"
_REHEARSED_BY = ("", _OUTBOX)
_REMINDER = "rehearsals"
_REOPEN = issue_origins("draft", "approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsals:
    """The issues that only the outbox took."""

    issues: int
    #: How many posts they hold, which no reader got.
    posts: int
    #: The number of the newest one.
    newest: int


def find_rehearsals(connection: Connection) -> Rehearsals | None:
    """Return the rehearsed issues; None if there are none, or if a real issue followed them."""
    if first_real(connection) is not None:
        return None
    rehearsed = select(batch.c.issue_id).where(batch.c.mailer == _OUTBOX)
    row = connection.execute(
        select(func.count(), func.max(issue.c.number)).where(issue.c.id.in_(rehearsed))
    ).one()
    if not row[0]:
        return None
    posts = connection.scalar(
        select(func.count(post.c.id.distinct()))
        .join(issue_post, issue_post.c.post_id == post.c.id)
        .where(issue_post.c.issue_id.in_(rehearsed), post.c.state == "issued")
    )
    return Rehearsals(issues=row[0], posts=posts or 0, newest=row[1])


def is_reminded(connection: Connection, rehearsals: Rehearsals) -> bool:
    """Whether the author was reminded of these rehearsals."""
    query = select(event.c.id).where(event.c.dedup_key == _reminder_key(rehearsals))
    return connection.scalar(query) is not None


def add_reminder(connection: Connection, rehearsals: Rehearsals, at: dt.datetime) -> None:
    """Store that the author was reminded of these rehearsals."""
    key = _reminder_key(rehearsals)
    events.add(connection, EventRecord(dedup_key=key, kind=_REMINDER, at=at))


def _reminder_key(rehearsals: Rehearsals) -> str:
    return f"{_REMINDER} {rehearsals.newest}"


def is_rehearsed(connection: Connection, issue_id: int) -> bool:
    """Whether the outbox took the issue's messages, and no mailer that reaches people."""
    mailers = select(batch.c.mailer).where(batch.c.issue_id == issue_id).limit(1)
    if connection.scalar(mailers.where(batch.c.mailer.not_in(_REHEARSED_BY))) is not None:
        return False
    return connection.scalar(mailers.where(batch.c.mailer == _OUTBOX)) is not None


def rehearsed_numbers(connection: Connection) -> frozenset[int]:
    """Return the numbers of the issues that only the outbox took."""
    query = select(issue.c.id, issue.c.number).where(issue.c.frozen_at.is_not(None))
    rows = connection.execute(query).all()
    return frozenset(row.number for row in rows if is_rehearsed(connection, row.id))


def first_real(connection: Connection) -> tuple[int, str] | None:
    """Return (issue number, mailer) of the first batch given to a mailer that reaches people."""
    row = connection.execute(
        select(issue.c.number, batch.c.mailer)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.mailer.not_in(_REHEARSED_BY))
        .order_by(batch.c.id)
        .limit(1)
    ).first()
    return (int(row.number), str(row.mailer)) if row else None


def frozen_numbers(connection: Connection) -> tuple[int, ...]:
    """Return the numbers of the rehearsed issues."""
    query = select(issue.c.number).where(issue.c.frozen_at.is_not(None))
    return tuple(connection.scalars(query.order_by(issue.c.number)))


def newest_number(connection: Connection) -> int | None:
    """Return the number of the newest issue or draft, None if there is none."""
    number: int | None = connection.scalar(select(func.max(issue.c.number)))
    return number


def delete_rehearsals(connection: Connection) -> int:
    """Delete every frozen or cancelled issue with its editions, batches and deliveries.

    What the author wrote for them counts again for the draft of the same week or month. Return
    how many of their posts wait for an issue again.
    """
    is_past = issue.c.frozen_at.is_not(None) | (issue.c.status == "cancelled")
    past = select(issue.c.id).where(is_past)
    for row in connection.execute(select(issue).where(is_past).order_by(issue.c.id)).all():
        if row.own_edits:
            own_edits.keep(connection, row.rhythm, row.key, row.own_edits)
    issued = select(issue_post.c.post_id).where(issue_post.c.issue_id.in_(past))
    released = connection.execute(
        update(post)
        .where(post.c.id.in_(issued), post.c.state == "issued")
        .values(state="waiting", reason="")
    )
    for table in (delivery, batch, leader, edition, greeting_part, issue_post):
        connection.execute(delete(table).where(table.c.issue_id.in_(past)))
    connection.execute(delete(issue).where(issue.c.id.in_(past)))
    connection.execute(delete(event).where(event.c.kind == _REMINDER))
    # They name issues by their numbers.
    for table in (notice, decision, slot_change):
        connection.execute(delete(table))
    connection.execute(update(picture).values(shown=False))
    return released.rowcount


def renumber(connection: Connection) -> int | None:
    """Number the remaining issues from 1 on, as drafts; return the newest number, None for none.

    Approvals are withdrawn, because the number is part of what was approved.
    """
    remaining = connection.scalars(select(issue.c.id).order_by(issue.c.number)).all()
    for number, issue_id in enumerate(remaining, start=1):
        connection.execute(
            update(issue)
            .where(issue.c.id == issue_id)
            .values(number=number, approved_hash="", pinned_posts="")
        )
    reopened = {"status": "draft", "release_at": None, "before_release": ""}
    connection.execute(update(issue).where(issue.c.status.in_(_REOPEN)).values(**reopened))
    return len(remaining) or None
