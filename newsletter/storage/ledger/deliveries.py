"""Deliveries: one row for each recipient of an issue, planned at freeze.

Late proof that a message was accepted, a webhook event or a receipt, settles a delivery whatever
became of its batch since.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select, update

from newsletter.models import DeliveryStatus, Figures, IssueStatus
from newsletter.models.delivery_state import batch_origins, delivery_origins
from newsletter.storage.ledger.retention import summed_counts
from newsletter.storage.ledger.transitions import (
    CANCELLED,
    NOT_ACCEPTED,
    PENDING_TO_FAILED,
    add_batch,
)
from newsletter.storage.reader_records import mask_addresses
from newsletter.storage.tables import batch, delivery, issue

_PAGE = 1000
_EMPTY = batch_origins("empty")
_ACCEPT_DELIVERY = delivery_origins("accepted")
# Not from `intent`, which the state machine allows too: only the holder records a batch in flight.
_CLOSE = batch_origins("accepted", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDelivery:
    """A delivery to insert."""

    subscriber_id: int
    address: str
    #: The key of the reader's edition.
    edition: str
    #: Why the delivery is suppressed, "" if it is not.
    suppressed: str = ""


def is_any(connection: Connection, issue_id: int, status: DeliveryStatus, beyond: str = "") -> bool:
    """Whether a delivery of the issue has this status; `beyond`: at another domain than this."""
    query = select(delivery.c.id).where(
        delivery.c.issue_id == issue_id, delivery.c.status == status
    )
    if beyond:
        query = query.where(~delivery.c.address.iendswith(f"@{beyond}", autoescape=True))
    return connection.scalar(query.limit(1)) is not None


def plan(
    connection: Connection,
    issue_id: int,
    planned: Iterable[PlannedDelivery],
    *,
    batch_size: int,
    now: dt.datetime,
) -> None:
    """Insert deliveries in batches of one edition each. Memory does not grow with their number."""

    def open_batch(edition: str) -> int:
        return add_batch(connection, issue_id, edition, now)

    for rows in planned_rows(planned, batch_size=batch_size, open_batch=open_batch):
        connection.execute(insert(delivery), [row | {"issue_id": issue_id} for row in rows])


def planned_rows(
    planned: Iterable[PlannedDelivery], *, batch_size: int, open_batch: Callable[[str], int]
) -> Iterator[list[dict[str, object]]]:
    """Yield rows to insert, in pages. `open_batch` makes a batch of an edition, for its id."""
    # By edition: the id of the batch that is being filled, and the room left in it.
    open_batches: dict[str, tuple[int, int]] = {}
    rows: list[dict[str, object]] = []
    for new in planned:
        batch_id, room = open_batches.get(new.edition, (0, 0))
        if room == 0:
            batch_id, room = open_batch(new.edition), batch_size
        open_batches[new.edition] = (batch_id, room - 1)
        rows.append(
            {
                "batch_id": batch_id,
                "subscriber_id": new.subscriber_id,
                "address": new.address,
                "status": "suppressed" if new.suppressed else "pending",
                "detail": new.suppressed,
            }
        )
        if len(rows) == _PAGE:
            yield rows
            rows = []
    if rows:
        yield rows


def cancel_pending(connection: Connection, issue_id: int, now: dt.datetime) -> None:
    """Fail the pending deliveries of a cancelled issue, and leave no batch to claim."""
    connection.execute(
        update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status.in_(PENDING_TO_FAILED))
        .values(status="failed", detail=CANCELLED, fault="")
    )
    _empty_batches(connection, issue_id, now)


def _empty_batches(connection: Connection, issue_id: int, now: dt.datetime) -> None:
    connection.execute(
        update(batch)
        .where(batch.c.issue_id == issue_id, batch.c.status.in_(_EMPTY))
        .values(status="empty", updated_at=now)
    )


def fail_pending(connection: Connection, issue_id: int, *, detail: str, now: dt.datetime) -> None:
    """Fail the pending deliveries of an issue by no fault of theirs; leave no batch to claim.

    Stragglers keep the words that they were put off with.
    """
    connection.execute(
        update(delivery)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.status.in_(PENDING_TO_FAILED),
            delivery.c.fault != "",
        )
        .values(status="failed")
    )
    connection.execute(
        update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status.in_(PENDING_TO_FAILED))
        .values(status="failed", detail=mask_addresses(detail), fault="account")
    )
    _empty_batches(connection, issue_id, now)


def figures(connection: Connection, issue_id: int) -> Figures:
    """Return the number of the issue's deliveries in each status, summed-up ones included."""
    query = (
        select(delivery.c.status, func.count())
        .where(delivery.c.issue_id == issue_id)
        .group_by(delivery.c.status)
    )
    counts = summed_counts(connection, issue_id)
    for status, count in connection.execute(query):
        counts[status] += count
    return Figures.from_counts(counts)


def figures_of(connection: Connection, issue_id: int, status: IssueStatus) -> Figures:
    """Return the figures of an issue in a status; see `figures`.

    Of an issue that was sent nothing is pending, so that two scans of indexes tell them: of all its
    readers, and of those who did not get it. That takes a sixth of the time.
    """
    if status != "sent":
        return figures(connection, issue_id)
    of_issue = delivery.c.issue_id == issue_id
    others = (
        select(delivery.c.status, func.count())
        .where(of_issue, NOT_ACCEPTED)
        .group_by(delivery.c.status)
    )
    planned = select(func.count()).select_from(delivery).where(of_issue)
    settled: Counter[DeliveryStatus] = Counter(
        {row[0]: int(row[1]) for row in connection.execute(others)}
    )
    settled["accepted"] = int(connection.scalar(planned) or 0) - settled.total()
    settled.update(summed_counts(connection, issue_id))
    return Figures.from_counts(settled)


def unknown_by_issue(connection: Connection) -> tuple[tuple[int, int], ...]:
    """Return (issue number, number of unknown deliveries), oldest issue first."""
    query = (
        select(issue.c.number, func.count())
        .join(batch, batch.c.id == delivery.c.batch_id)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.status == "unknown", delivery.c.status == "unknown")
        .group_by(issue.c.number)
        .order_by(issue.c.number)
    )
    return tuple((int(row[0]), int(row[1])) for row in connection.execute(query))


def recipients_only_in(
    connection: Connection, issue_id: int, other_id: int | None, size: int
) -> Iterator[tuple[int, ...]]:
    """Yield the ids of subscribers planned for one issue and not the other, `size` at a time."""
    query = (
        select(delivery.c.subscriber_id)
        .where(delivery.c.issue_id == issue_id, delivery.c.status != "suppressed")
        .order_by(delivery.c.subscriber_id)
        .limit(size)
    )
    if other_id is not None:
        other = delivery.alias()
        in_other = select(other.c.id).where(
            other.c.issue_id == other_id, other.c.subscriber_id == delivery.c.subscriber_id
        )
        query = query.where(~in_other.exists())
    after = 0
    while page := tuple(connection.scalars(query.where(delivery.c.subscriber_id > after))):
        yield page
        after = page[-1]


def count_readers_between(connection: Connection, above: int, up_to: int) -> int:
    """Return how many subscribers with ids above one number, up to another, have a delivery."""
    query = select(func.count(delivery.c.subscriber_id.distinct())).where(
        delivery.c.subscriber_id > above, delivery.c.subscriber_id <= up_to
    )
    return int(connection.scalar(query) or 0)


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
