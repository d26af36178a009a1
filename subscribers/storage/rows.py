"""The rows of the list: how they become values, how they are numbered, and SQL for both databases.

Deliveries, reports of a mailer and the consent log name people by the numbers of their rows. A
database of its own accord gives no number twice, but an older copy of it or a new one knows
nothing of the numbers that were given since, so they can be skipped.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Table,
    Text,
    and_,
    collate,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.address import address_key
from subscribers.models import ImportRow, Status, Subscriber
from subscribers.storage.tables import subscribers

_LAST_CHARACTER = "\U0010ffff"


def to_subscriber(row: Row[Any]) -> Subscriber:
    """Return the subscriber in a whole row of the table `subscribers`."""
    return Subscriber(
        id=row.id,
        address=row.address,
        name=row.name,
        status=cast("Status", row.status),
        hemisphere=row.hemisphere,
        rhythm=row.rhythm,
        topics=split_labels(row.topics),
        tags=split_labels(row.tags),
        confirmed_at=row.confirmed_at,
        source=row.source,
        signed_up_at=row.signed_up_at,
        created_at=row.created_at,
        asked_at=row.asked_at,
        previous_status=row.was,
        link_id=row.link_id,
        old_link_number=row.old_link_number,
    )


def subscriber_from_import(row: ImportRow) -> Subscriber:
    """Return the person in a row of an import."""
    return Subscriber(
        address=row.address,
        name=row.name,
        status=row.status,
        hemisphere=row.hemisphere,
        rhythm=row.rhythm,
        topics=split_labels(row.topics),
        tags=split_labels(row.tags),
        confirmed_at=row.confirmed_at,
        source=row.source,
        signed_up_at=row.signed_up_at,
    )


def to_row(person: Subscriber) -> dict[str, Any]:
    """Return the columns of a subscriber that may change: without the ids."""
    return {
        "address": person.address,
        "address_key": address_key(person.address),
        "name": person.name,
        "status": person.status,
        "hemisphere": person.hemisphere,
        "rhythm": person.rhythm,
        "topics": join_labels(person.topics),
        "tags": join_labels(person.tags),
        "confirmed_at": person.confirmed_at,
        "source": person.source,
        "signed_up_at": person.signed_up_at,
        "created_at": person.created_at,
        "asked_at": person.asked_at,
        "was": person.previous_status,
    }


def join_labels(labels: tuple[str, ...]) -> str:
    """Return labels as stored: separated by commas, which no label holds."""
    return ",".join(labels)


def split_labels(text: str) -> tuple[str, ...]:
    """Return the labels in a stored text."""
    return tuple(text.split(",")) if text else ()


def highest_number(connection: Connection) -> int:
    """Return the highest number that was given to a row, erased ones included."""
    if connection.dialect.name == "postgresql":
        # A sequence that never gave a number has the first one as its last value.
        query = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM subscribers_id_seq"
    else:
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"
    # A migration of before may have copied rows with their numbers.
    given = int(connection.scalar(text(query)) or 0)
    return max(given, int(connection.scalar(select(func.max(subscribers.c.id))) or 0))


def skip_numbers(connection: Connection, up_to: int) -> None:
    """Let the next row have a number above `up_to`; no number is given back."""
    if connection.dialect.name == "postgresql":
        sequence = text("SELECT setval('subscribers_id_seq', :up_to)")
        connection.execute(sequence, {"up_to": up_to})
        return
    moved = text("UPDATE sqlite_sequence SET seq = :up_to WHERE name = 'subscribers'")
    if connection.execute(moved, {"up_to": up_to}).rowcount == 0:
        first = text("INSERT INTO sqlite_sequence (name, seq) VALUES ('subscribers', :up_to)")
        connection.execute(first, {"up_to": up_to})


def insert_new(connection: Connection, table: Table, *key: str) -> Insert:
    """Return an INSERT that skips rows whose `key` exists, also those of another connection.

    The result's `rowcount` tells how many went in (SQLAlchemy drops it unless asked).
    """
    new = (
        postgresql.insert(table)
        if connection.dialect.name == "postgresql"
        else sqlite.insert(table)
    )
    unless_there: Insert = new.on_conflict_do_nothing(index_elements=key).inline()
    return unless_there.execution_options(preserve_rowcount=True)


def in_list(
    connection: Connection, column: Column[str], values: Collection[str]
) -> ColumnElement[bool]:
    """Return `column.in_(values)` with one bound parameter, however many the values are."""
    if connection.dialect.name == "postgresql":
        # Not `= ANY (…)`: without an index that compares each row with each value.
        array = literal(list(values), postgresql.ARRAY(Text))
        return column.in_(select(func.unnest(array)))
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))


def starts_with(connection: Connection, column: Column[str], prefix: str) -> ColumnElement[bool]:
    """Return whether a text begins with `prefix`, as a range that an index can look up.

    PostgreSQL orders by its locale unless told otherwise, so its index is one of the "C" order.
    """
    ordered: ColumnElement[str] = column
    if connection.dialect.name == "postgresql":
        ordered = collate(column, "C")
    return and_(ordered >= prefix, ordered < f"{prefix}{_LAST_CHARACTER}")


def month_of(connection: Connection, column: Column[datetime]) -> ColumnElement[str]:
    """Return the month of a time in UTC, as `2026-11`."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM")
    return func.strftime("%Y-%m", column)
