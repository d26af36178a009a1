"""What the issues' tables hold about one reader: read it, or erase the address from it.

Deliveries keep the subscriber id of an erased reader, so that an issue's figures still add up.
The id belongs to no stored person, so a claim finds no mailable reader with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select, update

from newsletter.storage.tables import batch, delivery, event, issue

# Whose rows may name a reader.
_TABLES = (delivery, batch, event)
# Those of them that may have millions. A batch's detail also changes after it was stored.
_LONG_TABLES = (delivery, event)
_AT_ONCE = 1_000
# No mail can be delivered to this domain (RFC 2606).
_ERASED_DOMAIN = "erased.invalid"
_LOCAL_PART = r"A-Za-z0-9.!#$%&'*+/=?^_`{|}~-"
_ADDRESS = re.compile(rf"(?<![{_LOCAL_PART}])[{_LOCAL_PART}]+@(?=[A-Za-z0-9-]+\.[A-Za-z0-9])")


def mask_addresses(detail: str) -> str:
    """Return a server's reply with only the domain of each address left."""
    return _ADDRESS.sub("…@", detail) if "@" in detail else detail


@dataclass(frozen=True, slots=True)
class Mentions:
    """The rows that name a reader, among those up to an id: by table, the ids and that id."""

    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    up_to: Mapping[str, int] = field(default_factory=dict)


def find_mentions(connection: Connection, subscriber_id: int | None, address: str) -> Mentions:
    """Return the rows that name a reader; it reads all deliveries.

    A snapshot serves, so that nobody has to wait meanwhile. `address` is normalised.
    """
    spellings = {address, *(row.address for row in _own_deliveries(connection, subscriber_id))}
    rows, up_to = {}, {}
    for table in _LONG_TABLES:
        up_to[table.name] = int(connection.scalar(select(func.max(table.c.id))) or 0)
        query = select(table.c.id).where(_names(table, spellings, address))
        rows[table.name] = tuple(connection.scalars(query))
    return Mentions(rows, up_to)


def erase_reader(
    connection: Connection,
    subscriber_id: int | None,
    address: str,
    mentions: Mentions = Mentions(),
) -> tuple[str, ...]:
    """Erase a reader from deliveries, and their address from every stored detail.

    `address` is normalised. `mentions` were found a moment ago; what was stored since is looked
    through here. Without them that is everything. Return each spelling of the address that the
    deliveries held, earlier addresses of the reader included, so that the caller can erase them
    from files.
    """
    own = _own_deliveries(connection, subscriber_id)
    spellings = {address, *(row.address for row in own)}
    places = {
        table: _places(connection, table, _names(table, spellings, address), mentions)
        for table in _TABLES
    }
    is_own = func.lower(delivery.c.address) == address.lower()
    columns = (delivery.c.id, delivery.c.subscriber_id, delivery.c.address)
    others = [
        row
        for ids in _split(places[delivery])
        for row in connection.execute(select(*columns).where(delivery.c.id.in_(ids), is_own))
    ]
    held = set()
    for row in {row.id: row for row in (*own, *others)}.values():
        erased = f"{row.subscriber_id}@{_ERASED_DOMAIN}"
        held |= {row.address} - {erased}
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(address=erased))
    for table, ids in places.items():
        own_ids = [row.id for row in own] if table is delivery else []
        _mask_details(connection, table, [*ids, *own_ids], spellings)
    return tuple(sorted(held))


def _own_deliveries(
    connection: Connection, subscriber_id: int | None
) -> Sequence[Row[Any, Any, Any]]:
    """Return a subscriber's deliveries."""
    if subscriber_id is None:
        return ()
    # The index on subscribers begins with the issue.
    of_issues = delivery.c.issue_id.in_(select(issue.c.id))
    query = select(delivery.c.id, delivery.c.subscriber_id, delivery.c.address)
    return connection.execute(
        query.where(of_issues, delivery.c.subscriber_id == subscriber_id)
    ).all()


def _names(table: Table, spellings: Collection[str], address: str) -> ColumnElement[bool]:
    """Whether a row names a reader, by the address of a delivery or in a detail."""
    detail = func.lower(table.c.detail)
    in_detail = or_(*(detail.contains(known.lower(), autoescape=True) for known in spellings))
    named = and_(table.c.detail != "", in_detail)
    return (
        or_(func.lower(delivery.c.address) == address.lower(), named)
        if (table is delivery)
        else named
    )


def _places(
    connection: Connection, table: Table, is_named: ColumnElement[bool], mentions: Mentions
) -> tuple[int, ...]:
    """Return the ids of the rows that name a reader, of which some are known."""
    newer = table.c.id > mentions.up_to.get(table.name, 0)
    query = select(table.c.id).where(newer, is_named)
    return (*mentions.rows.get(table.name, ()), *connection.scalars(query))


def _mask_details(
    connection: Connection, table: Table, ids: Sequence[int], spellings: Collection[str]
) -> None:
    lowered = {known.lower() for known in spellings}
    for portion in _split(ids):
        query = select(table.c.id, table.c.detail).where(
            table.c.id.in_(portion), table.c.detail != ""
        )
        for row in connection.execute(query).all():
            if any(known in row.detail.lower() for known in lowered):
                masked = mask_addresses(row.detail)
                connection.execute(update(table).where(table.c.id == row.id).values(detail=masked))


def _split(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])


def erase_from_issue(
    connection: Connection, issue_id: int, subscriber_ids: Collection[int]
) -> None:
    """Erase readers from the deliveries of one issue."""
    for subscriber_id in subscriber_ids:
        of_reader = (delivery.c.issue_id == issue_id) & (delivery.c.subscriber_id == subscriber_id)
        erased = f"{subscriber_id}@{_ERASED_DOMAIN}"
        connection.execute(update(delivery).where(of_reader).values(address=erased))


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
