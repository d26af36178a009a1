"""The ledger: who is to get an issue, and how they are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from newsletter.models import Figures
from newsletter.storage.ledger.transitions import add_batch
from newsletter.storage.tables import batch, delivery, issue

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDelivery:
    """A delivery to be: made at freeze."""

    subscriber_id: int
    address: str
    edition: str
    suppressed: str = ""


def plan(
    connection: Connection,
    issue_id: int,
    planned: Iterable[PlannedDelivery],
    *,
    batch_size: int,
    now: dt.datetime,
) -> None:
    """Writes the deliveries in batches, an edition each, in flat memory."""
    open_batches: dict[str, tuple[int, int]] = {}
    rows: list[dict[str, object]] = []
    for one in planned:
        batch_id, room = open_batches.get(one.edition, (0, 0))
        if room == 0:
            batch_id, room = add_batch(connection, issue_id, one.edition, now), batch_size
        open_batches[one.edition] = (batch_id, room - 1)
        rows.append(
            {
                "issue_id": issue_id,
                "batch_id": batch_id,
                "subscriber_id": one.subscriber_id,
                "address": one.address,
                "status": "suppressed" if one.suppressed else "pending",
                "detail": one.suppressed,
            }
        )
        if len(rows) == _PAGE:
            connection.execute(insert(delivery), rows)
            rows.clear()
    if rows:
        connection.execute(insert(delivery), rows)


def recipients_only_in(
    connection: Connection, issue_id: int, other_id: int | None, size: int
) -> Iterator[tuple[int, ...]]:
    """Who was to get one issue and not the other: subscriber ids in pages of `size`."""
    query = (
        select(delivery.c.subscriber_id)
        .where(delivery.c.issue_id == issue_id, delivery.c.status != "suppressed")
        .order_by(delivery.c.subscriber_id)
        .limit(size)
    )
    if other_id is not None:
        other = delivery.alias()
        there = select(other.c.id).where(
            other.c.issue_id == other_id, other.c.subscriber_id == delivery.c.subscriber_id
        )
        query = query.where(~there.exists())
    after = 0
    while page := tuple(connection.scalars(query.where(delivery.c.subscriber_id > after))):
        yield page
        after = page[-1]


def figures(connection: Connection, issue_id: int) -> Figures:
    """The issue's count by status; it always adds up to what was planned."""
    query = (
        select(delivery.c.status, func.count())
        .where(delivery.c.issue_id == issue_id)
        .group_by(delivery.c.status)
    )
    counts = {row[0]: int(row[1]) for row in connection.execute(query)}
    return Figures(planned=sum(counts.values()), **counts)


def unknown_by_issue(connection: Connection) -> tuple[tuple[int, int], ...]:
    """(issue number, how many) of deliveries nobody knows the outcome of, oldest first."""
    query = (
        select(issue.c.number, func.count())
        .join(batch, batch.c.id == delivery.c.batch_id)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.status == "unknown", delivery.c.status == "unknown")
        .group_by(issue.c.number)
        .order_by(issue.c.number)
    )
    return tuple((int(row[0]), int(row[1])) for row in connection.execute(query))


def cancel_pending(connection: Connection, issue_id: int, why: str, now: dt.datetime) -> None:
    """The author cancelled: what is pending fails, and no batch is left to claim."""
    connection.execute(
        update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status == "pending")
        .values(status="failed", detail=why)
    )
    connection.execute(
        update(batch)
        .where(batch.c.issue_id == issue_id, batch.c.status == "planned")
        .values(status="empty", updated_at=now)
    )


def of_subscriber(connection: Connection, subscriber_id: int) -> tuple[tuple[int, str], ...]:
    """(issue number, status) of everything planned for one subscriber, oldest first."""
    query = (
        select(issue.c.number, delivery.c.status)
        .join(issue, issue.c.id == delivery.c.issue_id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(issue.c.number)
    )
    return tuple((int(row[0]), str(row[1])) for row in connection.execute(query))
