"""What outbox trials leave behind, and how it is forgotten."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from newsletter.storage.tables import (
    batch,
    delivery,
    edition,
    intro_use,
    issue,
    issue_post,
    lead,
    picture,
    post,
)

_REHEARSED_BY = ("", "outbox")


def first_real(connection: Connection) -> tuple[int, str] | None:
    """(issue number, mailer) of the first batch given to a mailer that reaches people."""
    row = connection.execute(
        select(issue.c.number, batch.c.mailer)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.mailer.not_in(_REHEARSED_BY))
        .order_by(batch.c.id)
        .limit(1)
    ).first()
    return (int(row.number), str(row.mailer)) if row else None


def frozen_numbers(connection: Connection) -> tuple[int, ...]:
    """The numbers of the issues that were rehearsed."""
    query = select(issue.c.number).where(issue.c.frozen_at.is_not(None))
    return tuple(connection.scalars(query.order_by(issue.c.number)))


def delete_rehearsals(connection: Connection) -> int:
    """Deletes every frozen or cancelled issue with all it holds; their posts wait again.

    Returns how many posts do.
    """
    past = select(issue.c.id).where(
        issue.c.frozen_at.is_not(None) | (issue.c.status == "cancelled")
    )
    taken = select(issue_post.c.post_id).where(issue_post.c.issue_id.in_(past))
    freed = connection.execute(
        update(post)
        .where(post.c.id.in_(taken), post.c.state == "issued")
        .values(state="waiting", reason="")
    )
    for table in (delivery, batch, lead, edition, intro_use, issue_post):
        connection.execute(delete(table).where(table.c.issue_id.in_(past)))
    connection.execute(delete(issue).where(issue.c.id.in_(past)))
    connection.execute(update(picture).values(shown=False))
    return freed.rowcount


def renumber(connection: Connection) -> int | None:
    """Gives what is left numbers from 1 on, as drafts; the newest one's, None if none is.

    An approval goes, for the number is part of what was approved.
    """
    left = connection.scalars(select(issue.c.id).order_by(issue.c.number)).all()
    for number, issue_id in enumerate(left, start=1):
        connection.execute(
            update(issue)
            .where(issue.c.id == issue_id)
            .values(number=number, approved_hash="", pinned_posts="")
        )
    connection.execute(update(issue).where(issue.c.status == "approved").values(status="draft"))
    return len(left) or None
