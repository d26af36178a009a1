"""The whole list in pages: by key, so that a million cost time and no memory."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from subscribers.models import Subscriber
from subscribers.storage.rows import to_subscriber
from subscribers.storage.tables import subscribers


def all_pages(conn: Connection, size: int = 1_000) -> Iterator[tuple[Subscriber, ...]]:
    """Every subscriber of every status, by id, at most `size` at a time."""
    asked = select(subscribers).order_by(subscribers.c.id).limit(size)
    after = 0
    while page := tuple(
        to_subscriber(row) for row in conn.execute(asked.where(subscribers.c.id > after))
    ):
        yield page
        after = page[-1].id
