"""Stragglers: deliveries that were put off, and wait in batches that become due later.

    record ──▶ put_off ──▶ a planned batch with `not_before` ──▶ claim, once it is due
                                     └──▶ give_up ──▶ failed, with the server's own words

When a straggler is tried again says `models/delivery_state.py`. Stragglers of one edition that
are due at the same time share a batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from newsletter.models import Fault, Receipt
from newsletter.models.delivery_state import batch_origins, delivery_origins, retry_distance
from newsletter.storage.ledger.transitions import CANCELLED, PENDING_TO_FAILED, add_batch
from newsletter.storage.reader_records import mask_addresses
from newsletter.storage.tables import batch, delivery, issue
from newsletter.storage.utc_time import UtcTime

# Times are rounded down to this many seconds, so that stragglers share batches.
_GRID_SECONDS = 5
_EMPTY = batch_origins("empty")
# Narrower than the state machine: an outcome is recorded of what was in flight.
_PUT_OFF = delivery_origins("pending", "unknown")
_CANCEL = delivery_origins("failed", "unknown")

_ROWS = (
    select(delivery.c.id, delivery.c.subscriber_id, delivery.c.tries)
    .where(
        delivery.c.batch_id == bindparam("of_batch"),
        delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(delivery.c.id)
)
_BATCH = (
    select(batch.c.issue_id, batch.c.edition, issue.c.status)
    .join(issue, issue.c.id == batch.c.issue_id)
    .where(batch.c.id == bindparam("of_batch"))
)
_OPEN_BATCH = (
    select(batch.c.id)
    .where(
        batch.c.issue_id == bindparam("of_issue"),
        batch.c.status == "planned",
        batch.c.edition == bindparam("of_edition"),
        batch.c.not_before == bindparam("due"),
    )
    .order_by(batch.c.id.desc())
    .limit(1)
    # Another process may be about to claim it, or to add stragglers of its own.
    .with_for_update(skip_locked=True)
)
_SIZE = select(func.count()).where(delivery.c.batch_id == bindparam("of_batch"))
_MOVE = (
    update(delivery)
    .where(delivery.c.id == bindparam("of_delivery"), delivery.c.status.in_(_PUT_OFF))
    .values(
        status="pending",
        detail=bindparam("words"),
        fault=bindparam("whose"),
        batch_id=bindparam("into"),
        tries=delivery.c.tries + 1,
        deferred_at=func.coalesce(delivery.c.deferred_at, bindparam("at", type_=UtcTime)),
    )
)
_FAULTS = select(delivery.c.subscriber_id, delivery.c.fault).where(
    delivery.c.batch_id == bindparam("of_batch"), delivery.c.deferred_at.is_not(None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingStragglers:
    """The stragglers of an issue."""

    count: int = 0
    #: When the first of them was put off for the first time, None if there is none.
    deferred_at: dt.datetime | None = None
    #: When the first of them is due.
    due_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A straggler that has failed now."""

    subscriber_id: int
    fault: Fault
    #: The server's own words.
    detail: str


def put_off(
    connection: Connection,
    batch_id: int,
    receipts: Sequence[Receipt],
    *,
    batch_size: int,
    now: dt.datetime,
) -> None:
    """Move deliveries of a claimed batch into batches of stragglers, each due by its own tries.

    If the issue was cancelled meanwhile, they fail instead, as its other deliveries did.
    """
    of_batch: Any = connection.execute(_BATCH, {"of_batch": batch_id}).one()
    ids = [receipt.subscriber_id for receipt in receipts]
    rows: Sequence[Any] = connection.execute(_ROWS, {"of_batch": batch_id, "ids": ids}).all()
    if of_batch.status == "cancelled":
        connection.execute(
            update(delivery)
            .where(delivery.c.id.in_([row.id for row in rows]), delivery.c.status.in_(_CANCEL))
            .values(status="failed", detail=CANCELLED, fault="")
        )
        return
    by_id = {receipt.subscriber_id: receipt for receipt in receipts}
    by_moment: dict[dt.datetime, list[Any]] = {}
    for row in rows:
        by_moment.setdefault(due_at_after(now, row.tries + 1), []).append(row)
    for due_at, stragglers in by_moment.items():
        batch_ids = _rooms(connection, of_batch, due_at, len(stragglers), batch_size, now)
        for row, into in zip(stragglers, batch_ids, strict=True):
            receipt = by_id[row.subscriber_id]
            values = {
                "of_delivery": row.id,
                "words": mask_addresses(receipt.detail),
                "whose": receipt.fault,
                "into": into,
                "at": now,
            }
            # Not executemany: it takes no list of statuses.
            connection.execute(_MOVE, values)


