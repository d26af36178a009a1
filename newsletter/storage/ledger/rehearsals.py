"""Delete what rehearsals with the outbox left behind."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from newsletter.models.delivery_state import issue_origins
from newsletter.storage.tables import (
    batch,
    delivery,
    edition,
    intro_use,
    issue,
    issue_post,
    leader,
    picture,
    post,
)

_REHEARSED_BY = ("", "outbox")
_REOPEN = issue_origins("draft", "approved")


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


def delete_rehearsals(connection: Connection) -> int:
    """Delete every frozen or cancelled issue with its editions, batches and deliveries.

    Return how many of their posts wait for an issue again.
    """
    past = select(issue.c.id).where(
        issue.c.frozen_at.is_not(None) | (issue.c.status == "cancelled")
    )
    issued = select(issue_post.c.post_id).where(issue_post.c.issue_id.in_(past))
    released = connection.execute(
        update(post)
        .where(post.c.id.in_(issued), post.c.state == "issued")
        .values(state="waiting", reason="")
    )
    for table in (delivery, batch, leader, edition, intro_use, issue_post):
        connection.execute(delete(table).where(table.c.issue_id.in_(past)))
    connection.execute(delete(issue).where(issue.c.id.in_(past)))
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
    connection.execute(update(issue).where(issue.c.status.in_(_REOPEN)).values(status="draft"))
    return len(remaining) or None
