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
            body_hash="",
        )
    )
    made = by_url(connection, url)
    assert made is not None  # noqa: S101  # just inserted on this connection
    return made


def by_url(connection: Connection, url: str) -> Feed | None:
    row = connection.execute(select(table).where(table.c.url == url)).mappings().first()
    return Feed(**{k: v for k, v in row.items() if k != "body_hash"}) if row else None


def bodies(connection: Connection) -> dict[str, str]:
    """The hash of each feed's last body, by address: an equal one need not be parsed."""
    rows = connection.execute(select(table.c.url, table.c.body_hash))
    return {row.url: row.body_hash for row in rows if row.body_hash}


def record(connection: Connection, feed: Feed, *, body_hash: str = "") -> None:
    """Keeps what the last reading taught: validators, title, failures, state, body."""
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
    if body_hash:
        values["body_hash"] = body_hash
    connection.execute(update(table).where(table.c.id == feed.id).values(**values))
