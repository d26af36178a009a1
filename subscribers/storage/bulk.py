"""Many subscribers at once, for imports: a few statements for a thousand people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, literal, select

from subscribers.lifecycle import GONE
from subscribers.models import Subscriber
from subscribers.storage.rows import insert_new, to_row, to_subscriber
from subscribers.storage.tables import UtcDateTime, consents, subscribers


def last_id(conn: Connection) -> int:
    """The highest id so far; 0 for an empty list."""
    return int(conn.scalar(select(func.max(subscribers.c.id))) or 0)


def known_by_key(conn: Connection, keys: Collection[str]) -> dict[str, Subscriber]:
    """Who is on the list under these address keys, a thousand at most."""
    asked = select(subscribers).where(subscribers.c.address_key.in_(list(keys)))
    return {row.address_key: to_subscriber(row) for row in conn.execute(asked)}


def add_many(
    conn: Connection, people: Mapping[str, Subscriber], *, at: datetime, source: str
) -> None:
    """Insert people, by address key, who are not on the list yet, as come at `at`.

    `source` stands where a person has none of their own.
    """
    rows = [
        to_row(person, key) | {"source": person.source or source, "created_at": at}
        for key, person in people.items()
    ]
    conn.execute(insert_new(conn, subscribers, "address_key"), rows)


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
