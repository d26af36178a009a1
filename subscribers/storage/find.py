"""Questions about single subscribers, and counts of all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, islice

from sqlalchemy import Connection, bindparam, func, select

from subscribers.address import identity, normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import STATUSES, Status, Subscriber
from subscribers.storage.rows import to_subscriber
from subscribers.storage.tables import subscribers

# SQLite takes 32,766 values in a statement, PostgreSQL 65,535.
_VALUES_AT_ONCE = 1_000
_SPARSE = 4
_ACTIVE = select(subscribers.c.id).where(subscribers.c.status == "active")
_NEAR = _ACTIVE.where(subscribers.c.id.between(bindparam("first"), bindparam("last")))


def by_id(conn: Connection, subscriber_id: int) -> Subscriber | None:
    """The subscriber with this id, whatever the status; None once erased."""
    row = conn.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).first()
    return to_subscriber(row) if row is not None else None


def by_address(conn: Connection, address: str) -> Subscriber | None:
    """The subscriber under this address, however it is spelled. Raises InvalidAddress."""
    key = identity(normalise(address))
    row = conn.execute(select(subscribers).where(subscribers.c.address_key == key)).first()
    return to_subscriber(row) if row is not None else None


def required(conn: Connection, address: str) -> Subscriber:
    """As `by_address`, but raises NoSuchSubscriber where there is none."""
    found = by_address(conn, address)
    if found is None:
        raise NoSuchSubscriber(
            f"Nobody is on the list as {normalise(address)}.",
            cure="See `newsletter subscribers list`.",
        )
    return found


def mailable_ids(conn: Connection, ids: Collection[int]) -> frozenset[int]:
    """Those of `ids` that may be written to at this moment.

    Active is enough to ask for: whoever is suppressed is taken out of active in the same
    transaction, and cannot be added while suppressed.
    """
    wanted = frozenset(ids)
    if not wanted:
        return wanted
    first, last = min(wanted), max(wanted)
    if last - first < _SPARSE * len(wanted):
        # Mostly neighbours, as those of a batch are: a range asks for them much faster.
        near = conn.execute(_NEAR, {"first": first, "last": last})
        # The driver's own rows: for a batch's thousand SQLAlchemy's take as long again to make.
        active = frozenset(chain.from_iterable(near.cursor.fetchall()))
        near.close()
        return active & wanted
    found: set[int] = set()
    for some in _in_portions(wanted):
        found.update(conn.scalars(_ACTIVE.where(subscribers.c.id.in_(some))))
    return frozenset(found)


def names_of(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names of those of `ids` that have one."""
    found: dict[int, str] = {}
    for some in _in_portions(ids):
        wanted = select(subscribers.c.id, subscribers.c.name).where(
            subscribers.c.id.in_(some), subscribers.c.name != ""
        )
        found.update({row.id: row.name for row in conn.execute(wanted)})
    return found


def counts(conn: Connection) -> dict[Status, int]:
    """How many subscribers there are of each status, zeros too."""
    asked = select(subscribers.c.status, func.count()).group_by(subscribers.c.status)
    found = {row[0]: int(row[1]) for row in conn.execute(asked)}
    return {status: found.get(status, 0) for status in STATUSES}


def _in_portions(ids: Collection[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(ids)
    while some := tuple(islice(rest, _VALUES_AT_ONCE)):
        yield some
