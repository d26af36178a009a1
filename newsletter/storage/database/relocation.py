"""Take every row of a newsletter to another database, prove it, and close the one left behind.

    empty_tables ──▶ copy_rows ──▶ digest_rows of both     the same rows, in the same order
                                       │
    refuse_changes ◀───────────────────┘   the database left behind takes no row any more

The caller names the tables, those of the readers among them. Rows pass through the types of the
table definitions, so SQLite and PostgreSQL may stand on either side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Insert,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    cast,
    collate,
    event,
    func,
    insert,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import DataError

from newsletter.errors import StorageError
from newsletter.storage.database.errors import LEFT_BEHIND
from newsletter.storage.tables import identity, metadata

_PAGE = 1_000
_CHANGES = ("INSERT", "UPDATE", "DELETE")
_FUNCTION = "newsletter_has_moved"
# PostgreSQL takes no NUL in a text; postgresql.py writes this character in its place.
_NUL, _NUL_IN_JSON = "\N{REPLACEMENT CHARACTER}".encode(), b"\\u0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """What a table holds: two tables with the same digest hold the same rows."""

    rows: int
    #: The SHA-256 of all rows, in the order of their keys.
    sha256: str


def all_tables(readers: MetaData) -> tuple[Table, ...]:
    """Return the newsletter's tables and those of the readers; a table after what it refers to."""
    return (*metadata.sorted_tables, *readers.sorted_tables)


def stored_tables(connection: Connection, *, without: Collection[str]) -> tuple[Table, ...]:
    """Return the tables that the database has, whatever its schema, in the same order.

    Times are read and written as UTC within this transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    reflected = MetaData()

    def generalise(_inspector: Any, _table: Table, column: Any) -> None:
        column["type"] = column["type"].as_generic()

    event.listen(reflected, "column_reflect", generalise)
    reflected.reflect(connection)
    return tuple(table for table in reflected.sorted_tables if table.name not in without)


def copy_rows(source: Connection, target: Connection, tables: Sequence[Table]) -> None:
    """Copy all rows of `source` into the empty tables of `target`, in flat memory.

    A table comes after those that it refers to. Raise StorageError for a value that the target
    does not take.
    """
    for table in tables:
        statement = _insert_into(target, table)
        try:
            for page in source.execute(_rows_of(source, table)).mappings().partitions(_PAGE):
                target.execute(statement, [dict(row) for row in page])
        except DataError as error:
            words = " ".join(str(error.orig).split())
            raise StorageError(
                f"A row of the table `{table.name}` does not fit into the new database: {words}.",
                cure="Nothing was changed. Correct that row, then try again.",
            ) from error
    _continue_numbers(target, tables)


def count_rows(connection: Connection, tables: Sequence[Table]) -> int:
    """Return how many rows the tables hold together."""
    counts = (connection.scalar(select(func.count()).select_from(table)) for table in tables)
    return sum(count or 0 for count in counts)


def digest_rows(connection: Connection, tables: Sequence[Table]) -> dict[str, TableDigest]:
    """Return the digest of each table by its name, in flat memory."""
    digests = {}
    encode = msgspec.json.Encoder().encode
    for table in tables:
        rows, sha256 = 0, hashlib.sha256()
        for page in connection.execute(_rows_of(connection, table)).partitions(_PAGE):
            for row in page:
                sha256.update(encode(list(row)).replace(_NUL_IN_JSON, _NUL))
            rows += len(page)
        digests[table.name] = TableDigest(rows=rows, sha256=sha256.hexdigest())
    return digests


def empty_tables(connection: Connection, tables: Sequence[Table]) -> None:
    """Delete all rows, also those that triggers protect, and let the tables take rows again.

    With SQLite only tables can be emptied that no trigger protects, as in a new database.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(_quote(connection, table.name) for table in tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        for table in tables:
            name = _quote(connection, table.name)
            connection.execute(text(f"DROP TRIGGER IF EXISTS {_FUNCTION} ON {name}"))
        return
    for table in reversed(tables):
        if connection.scalar(select(func.count()).select_from(table)):
            connection.execute(table.delete())


def refuse_changes(connection: Connection, tables: Sequence[Table]) -> None:
    """Let the database itself refuse every change from now on, whatever program asks for it.

    Only its identity may change still. A site or desk that has it open would otherwise take a
    sign-up that nobody reads.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN RAISE EXCEPTION '{LEFT_BEHIND}'; END$$"
            )
        )
    for table in tables:
        if table is identity:
            continue
        name = _quote(connection, table.name)
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP TRIGGER IF EXISTS {_FUNCTION} ON {name}"))
            connection.execute(
                text(
                    f"CREATE TRIGGER {_FUNCTION} BEFORE INSERT OR UPDATE OR DELETE "
                    f"ON {name} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
                )
            )
            continue
        for change in _CHANGES:
            connection.execute(
                text(
                    f"CREATE TRIGGER IF NOT EXISTS {_FUNCTION}_{table.name}_{change.lower()} "
                    f"BEFORE {change} ON {name} BEGIN SELECT RAISE(ABORT, '{LEFT_BEHIND}'); END"
                )
            )


def _rows_of(connection: Connection, table: Table) -> Select[Any]:
    """Return the query for all rows, in the same order on every database.

    JSON comes as the text that is stored: a NULL and the JSON value null stay two things.
    """
    columns = [
        (_as_text(connection, column) if isinstance(column.type, JSON) else column).label(
            column.key
        )
        for column in table.columns
    ]
    order = [_in_byte_order(connection, column) for column in table.primary_key.columns]
    return select(*columns).order_by(*order).execution_options(yield_per=_PAGE)


def _insert_into(connection: Connection, table: Table) -> Insert:
    """Return the INSERT that takes the rows of `_rows_of`."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, JSON):
            value = bindparam(column.key, type_=Text)
            is_postgresql = connection.dialect.name == "postgresql"
            values[column.key] = cast(value, JSON) if is_postgresql else value
        else:
            values[column.key] = bindparam(column.key, type_=column.type)
    return insert(table).values(values).inline()


def _as_text(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    # A cast of SQLite's would turn the text into a number where it looks like one.
    if connection.dialect.name == "postgresql":
        return cast(column, Text)
    return type_coerce(column, Text)


def _in_byte_order(connection: Connection, column: Column[Any]) -> Any:
    # PostgreSQL sorts text by the rules of a language, and SQLite by its bytes in UTF-8.
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return collate(column, "C")
    return column


def _continue_numbers(connection: Connection, tables: Sequence[Table]) -> None:
    """Let new rows have numbers above those that were copied. SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table, column in _number_columns(tables):
        sequence = func.pg_get_serial_sequence(_quote(connection, table.name), column.name)
        # Of an empty table the next number is 1.
        highest = func.coalesce(select(func.max(column)).scalar_subquery(), 0)
        connection.execute(select(func.setval(sequence, highest + 1, False)))  # noqa: FBT003  # setval's own argument


def _number_columns(tables: Sequence[Table]) -> Iterator[tuple[Table, Column[Any]]]:
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            yield table, column


def _quote(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
