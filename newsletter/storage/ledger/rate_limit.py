"""A road that one batch at a time may take, whichever machine it comes from.

The database's clock decides, for machines' own clocks differ.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from newsletter.storage.tables import pace

_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def reserve(connection: Connection, key: str, seconds: float) -> float:
    """Takes the road for so long and returns 0; or how many seconds until it is free."""
    new = insert(pace).values(road=key, free_at=_LONG_AGO)
    connection.execute(new.on_conflict_do_nothing(index_elements=["road"]))
    row = connection.execute(
        select(pace.c.free_at).where(pace.c.road == key).with_for_update()
    ).one()
    now: dt.datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    if row.free_at > now:
        return float((row.free_at - now).total_seconds())
    _move(connection, key, now + dt.timedelta(seconds=seconds))
    return 0.0


def give_back(connection: Connection, key: str, seconds: float) -> None:
    """The road was taken for that much too long."""
    row = connection.execute(
        select(pace.c.free_at).where(pace.c.road == key).with_for_update()
    ).one()
    _move(connection, key, row.free_at - dt.timedelta(seconds=seconds))


def _move(connection: Connection, key: str, free_at: dt.datetime) -> None:
    connection.execute(update(pace).where(pace.c.road == key).values(free_at=free_at))
