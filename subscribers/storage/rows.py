"""Rows into values and back: the one place that knows how a subscriber is kept."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Insert, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.address import identity
from subscribers.models import Arrival, Status, Subscriber


def to_subscriber(row: Row[Any]) -> Subscriber:
    """A whole row of the table `subscribers`."""
    return Subscriber(
        id=row.id,
        address=row.address,
        name=row.name,
        status=cast("Status", row.status),
        hemisphere=row.hemisphere,
        rhythm=row.rhythm,
        topics=to_labels(row.topics),
        tags=to_labels(row.tags),
        confirmed_at=row.confirmed_at,
        source=row.source,
        created_at=row.created_at,
        asked_at=row.asked_at,
        was=row.was,
    )


def arrived(arrival: Arrival) -> Subscriber:
    """The person an import's row tells of."""
    return Subscriber(
        address=arrival.address,
        name=arrival.name,
        status=arrival.status,
        hemisphere=arrival.hemisphere,
        rhythm=arrival.rhythm,
        topics=to_labels(arrival.topics),
        tags=to_labels(arrival.tags),
        confirmed_at=arrival.confirmed_at,
        source=arrival.source,
    )


def to_row(person: Subscriber, key: str = "") -> dict[str, Any]:
    """The columns of a subscriber, all but the id; `key` if the address's is known."""
    return {
        "address": person.address,
        "address_key": key or identity(person.address),
        "name": person.name,
        "status": person.status,
        "hemisphere": person.hemisphere,
        "rhythm": person.rhythm,
        "topics": to_kept(person.topics),
        "tags": to_kept(person.tags),
        "confirmed_at": person.confirmed_at,
        "source": person.source,
        "created_at": person.created_at,
        "asked_at": person.asked_at,
        "was": person.was,
    }


def to_kept(labels: tuple[str, ...]) -> str:
    """Labels as they are kept: between commas, which no label holds."""
    return ",".join(labels)


def to_labels(text: str) -> tuple[str, ...]:
    """Labels as kept: between commas, which no label holds."""
    return tuple(text.split(",")) if text else ()


def insert_new(conn: Connection, table: Table, *key: str) -> Insert:
    """An insert that leaves alone what another connection has put there meanwhile.

    SQL has no common word for it; SQLite and PostgreSQL share this one. The result's
    `rowcount` tells whether it went in (SQLAlchemy forgets that unless asked to keep it).
    """
    new = postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
    unless_there: Insert = new.on_conflict_do_nothing(index_elements=key).inline()
    return unless_there.execution_options(preserve_rowcount=True)
