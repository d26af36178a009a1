"""Feeds, and what their last reading taught: validators, failures, moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from newsletter.models import Feed
from newsletter.storage.tables import feed as table

_READING = (
    "title",
    "site_url",
    "etag",
    "last_modified",
    "checked_at",
    "started_at",
    "oldest_at_start",
    "failures",
    "state",
    "moved_to",
    "sightings",
    "wait_until",
    "trouble",
)
_COLUMNS = tuple(table.c[name] for name in ("id", "url", *_READING))


_NEW = {
    "title": "",
    "site_url": "",
    "etag": "",
    "last_modified": "",
    "failures": 0,
    "state": "active",
    "moved_to": "",
    "sightings": 0,
    "trouble": "",
    "body_hash": "",
    "marks": [],
}


def ensure_feed(connection: Connection, url: str) -> Feed:
    """Return the feed with this URL; insert it if it is new."""
    return ensure_feeds(connection, (url,))[0]


def ensure_feeds(connection: Connection, urls: Sequence[str]) -> tuple[Feed, ...]:
    """Return the feeds with these URLs, in this order; insert those that are new."""
    known = {feed.url for feed in all_feeds(connection)}
    new = [_NEW | {"url": url} for url in dict.fromkeys(urls) if url not in known]
    if new:
        connection.execute(insert(table), new)
    stored = {feed.url: feed for feed in all_feeds(connection)}
    return tuple(stored[url] for url in urls)


def by_url(connection: Connection, url: str) -> Feed | None:
    """Return the feed with this URL, None if there is none."""
    row = connection.execute(select(*_COLUMNS).where(table.c.url == url)).mappings().first()
    return Feed(**row) if row else None


def all_feeds(connection: Connection) -> tuple[Feed, ...]:
    """Return every feed that was ever read, even if the settings no longer name it."""
    rows = connection.execute(select(*_COLUMNS).order_by(table.c.id)).mappings()
    return tuple(Feed(**row) for row in rows)


def change_url(connection: Connection, feed: Feed, url: str) -> None:
    """Give a feed and its posts the new URL from the settings."""
    connection.execute(
        update(table).where(table.c.id == feed.id).values(url=url, moved_to="", sightings=0)
    )


def item_hashes_by_feed(connection: Connection) -> dict[int, tuple[str, dict[str, str]]]:
    """Return by feed id the hash of the last body, and the guid of each item by its hash."""
    rows = connection.execute(select(table.c.id, table.c.body_hash, table.c.marks))
    return {
        row.id: (row.body_hash, {item_hash: guid for item_hash, guid in row.marks if item_hash})
        for row in rows
    }


def save_readings(connection: Connection, *read: Feed) -> None:
    """Store what the last reading of each feed taught."""
    rows = [{name: getattr(feed, name) for name in _READING} | {"of_id": feed.id} for feed in read]
    if rows:
        connection.execute(update(table).where(table.c.id == bindparam("of_id")), rows)


def save_body_hash(
    connection: Connection, feed: Feed, body_hash: str, items: Iterable[tuple[str, str]]
) -> None:
    """Store the hash of a feed's body, and (hash, guid) of each of its items."""
    hashes: list[Any] = [list(pair) for pair in items]
    connection.execute(
        update(table).where(table.c.id == feed.id).values(body_hash=body_hash, marks=hashes)
    )
