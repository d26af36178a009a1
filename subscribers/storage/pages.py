"""The whole list in pages: by key, so that a million cost time and no memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select

from subscribers.models import Subscriber
from subscribers.storage.rows import to_subscriber
from subscribers.storage.tables import subscribers


def all_pages(
    conn: Connection,
    size: int = 1_000,
    *,
    status: str | None = None,
    tags: Collection[str] = (),
) -> Iterator[tuple[Subscriber, ...]]:
    """Every subscriber of every status, by id, at most `size` at a time.

    Or those of one status, and those who have all of these tags, whatever their case.
    """
    asked = select(subscribers).order_by(subscribers.c.id).limit(size)
    if status is not None:
        asked = asked.where(subscribers.c.status == status)
    wanted = {tag.casefold() for tag in tags}
    after = 0
    while rows := conn.execute(asked.where(subscribers.c.id > after)).all():
        page = (to_subscriber(row) for row in rows)
        yield tuple(
            one for one in page if not wanted or wanted <= {tag.casefold() for tag in one.tags}
        )
        after = rows[-1].id
