"""The feeds the newsletter reads, and how their last reading went."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from newsletter.models import Feed
from newsletter.storage.tables import feed as table


def ensure(connection: Connection, url: str) -> Feed:
    """The stored feed of that address, made when it is new."""
    found = by_url(connection, url)
    if found is not None:
        return found
    connection.execute(
        insert(table).values(
            url=url,
            title="",
            site_url="",
            etag="",
            last_modified="",
            failures=0,
            state="active",
        )
    )
    made = by_url(connection, url)
    assert made is not None  # noqa: S101  # just inserted on this connection
    return made


def by_url(connection: Connection, url: str) -> Feed | None:
    row = connection.execute(select(table).where(table.c.url == url)).mappings().first()
    return Feed(**row) if row else None


def record(connection: Connection, feed: Feed) -> None:
    """Keeps what the last reading taught: validators, title, failures, state."""
    values: dict[str, Any] = {
        name: getattr(feed, name)
        for name in (
            "title",
            "site_url",
            "etag",
            "last_modified",
            "checked_at",
            "failures",
            "state",
        )
    }
    connection.execute(update(table).where(table.c.id == feed.id).values(**values))
