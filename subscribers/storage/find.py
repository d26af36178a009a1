"""Query the list: single subscribers, counts, pages of all, and the active ones.

The active ones come with their rhythm, topics and hemisphere: they are the readers of an issue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)

from subscribers.address import address_key, normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.link_ids import make_link_ids
from subscribers.models import STATUSES, ActiveSubscriber, Status, Subscriber
from subscribers.storage.rows import starts_with, to_subscriber
from subscribers.storage.tables import IS_ACTIVE, IS_NOT_ACTIVE, subscribers

#: So many rows at most are searched for a word or a tag at once, for there is no index of them.
SEARCHED_AT_ONCE = 50_000
_TAGS = literal(",").op("||")(func.lower(subscribers.c.tags)).op("||")(",")
_COLUMNS = tuple(subscribers.c[name] for name in ("id", "address", "name", "hemisphere", "topics"))
# SQLite takes 32,766 values in a statement, PostgreSQL 65,535.
_VALUES_AT_ONCE = 1_000
_SPARSE = 4
_ACTIVE = select(subscribers.c.id, subscribers.c.link_id).where(subscribers.c.status == "active")
_ACTIVE_BETWEEN = _ACTIVE.where(subscribers.c.id.between(bindparam("first"), bindparam("last")))


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
    # In the order of the index, which holds all of it.
    columns = subscribers.c.rhythm, subscribers.c.hemisphere, subscribers.c.topics
    query = select(*columns, func.count()).where(IS_ACTIVE).group_by(*columns)
    counts: Counter[tuple[str, str]] = Counter()
    for rhythm, hemisphere, topics, count in connection.execute(query):
        if monthly is None or monthly == (rhythm == "monthly"):
            counts[hemisphere, topics] += int(count)
    return dict(counts)


def has_readers(connection: Connection, *, monthly: bool) -> bool:
    """Return whether an active subscriber chose a monthly issue (or any other rhythm)."""
    query = select(subscribers.c.id).where(IS_ACTIVE, *_is_active(monthly)).limit(1)
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
