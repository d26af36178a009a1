"""Sum up the deliveries and events of old issues, and forget whose they were.

The issue itself, its editions and its figures stay. A summed-up issue is sent or cancelled, so
nothing of it can be sent again: no row is needed to keep a reader from getting it twice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, Table, delete, exists, func, insert, select, update

from newsletter.models import DeliveryStatus
from newsletter.storage.tables import (
    click_summary,
    delivery,
    delivery_summary,
    event,
    event_summary,
    issue,
)

# A delivery that is unknown or pending waits for a proof or for the author.
_FINAL = ("accepted", "suppressed", "failed")
_ENDED = ("sent", "cancelled")


def issues_to_sum_up(connection: Connection, before: dt.datetime) -> tuple[int, ...]:
    """Return the rows of ended issues frozen before a moment that have deliveries or events."""
    has_deliveries = exists().where(
        delivery.c.issue_id == issue.c.id, delivery.c.status.in_(_FINAL)
    )
    has_events = exists().where(event.c.issue_id == issue.c.id)
    query = (
        select(issue.c.id)
        .where(issue.c.status.in_(_ENDED), issue.c.frozen_at < before, has_deliveries | has_events)
        .order_by(issue.c.frozen_at)
    )
    return tuple(connection.scalars(query))


def sum_up_deliveries(connection: Connection, issue_id: int, at_most: int) -> int:
    """Sum up some of an issue's deliveries, and return how many."""
    query = (
        select(delivery.c.id, delivery.c.status, delivery.c.fault)
        .where(delivery.c.issue_id == issue_id, delivery.c.status.in_(_FINAL))
        .limit(at_most)
    )
    rows = connection.execute(query).all()
    for (status, fault), count in Counter((row.status, row.fault) for row in rows).items():
        group = {"issue_id": issue_id, "status": status, "fault": fault}
        _add(connection, delivery_summary, group, {"count": count})
    ids = [row.id for row in rows]
    if ids:
        connection.execute(delete(delivery).where(delivery.c.id.in_(ids)))
    return len(ids)


def sum_up_events(connection: Connection, issue_id: int) -> int:
    """Sum up an issue's events by kind and its clicks by post; return how many events.

    All at once, because only then it is known how many readers they are about.
    """
    of_issue = event.c.issue_id == issue_id
    query = (
        select(event.c.kind, func.count(), func.count(event.c.subscriber_id.distinct()))
        .where(of_issue)
        .group_by(event.c.kind)
    )
    for kind, count, readers in connection.execute(query).all():
        group = {"issue_id": issue_id, "kind": kind}
        _add(connection, event_summary, group, {"count": count, "readers": readers})
    clicks = (
        select(event.c.post_id, func.count(event.c.subscriber_id.distinct()))
        .where(of_issue, event.c.kind == "click", event.c.post_id.is_not(None))
        .group_by(event.c.post_id)
    )
    for post_id, readers in connection.execute(clicks).all():
        group = {"issue_id": issue_id, "post_id": post_id}
        _add(connection, click_summary, group, {"readers": readers})
    return int(connection.execute(delete(event).where(of_issue)).rowcount)


def summed_counts(connection: Connection, issue_id: int) -> Counter[DeliveryStatus]:
    """Return the number of an issue's summed-up deliveries in each status."""
    table = delivery_summary
    query = (
        select(table.c.status, func.sum(table.c.count))
        .where(table.c.issue_id == issue_id)
        .group_by(table.c.status)
    )
    return Counter({row[0]: int(row[1]) for row in connection.execute(query)})


def summed_readers(connection: Connection, issue_id: int) -> dict[str, int]:
    """Return how many readers an issue's summed-up events of each kind were about."""
    table = event_summary
    query = select(table.c.kind, table.c.readers).where(table.c.issue_id == issue_id)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _add(
    connection: Connection,
    table: Table,
    group: Mapping[str, str | int],
    counts: Mapping[str, int],
) -> None:
    """Add to the counts of a group, which may have none yet."""
    more = {name: table.c[name] + count for name, count in counts.items()}
    statement = update(table).values(**more)
    for name, value in group.items():
        statement = statement.where(table.c[name] == value)
    if not connection.execute(statement).rowcount:
        connection.execute(insert(table).values(**group, **counts))
