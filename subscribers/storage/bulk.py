"""Bulk statements for imports: a few of them for a thousand people.

SQLAlchemy's work on each value of a row costs more than the database's. So SQLite gets a
thousand rows through the driver; staging.py has the way of PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from typing import cast

from sqlalchemy import Connection, case, func, insert, literal, select

from subscribers.lifecycle import GONE
from subscribers.link_ids import make_link_ids
from subscribers.models import ImportRow, Status, Subscriber
from subscribers.storage.rows import in_list, subscriber_from_import, to_row, to_subscriber
from subscribers.storage.tables import UtcDateTime, consents, subscribers

_CACHE_SIZE = 24_000  # KiB
_LINK_INDEX = next(index for index in subscribers.indexes if index.name == "uq_subscribers_link_id")
_EncodeTime = Callable[[datetime], str]
_INSERT_SQLITE = (
    "INSERT INTO subscribers (address_key, address, name, status, hemisphere, rhythm, topics, "
    "tags, confirmed_at, source, signed_up_at, created_at, link_id, old_link_number) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (address_key) DO NOTHING"
)


def max_id(connection: Connection) -> int:
    """Return the highest id so far; 0 for an empty list."""
    return int(connection.scalar(select(func.max(subscribers.c.id))) or 0)


@contextmanager
def import_settings(connection: Connection) -> Iterator[None]:
    """Set up the database for a list that grows by up to a million.

    SQLite gets a larger page cache: the default is 2 MB, the index of a million unordered
    addresses has 40, and nearly every row would read a page and write one.
    """
    if connection.dialect.name != "sqlite":
        # PostgreSQL has no statistics of a table that is growing, and would scan all of it
        # for each thousand rows. The setting ends with the transaction.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        yield
        return
    usual = int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_SIZE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


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
