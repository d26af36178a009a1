"""The small steps that batches and deliveries are moved by, each a statement made once.

Each move of a batch is a compare-and-set on its status and fence: of several that try, one
succeeds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, insert, or_, select, update

from newsletter.models import DeliveryStatus
from newsletter.storage.erasure import without_addresses
from newsletter.storage.tables import batch, delivery, issue

CANCELLED = "cancelled"

# What is built anew for each batch takes longer to read than to do: these are read once.
_OF_BATCH = delivery.c.batch_id == bindparam("of_batch")
_MARK_ALL = update(delivery).where(_OF_BATCH, delivery.c.status == bindparam("before"))
_MARK_SOME = _MARK_ALL.where(delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)))


def deliveries_in_status(
    connection: Connection, batch_id: int, statuses: Sequence[DeliveryStatus]
) -> tuple[tuple[int, str], ...]:
    """(subscriber id, address) of the batch's deliveries in one of these statuses."""
    found = connection.execute(_in_status(tuple(statuses)), {"of_batch": batch_id})
    # The driver's own rows are plain pairs already; SQLAlchemy's take as long again to make.
    rows = found.cursor.fetchall()
    found.close()
    return tuple(rows)


def set_delivery_status(
    connection: Connection,
    batch_id: int,
    ids: Sequence[int] | None,
    status: DeliveryStatus,
    detail: str,
    *,
    before: DeliveryStatus,
) -> None:
    """Gives these subscribers' deliveries a new status; None means the whole batch's.

    Only deliveries of that status `before` are touched.
    """
    if ids is not None and not ids:
        return
    values = {"of_batch": batch_id, "before": before}
    found = {"status": status, "detail": without_addresses(detail)}
    if ids is None:
        connection.execute(_MARK_ALL, values | found)
    else:
        connection.execute(_MARK_SOME, values | found | {"ids": list(ids)})


def move_batch(
    connection: Connection,
    batch_id: int,
    fence: int,
    among: Sequence[str],
    *,
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Compare-and-set; the fence goes up with each move, so that of two one fails."""
    asked = {"of_batch": batch_id, "under": fence, "updated_at": now}
    return connection.execute(_move(tuple(among)), asked | values).rowcount == 1


def replan_pending(connection: Connection, batch_id: int, now: dt.datetime) -> None:
    """Moves a batch's pending deliveries into a new batch, planned.

    Of an issue that was cancelled meanwhile they are given up like the rest of it.
    """
    of = connection.execute(
        select(batch.c.issue_id, batch.c.edition, issue.c.status)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.id == batch_id)
    ).one()
    if of.status == "cancelled":
        set_delivery_status(connection, batch_id, None, "failed", CANCELLED, before="pending")
        return
    fresh = add_batch(connection, of.issue_id, of.edition, now)
    connection.execute(
        update(delivery)
        .where(delivery.c.batch_id == batch_id, delivery.c.status == "pending")
        .values(batch_id=fresh)
    )


def add_batch(connection: Connection, issue_id: int, edition: str, now: dt.datetime) -> int:
    """A new batch, planned and still without deliveries; returns its id."""
    result = connection.execute(
        insert(batch).values(issue_id=issue_id, edition=edition, status="planned", updated_at=now)
    )
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    return int(result.inserted_primary_key[0])


@cache
def _in_status(statuses: tuple[DeliveryStatus, ...]) -> Select[tuple[int, str]]:
    return (
        select(delivery.c.subscriber_id, delivery.c.address)
        .where(_OF_BATCH, or_(*(delivery.c.status == one for one in statuses)))
        .order_by(delivery.c.id)
    )


@cache
def _move(among: tuple[str, ...]) -> Update:
    return (
        update(batch)
        .where(
            batch.c.id == bindparam("of_batch"),
            batch.c.fence == bindparam("under"),
            or_(*(batch.c.status == one for one in among)),
        )
        .values(fence=batch.c.fence + 1)
    )
