"""Status updates of batches and deliveries, each a statement that is compiled once.

Every update takes the statuses it may start from out of `models/delivery_state.py`. The update
of a batch is a compare-and-set on its status and its fencing token (`fence`): of several
processes that try, one succeeds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Select, Update, bindparam, insert, or_, select, text, update

from newsletter.models import DeliveryStatus, Fault
from newsletter.models.delivery_state import BatchStatus, delivery_origins
from newsletter.storage.reader_records import mask_addresses
from newsletter.storage.tables import batch, delivery, issue

#: Details of deliveries that failed by the author's decision: their issue was cancelled, or
#: their unknown batch was resolved with `--leave`. No server refused them.
CANCELLED, LEFT = "cancelled", "left"

#: Who did not get an issue, and is not waited for. SQLite uses the index of these few only for
#: queries that repeat its condition.
NOT_ACCEPTED = text("delivery.status NOT IN ('accepted', 'pending')")

# Narrower than the state machine: an unknown delivery of a cancelled issue stays unknown.
PENDING_TO_FAILED = delivery_origins("failed", "pending")

# Building these per batch takes longer than running them, so each is built once.
_OF_BATCH = delivery.c.batch_id == bindparam("of_batch")


def deliveries_in_status(
    connection: Connection, batch_id: int, statuses: Sequence[DeliveryStatus]
) -> tuple[tuple[int, str], ...]:
    """Return (subscriber id, address) of the batch's deliveries in one of these statuses."""
    result = connection.execute(_select_in_status(tuple(statuses)), {"of_batch": batch_id})
    # The driver's rows are plain tuples. SQLAlchemy's rows would double the time.
    rows = result.cursor.fetchall()
    result.close()
    return tuple(rows)


def set_delivery_status(
    connection: Connection,
    batch_id: int,
    subscriber_ids: Sequence[int] | None,
    status: DeliveryStatus,
    detail: str,
    *,
    fault: Fault | Literal[""] | None = None,
    origins: Sequence[DeliveryStatus],
) -> None:
    """Update deliveries of a batch that are in one of `origins`.

    `subscriber_ids` limits the update to these readers; None stands for the whole batch.
    Without a `fault` each delivery keeps its own.
    """
    if subscriber_ids is not None and not subscriber_ids:
        return
    values: dict[str, Any] = {
        "of_batch": batch_id,
        "status": status,
        "detail": mask_addresses(detail),
    }
    if fault is not None:
        values["fault"] = fault
    if subscriber_ids is not None:
        values["ids"] = list(subscriber_ids)
    statement = _update_deliveries(tuple(origins), whole_batch=subscriber_ids is None)
    connection.execute(statement, values)


def move_batch(
    connection: Connection,
    batch_id: int,
    fence: int,
    origins: Sequence[BatchStatus],
    *,
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Update a batch by compare-and-set; return whether it succeeded.

    It succeeds if the batch is in one of `origins` and no process moved it since its fencing token
    was `fence`. Each success increments the token.
    """
    parameters = {"of_batch": batch_id, "expected_fence": fence, "updated_at": now}
    result = connection.execute(_update_batch(tuple(origins)), parameters | values)
    return result.rowcount == 1


def replan_pending(connection: Connection, batch_id: int, now: dt.datetime) -> None:
    """Move the pending deliveries of a batch into a new, planned batch.

    Stragglers stay stragglers, and are due as they were. If the issue was cancelled meanwhile,
    they fail instead, as its other deliveries did.
    """
    row = connection.execute(
        select(batch.c.issue_id, batch.c.edition, batch.c.not_before, issue.c.status)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.id == batch_id)
    ).one()
    if row.status == "cancelled":
        set_delivery_status(
            connection, batch_id, None, "failed", CANCELLED, fault="", origins=PENDING_TO_FAILED
        )
        return
    new_id = add_batch(connection, row.issue_id, row.edition, now, not_before=row.not_before)
    connection.execute(
        update(delivery)
        .where(delivery.c.batch_id == batch_id, delivery.c.status == "pending")
        .values(batch_id=new_id)
    )


def add_batch(
    connection: Connection,
    issue_id: int,
    edition: str,
    now: dt.datetime,
    *,
    not_before: dt.datetime | None = None,
) -> int:
    """Insert a planned batch without deliveries; return its id."""
    result = connection.execute(
        insert(batch).values(
            issue_id=issue_id,
            edition=edition,
            status="planned",
            not_before=not_before,
            updated_at=now,
        )
    )
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    return int(result.inserted_primary_key[0])


@cache
def _select_in_status(statuses: tuple[DeliveryStatus, ...]) -> Select[tuple[int, str]]:
    return (
        select(delivery.c.subscriber_id, delivery.c.address)
        .where(_OF_BATCH, or_(*(delivery.c.status == status for status in statuses)))
        .order_by(delivery.c.id)
    )


@cache
def _update_deliveries(origins: tuple[DeliveryStatus, ...], *, whole_batch: bool) -> Update:
    statement = update(delivery).where(
        _OF_BATCH, or_(*(delivery.c.status == origin for origin in origins))
    )
    if whole_batch:
        return statement
    return statement.where(delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)))


@cache
def _update_batch(origins: tuple[BatchStatus, ...]) -> Update:
    return (
        update(batch)
        .where(
            batch.c.id == bindparam("of_batch"),
            batch.c.fence == bindparam("expected_fence"),
            or_(*(batch.c.status == origin for origin in origins)),
        )
        .values(fence=batch.c.fence + 1)
    )
