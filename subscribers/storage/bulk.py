"""Many subscribers at once, for imports: a few statements for a thousand people.

What SQLAlchemy does for each value of a row costs more than the database's own work on it.
So a thousand rows go to SQLite as the driver takes them; staging.py has PostgreSQL's way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, case, func, insert, literal, select

from subscribers.lifecycle import GONE
from subscribers.models import Arrival, Subscriber
from subscribers.storage.in_list import in_list
from subscribers.storage.rows import to_subscriber
from subscribers.storage.tables import UtcDateTime, consents, subscribers

_ROOM = 24_000  # KB
_AsKept = Callable[[datetime], str]
_INSERT_SQLITE = (
    "INSERT INTO subscribers (address_key, address, name, status, hemisphere, rhythm, topics, "
    "tags, confirmed_at, source, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (address_key) DO NOTHING"
)


def last_id(conn: Connection) -> int:
    """The highest id so far; 0 for an empty list."""
    return int(conn.scalar(select(func.max(subscribers.c.id))) or 0)


@contextmanager
def roomy(conn: Connection) -> Iterator[None]:
    """Lets the database find its way in a list that grows by a million; SQLite gets room.

    SQLite keeps 2 MB, and the index of a million addresses in no order has 40: without room
    for much of it, nearly every row would fetch a page and write one.
    """
    if conn.dialect.name != "sqlite":
        # PostgreSQL has no figures of a list that is just growing, and would read all of it
        # for each thousand. This ends with the transaction.
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        yield
        return
    usual = int(conn.exec_driver_sql("PRAGMA cache_size").scalar_one())
    conn.exec_driver_sql(f"PRAGMA cache_size = -{_ROOM}")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def known_by_key(conn: Connection, keys: Collection[str]) -> dict[str, Subscriber]:
    """Who is on the list under these address keys."""
    asked = select(subscribers).where(in_list(conn, subscribers.c.address_key, keys))
    return {row.address_key: to_subscriber(row) for row in conn.execute(asked)}


def add_many(conn: Connection, people: Sequence[Arrival], *, at: datetime, source: str) -> None:
    """Insert people who are not on SQLite's list yet, in their order, as come at `at`.

    `source` stands where a person has none of their own. Whom another connection has put
    there meanwhile is left alone.
    """
    # SQLite keeps times as text, and only the library knows the form: there is a processor.
    as_kept = cast("_AsKept", UtcDateTime().dialect_impl(conn.dialect).bind_processor(conn.dialect))
    created = as_kept(at)
    rows = [
        (*one[:8], one.confirmed_at and as_kept(one.confirmed_at), one.source or source, created)
        for one in people
    ]
    conn.exec_driver_sql(_INSERT_SQLITE, rows)


def log_arrivals(conn: Connection, after: int, *, at: datetime, source: str) -> None:
    """Log, in one statement, everyone an import that began at id `after` has put in.

    What another connection adds at the same time has another time of creation.
    """
    table = subscribers.c
    event = case((table.status.in_(GONE), table.status), else_=literal("imported"))
    when = literal(at, UtcDateTime())
    came = select(table.id, event, when, literal("author"), literal(source)).where(
        table.id > after, table.created_at == at
    )
    columns = ["subscriber_id", "event", "at", "actor", "source"]
    conn.execute(insert(consents).from_select(columns, came))
