"""Query the active subscribers, with their rhythm, topics and hemisphere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, true

from subscribers.link_ids import make_link_ids
from subscribers.models import ActiveSubscriber
from subscribers.storage.tables import subscribers

_COLUMNS = tuple(subscribers.c[name] for name in ("id", "address", "name", "hemisphere", "topics"))
# SQLite takes 32,766 values in a statement, PostgreSQL 65,535.
_VALUES_AT_ONCE = 1_000
_SPARSE = 4
_ACTIVE = select(subscribers.c.id, subscribers.c.link_id).where(subscribers.c.status == "active")
_ACTIVE_BETWEEN = _ACTIVE.where(subscribers.c.id.between(bindparam("first"), bindparam("last")))


def active_pages(
    connection: Connection, size: int = 1_000, *, monthly: bool | None = None
) -> Iterator[tuple[ActiveSubscriber, ...]]:
    """Yield the active subscribers by id, at most `size` at a time.

    `monthly` selects those who chose a monthly issue (true) or all others (false). A
    subscriber may leave between a page and its use: check `active_links` before sending.
    """
    query = select(*_COLUMNS).where(*_is_active(monthly)).order_by(subscribers.c.id).limit(size)
    after = 0
    while page := _fetch(connection, query.where(subscribers.c.id > after)):
        yield page
        after = page[-1].id


def active_by_ids(
    connection: Connection, ids: Collection[int], *, monthly: bool
) -> tuple[ActiveSubscriber, ...]:
    """Return those of `ids`, a thousand at most, who are active and read in that rhythm."""
    query = select(*_COLUMNS).where(*_is_active(monthly), subscribers.c.id.in_(list(ids)))
    return _fetch(connection, query.order_by(subscribers.c.id))


def active_links(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the link ids of those of `ids` that may be written to at this moment.

    The status is enough: suppressing an address takes its subscriber out of active in the
    same transaction, and a suppressed address cannot be added.
    """
    wanted = frozenset(ids)
    if not wanted:
        return {}
    first, last = min(wanted), max(wanted)
    if last - first < _SPARSE * len(wanted):
        # The ids of a batch are mostly neighbours: a range query is much faster.
        result = connection.execute(_ACTIVE_BETWEEN, {"first": first, "last": last})
        # The driver's rows: SQLAlchemy's would double the time of a batch of a thousand.
        active = dict(result.cursor.fetchall())
        result.close()
        return {number: active[number] for number in active.keys() & wanted}
    active_of_wanted: dict[int, str] = {}
    for portion in _split(wanted):
        rows = connection.execute(_ACTIVE.where(subscribers.c.id.in_(portion)))
        active_of_wanted.update((row[0], row[1]) for row in rows)
    return active_of_wanted


def links_of_ids(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the link id of each of `ids`, whatever the status.

    Somebody who was erased meanwhile has a made-up one, which names nobody.
    """
    links = dict(zip(ids, make_link_ids(len(ids)), strict=True))
    for portion in _split(ids):
        query = select(subscribers.c.id, subscribers.c.link_id)
        rows = connection.execute(query.where(subscribers.c.id.in_(portion)))
        links.update((row[0], row[1]) for row in rows)
    return links


def names_of(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the names of those of `ids` that have one."""
    names: dict[int, str] = {}
    for portion in _split(ids):
        query = select(subscribers.c.id, subscribers.c.name).where(
            subscribers.c.id.in_(portion), subscribers.c.name != ""
        )
        names.update({row.id: row.name for row in connection.execute(query)})
    return names


def count_choices(
    connection: Connection, *, monthly: bool | None = None
) -> dict[tuple[str, str], int]:
    """Return how many active subscribers have each (hemisphere, topics as stored).

    `split_labels` reads the topics.
    """
    columns = subscribers.c.hemisphere, subscribers.c.topics
    query = select(*columns, func.count()).where(*_is_active(monthly)).group_by(*columns)
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}


def has_readers(connection: Connection, *, monthly: bool) -> bool:
    """Return whether an active subscriber chose a monthly issue (or any other rhythm)."""
    query = select(subscribers.c.id).where(*_is_active(monthly)).limit(1)
    return connection.scalar(query) is not None


def _is_active(monthly: bool | None) -> tuple[ColumnElement[bool], ...]:
    rhythm = subscribers.c.rhythm
    wanted = true() if monthly is None else rhythm == "monthly" if monthly else rhythm != "monthly"
    return subscribers.c.status == "active", wanted


def _fetch(connection: Connection, query: Select[Any]) -> tuple[ActiveSubscriber, ...]:
    return tuple(ActiveSubscriber(*row) for row in connection.execute(query))


def _split(ids: Collection[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(ids)
    while portion := tuple(islice(rest, _VALUES_AT_ONCE)):
        yield portion
