"""The feeds the newsletter reads, and how their last reading went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select, update

from newsletter.models import Feed
from newsletter.storage.tables import feed as table

_TAUGHT = (
    "title",
    "site_url",
    "etag",
    "last_modified",
    "checked_at",
    "failures",
    "state",
    "moved_to",
    "sightings",
    "wait_until",
    "trouble",
)
_COLUMNS = tuple(table.c[name] for name in ("id", "url", *_TAUGHT))


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
            moved_to="",
            sightings=0,
            trouble="",
            body_hash="",
            marks=[],
        )
    )
    made = by_url(connection, url)
    assert made is not None  # noqa: S101  # just inserted on this connection
    return made


def by_url(connection: Connection, url: str) -> Feed | None:
    row = connection.execute(select(*_COLUMNS).where(table.c.url == url)).mappings().first()
    return Feed(**row) if row else None


def all_feeds(connection: Connection) -> tuple[Feed, ...]:
    """Every feed that was ever read, also those the settings name no more."""
    rows = connection.execute(select(*_COLUMNS).order_by(table.c.id)).mappings()
    return tuple(Feed(**row) for row in rows)


def rename(connection: Connection, feed: Feed, url: str) -> None:
    """Keeps a feed and its posts under the new address the settings give it."""
    connection.execute(
        update(table).where(table.c.id == feed.id).values(url=url, moved_to="", sightings=0)
    )


def bodies(connection: Connection) -> dict[int, tuple[str, dict[str, str]]]:
    """By feed id the hash of the last body, and the guid of each of its items by mark."""
    rows = connection.execute(select(table.c.id, table.c.body_hash, table.c.marks))
    return {
        row.id: (row.body_hash, {mark: guid for mark, guid in row.marks if mark}) for row in rows
    }


def record(connection: Connection, feed: Feed) -> None:
    """Keeps what the last reading taught: validators, title, failures, state, moves."""
    values = {name: getattr(feed, name) for name in _TAUGHT}
    connection.execute(update(table).where(table.c.id == feed.id).values(**values))


def remember_body(
    connection: Connection, feed: Feed, body_hash: str, items: Iterable[tuple[str, str]]
) -> None:
    """Keeps the mark of a body that was read, and of each of its items."""
    marks: list[Any] = [list(pair) for pair in items]
    connection.execute(
        update(table).where(table.c.id == feed.id).values(body_hash=body_hash, marks=marks)
    )
