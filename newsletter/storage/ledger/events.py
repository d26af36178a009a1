"""Events: what is reported about deliveries later, by the mailer's webhook or by mail.

SendGrid sends an event more than once and in any order, and reports by mail may come twice. A
unique key (the column `mark`) lets the table deduplicate them, so recording events is
idempotent. The key of a failure that counts against a reader is made of its kind, its issue and
its reader, so all failures of a reader are found by it, and how many come in a row.

Two facts are kept here as events of our own kind: when the mailer's suppression list was last
read, and which issues are missing from the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from newsletter.storage.reader_records import mask_addresses
from newsletter.storage.tables import delivery, event, issue

_RECONCILED = "reconciled"
_MISSING, _ACKNOWLEDGED = "older backup", "older backup, borne"
_OTHER_MACHINE = "other machine"
# The first condition is the first column of the index.
_IS_MISSING = event.c.issue_id.is_(None) & (event.c.kind == _MISSING)
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
class EventRecord:
    """An event to store."""

    #: The same for every copy of an event: the unique column `mark`.
    dedup_key: str
    kind: str
    at: dt.datetime
    #: None if the event is not about an issue we know.
    issue_id: int | None = None
    subscriber_id: int | None = None
    attempt_id: str = ""
    detail: str = ""
    #: The post that a click led to, None for any other link.
    post_id: int | None = None


def add(connection: Connection, record: EventRecord) -> bool:
    """Store an event; return False if it is stored already."""
    if (
        connection.scalar(select(event.c.id).where(event.c.dedup_key == record.dedup_key))
        is not None
    ):
        return False
    connection.execute(
        insert(event).values(
            dedup_key=record.dedup_key,
            kind=record.kind,
            at=record.at,
            issue_id=record.issue_id,
            subscriber_id=record.subscriber_id,
            attempt_id=record.attempt_id,
            # A server's reply quotes the address, which must not outlive the reader's erasure.
            detail=mask_addresses(record.detail),
            post_id=record.post_id,
        )
    )
    return True


def count(connection: Connection, subscriber_id: int, kind: str) -> int:
    """Return the number of events of a kind about a subscriber."""
    query = select(func.count()).where(event.c.subscriber_id == subscriber_id, event.c.kind == kind)
    return int(connection.scalar(query) or 0)


def first_at(
    connection: Connection, issue_id: int, subscriber_id: int, kind: str
) -> dt.datetime | None:
    """Return when an event of this kind was first reported about an issue to a subscriber."""
    query = select(func.min(event.c.at)).where(
        event.c.issue_id == issue_id, event.c.kind == kind, event.c.subscriber_id == subscriber_id
    )
    moment: dt.datetime | None = connection.scalar(query)
    return moment


def last_reconciled(connection: Connection) -> dt.datetime | None:
    """Return when the mailer's suppression list was last read to its end, None for never."""
    return connection.scalar(select(event.c.at).where(event.c.dedup_key == _RECONCILED))


def set_reconciled(connection: Connection, at: dt.datetime) -> None:
    """Store when the mailer's suppression list was read."""
    connection.execute(delete(event).where(event.c.dedup_key == _RECONCILED))
    connection.execute(insert(event).values(dedup_key=_RECONCILED, kind=_RECONCILED, at=at))


def add_missing_issue(
    connection: Connection, issue_key: str, at: dt.datetime, *, attempt_id: str = ""
) -> bool:
    """Store that an issue's deliveries are missing from the database; False if it was known.

    With `attempt_id`, that this attempt at a batch of it is missing.
    """
    if is_missing_stored(connection, issue_key, attempt_id):
        return False
    dedup_key = _missing_key(issue_key, attempt_id)
    connection.execute(
        insert(event).values(dedup_key=dedup_key, kind=_MISSING, at=at, detail=issue_key)
    )
    return True


def is_missing_stored(connection: Connection, issue_key: str, attempt_id: str) -> bool:
    """Whether it is stored that these deliveries are missing, acknowledged or not."""
    dedup_key = _missing_key(issue_key, attempt_id)
    query = select(event.c.id).where(event.c.dedup_key == dedup_key)
    return connection.scalar(query) is not None


def _missing_key(issue_key: str, attempt_id: str) -> str:
    return f"{_MISSING} {issue_key} {attempt_id}".strip()


def missing_issues(connection: Connection) -> tuple[str, ...]:
    """Return the keys of the issues whose deliveries are missing, until acknowledged."""
    keys = connection.scalars(select(event.c.detail).where(_IS_MISSING).order_by(event.c.id))
    return tuple(dict.fromkeys(keys))


def acknowledge_missing(connection: Connection) -> bool:
    """Accept that these deliveries stay missing; return False if none are."""
    query = update(event).where(_IS_MISSING).values(kind=_ACKNOWLEDGED)
    return connection.execute(query).rowcount > 0


def set_other_machine(connection: Connection, machine: str, at: dt.datetime) -> None:
    """Store that the newsletter came to this machine."""
    clear_other_machine(connection)
    values = {"dedup_key": _OTHER_MACHINE, "kind": _OTHER_MACHINE, "at": at, "detail": machine}
    connection.execute(insert(event).values(values))


def clear_other_machine(connection: Connection) -> None:
    """Store that the newsletter may be sent from where it is."""
    connection.execute(delete(event).where(event.c.dedup_key == _OTHER_MACHINE))


def other_machine(connection: Connection) -> str:
    """Return the machine that the newsletter came to, "" if the author knows of it."""
    query = select(event.c.detail).where(event.c.dedup_key == _OTHER_MACHINE)
    return str(connection.scalar(query) or "")


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
    return add(connection, record)


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
