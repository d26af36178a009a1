"""An import on PostgreSQL: rows by COPY into a table of the connection's own, then many at once.

The table is never written to the log and goes with the transaction. What SQLAlchemy and the
driver do for each value of a row would cost more than the database's own work on it.
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

from subscribers.models import Arrival
from subscribers.storage.rows import insert_new
from subscribers.storage.tables import UtcDateTime, subscribers

# As an Arrival's fields are called in the list, in their order.
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
)
_TEXTS = tuple(name for name in _FIELDS if name != "confirmed_at")
_AT_ONCE = 1_000

_staged = Table(
    "staged_arrivals",
    MetaData(),
    Column("place", BigInteger, Identity()),
    *(Column(name, UtcDateTime if name == "confirmed_at" else Text) for name in _FIELDS),
    Column("barred", Boolean, nullable=False, server_default=false()),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def open_stage(conn: Connection) -> None:
    """Makes the table, empty; once in a transaction."""
    conn.execute(CreateTable(_staged))
    # Rows are read in the order they were written, from the first on.
    conn.exec_driver_sql("SET LOCAL synchronize_seqscans = off")


def stage(conn: Connection, people: Sequence[Arrival], barred: Collection[str]) -> None:
    """Puts people on the stage; those with a key in `barred` may not go on the list."""
    rows: Sequence[tuple[object, ...]] = people
    columns = list(_FIELDS)
    if barred:
        rows = [(*one, one.key in barred) for one in people]
        columns.append("barred")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    order = (
        f"COPY {_staged.name} ({', '.join(columns)}) FROM STDIN "
        f"(FORMAT csv, ENCODING 'UTF8', FORCE_NOT_NULL ({', '.join(_TEXTS)}))"
    )
    cursor: Any = conn.connection.cursor()  # the driver's own: COPY has no common word
    with cursor, cursor.copy(order) as copy:
        copy.write(text.getvalue().encode())


def take_in(conn: Connection, *, at: datetime, source: str) -> int:
    """Puts on the list whoever is staged, not barred and not there; returns how many.

    Of two rows for one person the first goes in. `source` stands where a person has none.
    """
    come = _staged.c
    as_given = [come[name] for name in _FIELDS if name != "source"]
    named = case((come.source == "", source), else_=come.source)
    rows = select(*as_given, named, literal(at, UtcDateTime())).where(~come.barred)
    columns = [*(one.name for one in as_given), "source", "created_at"]
    new = insert_new(conn, subscribers, "address_key").from_select(columns, rows)
    return int(conn.execute(new).rowcount)


def known_among(conn: Connection, before: int) -> Iterator[list[Arrival]]:
    """Those on the stage who were known already, by an id up to `before` or by an earlier row.

    In the order they were staged, a thousand at a time.
    """
    # A window sorts once. The planner knows nothing of this table, and would look for an
    # earlier row by comparing each with each.
    mention = func.row_number().over(partition_by=_staged.c.address_key, order_by=_staged.c.place)
    numbered = select(_staged, mention.label("mention")).subquery()
    come = numbered.c
    asked = (
        select(*(come[name] for name in _FIELDS))
        .join(subscribers, subscribers.c.address_key == come.address_key)
        .where(or_(subscribers.c.id <= before, come.mention > 1))
        .order_by(come.place)
    )
    rows = conn.execute(asked, execution_options={"yield_per": _AT_ONCE})
    for some in rows.partitions():
        yield [Arrival._make(row) for row in some]


def clear_stage(conn: Connection) -> None:
    """Makes room for the next. Deleted rows would still be walked over, these are gone."""
    conn.exec_driver_sql(f"TRUNCATE {_staged.name}")
