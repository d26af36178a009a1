"""SQL that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Text,
    and_,
    collate,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

_LAST_CHARACTER = "\U0010ffff"


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
