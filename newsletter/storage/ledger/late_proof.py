"""Proof that a message was accepted, however late it arrives: a webhook event or a receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from newsletter.models.delivery_state import batch_origins, delivery_origins
from newsletter.storage.tables import batch, delivery

_ACCEPT_DELIVERY = delivery_origins("accepted")
# Not from `intent`, which the state machine allows too: only the holder records a batch in flight.
_CLOSE = batch_origins("accepted", "unknown")


def mark_accepted(
    connection: Connection, batch_id: int, subscriber_ids: Sequence[int], *, now: dt.datetime
) -> int:
    """Count these readers' deliveries as accepted; return the number that changed.

    `batch_id` is the attempt that the proof is about. A delivery counts as accepted even if it
    was planned again in another batch since. A void attempt proves nothing, because the mailer
    confirmed that it will never send it.
    """
    row = connection.execute(
        select(batch.c.issue_id, batch.c.status).where(batch.c.id == batch_id)
    ).first()
    if row is None or row.status == "void" or not subscriber_ids:
        return 0
    result = connection.execute(
        update(delivery)
        .where(
            delivery.c.issue_id == row.issue_id,
            delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)),
            delivery.c.status.in_(_ACCEPT_DELIVERY),
        )
        .values(status="accepted", detail="", fault=""),
        {"ids": list(subscriber_ids)},
    )
    close_settled(connection, batch_id, now)
    return result.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The batch that an attempt id stands for."""

    id: int
    issue_id: int


def batch_of_attempt(connection: Connection, attempt_id: str) -> Attempt | None:
    """Return the batch of this attempt, None if the ledger holds none."""
    row = connection.execute(
        select(batch.c.id, batch.c.issue_id).where(batch.c.attempt_id == attempt_id)
    ).first()
    return Attempt(**row._asdict()) if row else None


def has_delivery(connection: Connection, issue_id: int, subscriber_id: int) -> bool:
    """Whether a delivery of the issue to this subscriber was planned."""
    query = select(delivery.c.id).where(
        delivery.c.issue_id == issue_id, delivery.c.subscriber_id == subscriber_id
    )
    return connection.scalar(query) is not None


def delivery_address(connection: Connection, issue_id: int, subscriber_id: int) -> str:
    """The address that the issue was planned to for this subscriber, "" for none."""
    query = select(delivery.c.address).where(
        delivery.c.issue_id == issue_id, delivery.c.subscriber_id == subscriber_id
    )
    return connection.scalar(query) or ""


def close_settled(connection: Connection, batch_id: int, now: dt.datetime) -> None:
    """Mark an unknown batch as accepted once none of its deliveries is unknown."""
    unknown = select(delivery.c.id).where(
        delivery.c.batch_id == batch_id, delivery.c.status == "unknown"
    )
    connection.execute(
        update(batch)
        .where(batch.c.id == batch_id, batch.c.status.in_(_CLOSE), ~unknown.exists())
        .values(status="accepted", fence=batch.c.fence + 1, updated_at=now)
    )
