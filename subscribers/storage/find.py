"""Find single subscribers, count them, and page through the whole list."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, or_, select

from subscribers.address import address_key, normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import STATUSES, Status, Subscriber
from subscribers.storage.rows import starts_with, to_subscriber
from subscribers.storage.tables import IS_NOT_ACTIVE, subscribers

#: So many rows at most are searched for a word or a tag at once, for there is no index of them.
SEARCHED_AT_ONCE = 100_000
_TAGS = literal(",").op("||")(func.lower(subscribers.c.tags)).op("||")(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page of a search through the list."""

    #: The newest first.
    people: tuple[Subscriber, ...]
    #: The id below which the search goes on; 0 at the end of the list. A page that is not
    #: full has one too, if it ended after `SEARCHED_AT_ONCE` rows.
    below: int = 0


def find_by_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    """Return the subscriber with this id, whatever the status; None once erased."""
    row = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).first()
    return to_subscriber(row) if row is not None else None


def find_by_address(connection: Connection, address: str) -> Subscriber | None:
    """Return the subscriber with this address, in any spelling. Raise InvalidAddress."""
    key = address_key(normalise(address))
    row = connection.execute(select(subscribers).where(subscribers.c.address_key == key)).first()
    return to_subscriber(row) if row is not None else None


def require_by_address(connection: Connection, address: str) -> Subscriber:
    """Return the subscriber with this address.

    Raise InvalidAddress, and NoSuchSubscriber if no subscriber has it.
    """
    person = find_by_address(connection, address)
    if person is None:
        raise NoSuchSubscriber(
            f"Nobody is on the list as {normalise(address)}.",
            cure="See `newsletter subscribers list`.",
        )
    return person


def count_by_status(connection: Connection) -> dict[Status, int]:
    """Return the number of subscribers of each status, zeros too."""
    # Two index scans: most people are active, and those are not in the index of the others.
    gone = select(subscribers.c.status, func.count()).where(IS_NOT_ACTIVE)
    rows = connection.execute(gone.group_by(subscribers.c.status))
    totals = {row[0]: int(row[1]) for row in rows}
    everybody = int(connection.scalar(select(func.count()).select_from(subscribers)) or 0)
    totals["active"] = everybody - sum(totals.values())
    return {status: totals.get(status, 0) for status in STATUSES}


def search(
    connection: Connection,
    words: str = "",
    *,
    status: Status | None = None,
    tag: str = "",
    below: int = 0,
    size: int,
) -> FoundPage:
    """Return the subscribers with `words` in their address or name, the newest first.

    `status` and `tag` narrow them, `below` is where the page before ended. It takes the same
    short time in a list of any length: see `SEARCHED_AT_ONCE`.
    """
    listed = _of_status(select(subscribers), status)
    if below:
        listed = listed.where(subscribers.c.id < below)
    listed = listed.order_by(subscribers.c.id.desc())
    if not words and not tag:
        rows = connection.execute(listed.limit(size + 1)).all()
        return _found_page(rows, size, end=0)
    # Not in one statement: the database could then look for matches first, row by row.
    window = listed.with_only_columns(subscribers.c.id).limit(SEARCHED_AT_ONCE).subquery()
    count, lowest = connection.execute(select(func.count(), func.min(window.c.id))).one()
    if not count:
        return FoundPage(people=())
    matching = listed.where(subscribers.c.id >= lowest)
    if words:
        matching = matching.where(_holds(words))
    if tag:
        matching = matching.where(_TAGS.contains(f",{tag.lower()},", autoescape=True))
    rows = connection.execute(matching.limit(size + 1)).all()
    return _found_page(rows, size, end=int(lowest) if count == SEARCHED_AT_ONCE else 0)


def with_address_prefix(
    connection: Connection, prefix: str, *, status: Status | None = None, limit: int
) -> tuple[Subscriber, ...]:
    """Return the subscribers whose address begins so, in any case, by address."""
    begins = starts_with(connection, subscribers.c.address_key, prefix.lower())
    query = _of_status(select(subscribers).where(begins), status)
    rows = connection.execute(query.order_by(subscribers.c.address_key).limit(limit))
    return tuple(to_subscriber(row) for row in rows)


def _of_status(query: Select[Any], status: Status | None) -> Select[Any]:
    if status is None:
        return query
    query = query.where(subscribers.c.status == status)
    # SQLite uses a partial index only for a query that repeats the index's condition.
    return query if status == "active" else query.where(IS_NOT_ACTIVE)


def _found_page(rows: Sequence[Row[Any]], size: int, *, end: int) -> FoundPage:
    people = tuple(to_subscriber(row) for row in rows[:size])
    return FoundPage(people=people, below=people[-1].id if len(rows) > size else end)


def _holds(words: str) -> ColumnElement[bool]:
    """Return whether the address or the name holds `words`, in any case.

    SQLite folds ASCII letters alone, so a name is compared in each likely case.
    """
    name = subscribers.c.name
    spellings = sorted({words, words.lower(), words.upper(), words.title()})
    return or_(
        subscribers.c.address_key.contains(words.lower(), autoescape=True),
        *(name.icontains(spelling, autoescape=True) for spelling in spellings),
    )


def all_pages(
    connection: Connection,
    size: int = 1_000,
    *,
    status: str | None = None,
    tags: Collection[str] = (),
    search: str = "",
) -> Iterator[tuple[Subscriber, ...]]:
    """Yield all subscribers by id, at most `size` at a time (keyset pagination).

    `status` selects those of one status, `tags` those with all of these tags in any case, and
    `search` those with this text in their address or name, in any case.
    """
    query = select(subscribers).order_by(subscribers.c.id).limit(size)
    if status is not None:
        query = query.where(subscribers.c.status == status)
    wanted = {tag.casefold() for tag in tags}
    part = search.strip().casefold()
    after = 0
    while rows := connection.execute(query.where(subscribers.c.id > after)).all():
        page = (to_subscriber(row) for row in rows)
        yield tuple(
            person
            for person in page
            if wanted <= {tag.casefold() for tag in person.tags}
            and (not part or part in f"{person.address}\n{person.name}".casefold())
        )
        after = rows[-1].id
