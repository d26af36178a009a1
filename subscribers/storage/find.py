"""Find single subscribers, count them, and page through the whole list."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, func, select

from subscribers.address import address_key, normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import STATUSES, Status, Subscriber
from subscribers.storage.rows import to_subscriber
from subscribers.storage.tables import subscribers


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
    query = select(subscribers.c.status, func.count()).group_by(subscribers.c.status)
    totals = {row[0]: int(row[1]) for row in connection.execute(query)}
    return {status: totals.get(status, 0) for status in STATUSES}


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
