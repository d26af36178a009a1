"""Import on PostgreSQL: COPY rows into a temporary table, then insert them together.

The table is not written to the write-ahead log and is dropped with the transaction.
SQLAlchemy's and the driver's work on each value would cost more than the database's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Identity,
    MetaData,
    Table,
    Text,
    case,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.sql.ddl import CreateTable
from sqlalchemy.types import TypeEngine

from subscribers.models import ImportRow
from subscribers.storage.bulk import own_links
from subscribers.storage.rows import insert_new
from subscribers.storage.tables import UtcDateTime, subscribers

# The first fields of an ImportRow in their order; all but the line are columns of the list.
_FIELDS = (
    "address_key",
    "address",
    "name",
    "status",
    "hemisphere",
    "rhythm",
    "topics",
    "tags",
    "confirmed_at",
    "source",
    "signed_up_at",
    "line",
)
_LINKS = ("link_id", "old_link_number")
_TYPES: dict[str, TypeEngine[Any]] = {
    "confirmed_at": UtcDateTime(),
    "signed_up_at": UtcDateTime(),
    "line": BigInteger(),
    "old_link_number": BigInteger(),
}
_TEXTS = tuple(name for name in _FIELDS if name not in _TYPES)
_AT_ONCE = 1_000

_stage = Table(
    "staged_arrivals",
    MetaData(),
    Column("place", BigInteger, Identity()),
    *(Column(name, _TYPES.get(name, Text())) for name in (*_FIELDS, *_LINKS)),
    Column("suppressed", Boolean, nullable=False, server_default=false()),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def create_stage(connection: Connection) -> None:
    """Create the temporary table; once in a transaction."""
    connection.execute(CreateTable(_stage))
    # Every scan starts at the first row, so rows come in the order they were copied.
    connection.exec_driver_sql("SET LOCAL synchronize_seqscans = off")


def copy_rows(
    connection: Connection, people: Sequence[ImportRow], suppressed: Collection[str]
) -> None:
    """Copy people into the table; `suppressed` are the keys that must not reach the list."""
    columns = [*_FIELDS, *_LINKS]
    rows: list[tuple[object, ...]] = [
        (*person[: len(_FIELDS)], *own)
        for person, own in zip(people, own_links(people), strict=True)
    ]
    if suppressed:
        rows = [(*row, person.key in suppressed) for row, person in zip(rows, people, strict=True)]
        columns.append("suppressed")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    statement = (
        f"COPY {_stage.name} ({', '.join(columns)}) FROM STDIN "
        f"(FORMAT csv, ENCODING 'UTF8', FORCE_NOT_NULL ({', '.join(_TEXTS)}))"
    )
    cursor: Any = connection.connection.cursor()  # the driver's own: the DB-API has no COPY
    with cursor, cursor.copy(statement) as copy:
        copy.write(text.getvalue().encode())


def insert_staged(connection: Connection, *, at: datetime, source: str) -> int:
    """Insert the staged people who are new and not suppressed; return how many.

    Of two rows for one person the first counts. `source` is for people without their own.
    """
    staged = _stage.c
    copied = (*_FIELDS, *_LINKS)
    unchanged = [staged[name] for name in copied if name not in ("source", "line")]
    with_source = case((staged.source == "", source), else_=staged.source)
    rows = select(*unchanged, with_source, literal(at, UtcDateTime())).where(~staged.suppressed)
    columns = [*(column.name for column in unchanged), "source", "created_at"]
    new = insert_new(connection, subscribers, "address_key").from_select(columns, rows)
    return int(connection.execute(new).rowcount)


def known_pages(connection: Connection, before: int) -> Iterator[list[ImportRow]]:
    """Yield the staged people who were known, in staged order, a thousand at a time.

    Known are those with an id up to `before` on the list, or with an earlier staged row.
    """
    # A window function sorts once. The planner has no statistics of this table, and a
    # self-join would compare each row with each.
    mention = func.row_number().over(partition_by=_stage.c.address_key, order_by=_stage.c.place)
    numbered = select(_stage, mention.label("mention")).subquery()
    staged = numbered.c
    query = (
        select(*(staged[name] for name in _FIELDS))
        .join(subscribers, subscribers.c.address_key == staged.address_key)
        .where(or_(subscribers.c.id <= before, staged.mention > 1))
        .order_by(staged.place)
    )
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for page in rows.partitions():
        yield [ImportRow(*row) for row in page]


def truncate_stage(connection: Connection) -> None:
    """Empty the table. DELETE would leave dead rows that every later scan visits."""
    connection.exec_driver_sql(f"TRUNCATE {_stage.name}")
