"""Proof, from wherever it comes and however late, that a message was accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from newsletter.storage.tables import batch, delivery


def mark_accepted(
    connection: Connection, batch_id: int, subscriber_ids: Sequence[int], *, now: dt.datetime
) -> int:
    """Counts these subscribers' deliveries as accepted; returns how many were in doubt.

    The attempt was `batch_id`; what was in doubt or planned again is accepted now. An
    attempt that was called back proves nothing: it is never mailed.
    """
    of = connection.execute(
        select(batch.c.issue_id, batch.c.status).where(batch.c.id == batch_id)
    ).first()
    if of is None or of.status == "void" or not subscriber_ids:
        return 0
    changed = connection.execute(
        update(delivery)
        .where(
            delivery.c.issue_id == of.issue_id,
            delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)),
            delivery.c.status.in_(("unknown", "pending")),
        )
        .values(status="accepted", detail=""),
        {"ids": list(subscriber_ids)},
    )
    close_settled(connection, batch_id, now)
    return changed.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Which batch, of which issue, an attempt was."""

    id: int
    issue_id: int


def batch_of_attempt(connection: Connection, attempt_id: str) -> Attempt | None:
    """The batch that was this attempt; None for one we never made."""
    row = connection.execute(
        select(batch.c.id, batch.c.issue_id).where(batch.c.attempt_id == attempt_id)
    ).first()
    return Attempt(**row._asdict()) if row else None


def has_delivery(connection: Connection, issue_id: int, subscriber_id: int) -> bool:
    """Whether the issue was planned for this subscriber."""
    query = select(delivery.c.id).where(
        delivery.c.issue_id == issue_id, delivery.c.subscriber_id == subscriber_id
    )
    return connection.scalar(query) is not None


def close_settled(connection: Connection, batch_id: int, now: dt.datetime) -> None:
    """A batch in which nothing is in doubt any more is accepted."""
    doubtful = select(delivery.c.id).where(
        delivery.c.batch_id == batch_id, delivery.c.status == "unknown"
    )
    connection.execute(
        update(batch)
        .where(batch.c.id == batch_id, batch.c.status == "unknown", ~doubtful.exists())
        .values(status="accepted", fence=batch.c.fence + 1, updated_at=now)
    )