def faults_of(connection: Connection, batch_id: int) -> Mapping[int, Fault]:
    """Return for what the stragglers of a batch were put off, by subscriber id."""
    return {row[0]: row[1] for row in connection.execute(_FAULTS, {"of_batch": batch_id}) if row[1]}


def count_waiting(connection: Connection, issue_id: int) -> WaitingStragglers:
    """Return how many stragglers of the issue wait, and since when."""
    row = connection.execute(
        select(
            func.count(),
            func.min(delivery.c.deferred_at).label("deferred_at"),
            func.min(batch.c.not_before).label("due_at"),
        )
        .join(batch, batch.c.id == delivery.c.batch_id)
        .where(
            batch.c.issue_id == issue_id,
            batch.c.status == "planned",
            batch.c.not_before.is_not(None),
            delivery.c.status == "pending",
            delivery.c.deferred_at.is_not(None),
        )
    ).one()
    return WaitingStragglers(count=int(row[0]), deferred_at=row.deferred_at, due_at=row.due_at)


def next_due(connection: Connection, issue_id: int) -> dt.datetime | None:
    """Return when the first batch of stragglers is due, None if there is none."""
    query = select(func.min(batch.c.not_before)).where(
        batch.c.issue_id == issue_id, batch.c.status == "planned"
    )
    due: dt.datetime | None = connection.scalar(query)
    return due


def give_up(
    connection: Connection, issue_id: int, *, deferred_by: dt.datetime | None, now: dt.datetime
) -> tuple[GivenUp, ...]:
    """Fail the stragglers first put off at `deferred_by` or before, None for all; return them.

    What is in flight is left alone. Needs a transaction that is not shared.
    """
    planned = select(batch.c.id).where(
        batch.c.issue_id == issue_id,
        batch.c.status == "planned",
        batch.c.not_before.is_not(None),
    )
    is_due = delivery.c.batch_id.in_(planned) & delivery.c.deferred_at.is_not(None)
    if deferred_by is not None:
        is_due &= delivery.c.deferred_at <= deferred_by
    query = select(delivery.c.subscriber_id, delivery.c.fault, delivery.c.detail).where(
        is_due, delivery.c.status == "pending"
    )
    given_up = tuple(GivenUp(**row._asdict()) for row in connection.execute(query))
    if not given_up:
        return ()
    connection.execute(
        update(delivery)
        .where(is_due, delivery.c.status.in_(PENDING_TO_FAILED))
        .values(status="failed")
    )
    is_left = select(delivery.c.id).where(
        delivery.c.batch_id == batch.c.id, delivery.c.status == "pending"
    )
    connection.execute(
        update(batch)
        .where(batch.c.id.in_(planned), batch.c.status.in_(_EMPTY), ~is_left.exists())
        .values(status="empty", fence=batch.c.fence + 1, updated_at=now)
    )
    return given_up


def due_at_after(now: dt.datetime, tries: int) -> dt.datetime:
    """Return when a straggler is due that was put off now, after `tries` in all."""
    moment = int((now + retry_distance(tries)).timestamp())
    return dt.datetime.fromtimestamp(moment - moment % _GRID_SECONDS, dt.UTC)


def _rooms(
    connection: Connection,
    of_batch: Any,
    due_at: dt.datetime,
    count: int,
    batch_size: int,
    now: dt.datetime,
) -> Iterable[int]:
    """Return a batch id for each of `count` stragglers: an open batch's, then those of new ones."""
    batch_ids: list[int] = []
    open_id = connection.scalar(
        _OPEN_BATCH,
        {"of_issue": of_batch.issue_id, "of_edition": of_batch.edition, "due": due_at},
    )
    if open_id is not None:
        room = batch_size - int(connection.scalar(_SIZE, {"of_batch": open_id}) or 0)
        batch_ids += [open_id] * min(max(room, 0), count)
    while len(batch_ids) < count:
        new_id = add_batch(connection, of_batch.issue_id, of_batch.edition, now, not_before=due_at)
        batch_ids += [new_id] * min(batch_size, count - len(batch_ids))
    return batch_ids
