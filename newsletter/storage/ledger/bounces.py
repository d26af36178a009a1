"""Failures of delivery that count against a reader, kept as events, and how many come in a row.

Each event's deduplication key is made of its kind, its issue and its reader. A report that comes
twice is stored once, and all of a reader's events are found by that key, which is indexed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, select

from newsletter.storage.ledger import events
from newsletter.storage.ledger.events import EventRecord
from newsletter.storage.tables import delivery, event, issue

# As SendGrid calls them, where they mean the same:
# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
# bounce:     the message came back for good, for a reason of the mailbox.
# deferred:   the mailbox took it only later, or never.
# blocked:    it came back for a reason of ours: reputation, content, configuration.
# spamreport: the reader reported it as spam.
# delivered:  the mailbox has it.
# refused:    our relay refused the address, so nothing was sent. SendGrid has no such event.
ReportKind = Literal["bounce", "deferred", "blocked", "spamreport", "delivered", "refused"]
_FAILURES: tuple[ReportKind, ...] = ("bounce", "deferred", "refused")
# At most this many of the newest issues are read. Some may have another rhythm than the reader's.
_NEWEST = 60
# At most this many deliveries of the reader are read.
_ROWS = 20

_DELIVERIES = select(
    delivery.c.issue_id,
    delivery.c.batch_id,
    delivery.c.address,
    delivery.c.status,
    issue.c.frozen_at,
).join(issue, issue.c.id == delivery.c.issue_id)
_NEWEST_ISSUES = (
    select(issue.c.id)
    .where(issue.c.frozen_at.is_not(None))
    .order_by(issue.c.number.desc())
    .limit(_NEWEST)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDelivery:
    """One issue's delivery to one reader."""

    issue_id: int
    batch_id: int
    address: str
    status: str
    frozen_at: dt.datetime


def find_delivery(
    connection: Connection, issue_number: int, subscriber_id: int
) -> ReaderDelivery | None:
    """Return the delivery of an issue to a subscriber, None if none was planned."""
    query = _DELIVERIES.where(
        issue.c.number == issue_number, delivery.c.subscriber_id == subscriber_id
    )
    row = connection.execute(query).first()
    return ReaderDelivery(**row._asdict()) if row else None


def add_report(
    connection: Connection,
    kind: ReportKind,
    *,
    issue_id: int,
    subscriber_id: int,
    at: dt.datetime,
    detail: str,
) -> bool:
    """Store an event of this kind for a delivery. Return False if there is one already."""
    record = EventRecord(
        dedup_key=_dedup_key(kind, issue_id, subscriber_id),
        kind=kind,
        at=at,
        issue_id=issue_id,
        subscriber_id=subscriber_id,
        detail=detail,
    )
    return events.add(connection, record)


def count_failures_in_a_row(
    connection: Connection, subscriber_id: int, *, address: str, since: dt.datetime | None
) -> int:
    """Return how many of the newest deliveries to a reader failed, up to the last that did not.

    Only deliveries to `address` that were frozen at `since` or later count. One that was
    accepted and has no report did not fail. A delivery that was never tried, or was blocked for
    a reason of ours, is skipped.
    """
    query = _DELIVERIES.where(
        delivery.c.issue_id.in_(_NEWEST_ISSUES),
        delivery.c.subscriber_id == subscriber_id,
        func.lower(delivery.c.address) == address.lower(),
    )
    if since is not None:
        query = query.where(issue.c.frozen_at >= since)
    rows = connection.execute(query.order_by(issue.c.number.desc()).limit(_ROWS)).all()
    reported = _event_kinds(connection, subscriber_id, [row.issue_id for row in rows])
    count = 0
    for row in rows:
        kinds = reported.get(row.issue_id, frozenset())
        if "delivered" in kinds:
            break
        if kinds.intersection(_FAILURES):
            count += 1
        elif row.status == "accepted" and "blocked" not in kinds:
            break
    return count


def _event_kinds(
    connection: Connection, subscriber_id: int, issue_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    """Return the kinds of events about the reader, by issue."""
    kinds = (*_FAILURES, "blocked", "delivered")
    keys = [_dedup_key(kind, issue_id, subscriber_id) for issue_id in issue_ids for kind in kinds]
    query = select(event.c.issue_id, event.c.kind).where(event.c.dedup_key.in_(keys))
    reported: dict[int, frozenset[str]] = {}
    for row in connection.execute(query):
        reported[row.issue_id] = reported.get(row.issue_id, frozenset()) | {row.kind}
    return reported


def _dedup_key(kind: str, issue_id: int, subscriber_id: int) -> str:
    return f"{kind}:{issue_id}:{subscriber_id}"
