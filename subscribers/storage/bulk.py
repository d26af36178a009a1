"""Bulk statements for imports: a few of them for a thousand people.

SQLAlchemy's work on each value of a row costs more than the database's. So SQLite gets a
thousand rows through the driver. PostgreSQL gets them by COPY into a temporary table, from which
they are inserted together; it is not written to the write-ahead log and is dropped with the
transaction.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from typing import Any, cast

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
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.sql.ddl import CreateTable
from sqlalchemy.types import TypeEngine

from subscribers.lifecycle import GONE
from subscribers.link_ids import make_link_ids
from subscribers.models import ImportRow, Status, Subscriber
from subscribers.storage.page_cache import enlarge_page_cache
from subscribers.storage.rows import (
    in_list,
    insert_new,
    subscriber_from_import,
    to_row,
    to_subscriber,
)
from subscribers.storage.tables import UtcDateTime, consents, subscribers

_LINK_INDEX = next(index for index in subscribers.indexes if index.name == "uq_subscribers_link_id")
_EncodeTime = Callable[[datetime], str]
_INSERT_SQLITE = (
    "INSERT INTO subscribers (address_key, address, name, status, hemisphere, rhythm, topics, "
    "tags, confirmed_at, source, signed_up_at, created_at, link_id, old_link_number) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (address_key) DO NOTHING"
)
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


def max_id(connection: Connection) -> int:
    """Return the highest id so far; 0 for an empty list."""
    return int(connection.scalar(select(func.max(subscribers.c.id))) or 0)


@contextmanager
def import_settings(connection: Connection) -> Iterator[None]:
    """Set up the database for a list that grows by up to a million."""
    if connection.dialect.name != "sqlite":
        # PostgreSQL has no statistics of a table that is growing, and would scan all of it
        # for each thousand rows. The setting ends with the transaction.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    with enlarge_page_cache(connection):
        yield


def drop_link_index(connection: Connection) -> None:
    """Drop the index of link ids, until `create_link_index` in the same transaction."""
    _LINK_INDEX.drop(connection)


def create_link_index(connection: Connection) -> None:
    """Create the index of link ids again, after `drop_link_index`."""
    _LINK_INDEX.create(connection)


def find_by_keys(connection: Connection, keys: Collection[str]) -> dict[str, Subscriber]:
    """Return the subscribers with these address keys, by key."""
    query = select(subscribers).where(in_list(connection, subscribers.c.address_key, keys))
    return {row.address_key: to_subscriber(row) for row in connection.execute(query)}


def insert_many(
    connection: Connection, people: Sequence[ImportRow], *, at: datetime, source: str
) -> None:
    """Insert new people into SQLite's list, in their order, as created at `at`.

    `source` is for people who have none in the file. A person whom another connection has
    inserted meanwhile is skipped.
    """
    # SQLite stores times as text in SQLAlchemy's format, so its bind processor writes them.
    encode = cast(
        "_EncodeTime",
        UtcDateTime().dialect_impl(connection.dialect).bind_processor(connection.dialect),
    )
    created = encode(at)
    rows = [
        (
            *person[:8],
            person.confirmed_at and encode(person.confirmed_at),
            person.source or source,
            person.signed_up_at and encode(person.signed_up_at),
            created,
            *own,
        )
        for person, own in zip(people, own_links(people), strict=True)
    ]
    if rows:
        connection.exec_driver_sql(_INSERT_SQLITE, rows)


def own_links(people: Sequence[ImportRow]) -> Iterable[tuple[str, int]]:
    """Return the id and the number of before that each of these new people gets."""
    new_ids = make_link_ids(len(people))
    if not any(person.links for person in people):
        return zip(new_ids, repeat(0), strict=False)
    return [
        (person.link_id or new_id, person.old_link_number)
        for person, new_id in zip(people, new_ids, strict=True)
    ]


def insert_person(connection: Connection, person: ImportRow, *, at: datetime, source: str) -> None:
    """Insert one new person, as created at `at`, into the list of either database."""
    row = to_row(subscriber_from_import(person))
    ((link_id, number),) = own_links((person,))
    row |= {"source": person.source or source, "created_at": at}
    connection.execute(insert(subscribers), row | {"link_id": link_id, "old_link_number": number})


def count_statuses(connection: Connection, after: int, *, at: datetime) -> dict[Status, int]:
    """Return how many people with an id above `after`, created at `at`, have each status."""
    table = subscribers.c
    query = (
        select(table.status, func.count())
        .where(table.id > after, table.created_at == at)
        .group_by(table.status)
    )
    return {cast("Status", row[0]): int(row[1]) for row in connection.execute(query)}


def log_import(connection: Connection, after: int, *, at: datetime, source: str) -> None:
    """Append a consent log entry for each person an import added with an id above `after`.

    The time of creation tells them from people whom another connection adds meanwhile.
    """
    table = subscribers.c
    event = case((table.status.in_(GONE), table.status), else_=literal("imported"))
    when = literal(at, UtcDateTime())
    entries = select(table.id, event, when, literal("author"), literal(source)).where(
        table.id > after, table.created_at == at
    )
    columns = ["subscriber_id", "event", "at", "actor", "source"]
    connection.execute(insert(consents).from_select(columns, entries))


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
