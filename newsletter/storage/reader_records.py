"""What the issues' tables hold about one reader: read it, or erase the address from it.

Deliveries keep the subscriber id of an erased reader, so that an issue's figures still add up.
The id belongs to no stored person, so a claim finds no mailable reader with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, func, select, update

from newsletter.storage.tables import batch, delivery, event, issue

# No mail can be delivered to this domain (RFC 2606).
_ERASED_DOMAIN = "erased.invalid"
_LOCAL_PART = r"A-Za-z0-9.!#$%&'*+/=?^_`{|}~-"
_ADDRESS = re.compile(rf"(?<![{_LOCAL_PART}])[{_LOCAL_PART}]+@(?=[A-Za-z0-9-]+\.[A-Za-z0-9])")


def mask_addresses(detail: str) -> str:
    """Return a server's reply with only the domain of each address left."""
    return _ADDRESS.sub("…@", detail) if "@" in detail else detail


def erase_reader(
    connection: Connection, subscriber_id: int | None, address: str
) -> tuple[str, ...]:
    """Erase a reader from deliveries, and their address from every stored detail.

    `address` is normalised. Return each spelling of it that the deliveries held, earlier
    addresses of the reader included, so that the caller can erase them from files.
    """
    is_reader = func.lower(delivery.c.address) == address.lower()
    if subscriber_id is not None:
        # The index on subscribers begins with the issue.
        of_issues = delivery.c.issue_id.in_(select(issue.c.id))
        is_reader = is_reader | (of_issues & (delivery.c.subscriber_id == subscriber_id))
    rows = connection.execute(
        select(delivery.c.id, delivery.c.subscriber_id, delivery.c.address).where(is_reader)
    ).all()
    for row in rows:
        erased = f"{row.subscriber_id}@{_ERASED_DOMAIN}"
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(address=erased))
    spellings = {row.address for row in rows if not row.address.endswith(f"@{_ERASED_DOMAIN}")}
    for spelling in {address, *spellings}:
        for table in (delivery, batch, event):
            _mask_column(connection, table, table.c.detail, spelling)
    return tuple(sorted(spellings))


def erase_from_issue(
    connection: Connection, issue_id: int, subscriber_ids: Collection[int]
) -> None:
    """Erase readers from the deliveries of one issue."""
    for subscriber_id in subscriber_ids:
        of_reader = (delivery.c.issue_id == issue_id) & (delivery.c.subscriber_id == subscriber_id)
        erased = f"{subscriber_id}@{_ERASED_DOMAIN}"
        connection.execute(update(delivery).where(of_reader).values(address=erased))


def _mask_column(connection: Connection, table: Table, column: Column[str], address: str) -> None:
    query = select(table.c.id, column).where(
        func.lower(column).contains(address.lower(), autoescape=True)
    )
    for row in connection.execute(query).all():
        values = {column: mask_addresses(row[1])}
        connection.execute(update(table).where(table.c.id == row[0]).values(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery to the reader."""

    #: The issue's number.
    issue: int
    key: str
    subject: str
    #: When the issue was frozen.
    at: dt.datetime | None
    address: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent:
    """An event that the mailer reported about the reader."""

    kind: str
    at: dt.datetime
    #: The issue's number, None if it is unknown.
    issue: int | None
    detail: str


def deliveries_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryRecord, ...]:
    """Return every delivery to a subscriber, oldest first."""
    query = (
        select(
            issue.c.number.label("issue"),
            issue.c.key,
            issue.c.subject,
            issue.c.frozen_at.label("at"),
            delivery.c.address,
            delivery.c.status,
            delivery.c.detail,
        )
        .join(delivery, delivery.c.issue_id == issue.c.id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(issue.c.number)
    )
    return tuple(DeliveryRecord(**row._asdict()) for row in connection.execute(query))


def events_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryEvent, ...]:
    """Return every event about a subscriber, oldest first."""
    query = (
        select(event.c.kind, event.c.at, issue.c.number.label("issue"), event.c.detail)
        .outerjoin(issue, issue.c.id == event.c.issue_id)
        .where(event.c.subscriber_id == subscriber_id)
        .order_by(event.c.at, event.c.id)
    )
    return tuple(DeliveryEvent(**row._asdict()) for row in connection.execute(query))
