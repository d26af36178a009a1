"""What the machines that deliver one issue share: a rate limit, and the settings of their leader.

Each batch reserves its time in the database. The database's clock decides, because the machines'
clocks differ. The leader stores a fingerprint of its settings, for workers to compare themselves
with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from newsletter.storage.database.engine import retry_transaction
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.tables import leader, rate_reservation

_KEY = "mail"
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class SharedRateLimiter:
    """At most `rate_per_minute` messages a minute from every process on the same database.

    Implements `sender.loop.rate_limit.RateLimiter`. Time is reserved for a full batch, before
    the number of its recipients is known, and what was too much is given back. A reservation
    that was not used serves the next batch.
    """

    limited = True

    def __init__(self, engine: Engine, *, rate_per_minute: int, batch_size: int) -> None:
        self._engine = engine
        self._seconds_each = 60 / rate_per_minute
        self._full_batch = batch_size * self._seconds_each
        self._is_reserved = False

    def wait(self) -> float:
        """Return the seconds until the next batch may go; at 0 its time is reserved."""
        if self._is_reserved:
            return 0.0
        seconds = retry_transaction(
            self._engine,
            lambda connection: _reserve(connection, _KEY, self._full_batch),
            shared=True,
        )
        self._is_reserved = not seconds
        return seconds

    def consume(self, messages: int) -> None:
        """Use the reservation for this many messages."""
        self._give_back(self._full_batch - messages * self._seconds_each)

    def close(self) -> None:
        """Give back a reservation that no batch used."""
        if self._is_reserved:
            self._give_back(self._full_batch)

    def _give_back(self, seconds: float) -> None:
        self._is_reserved = False
        if seconds > 0:
            retry_transaction(
                self._engine,
                lambda connection: _give_back(connection, _KEY, seconds),
                shared=True,
            )


def shared_rate_limiter(
    engine: Engine, *, rate_per_minute: int, batch_size: int
) -> SharedRateLimiter | None:
    """Return a rate limiter, or None for SQLite (one machine) and for no limit (0)."""
    if not is_postgresql(engine) or not rate_per_minute:
        return None
    return SharedRateLimiter(engine, rate_per_minute=rate_per_minute, batch_size=batch_size)


def _reserve(connection: Connection, key: str, seconds: float) -> float:
    """Reserve this many seconds and return 0; or return the seconds until that is possible."""
    new = postgresql_insert(rate_reservation).values(limiter=key, free_at=_LONG_AGO)
    connection.execute(new.on_conflict_do_nothing(index_elements=[rate_reservation.c.limiter]))
    free_at = _lock_row(connection, key)
    now: dt.datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    if free_at > now:
        return float((free_at - now).total_seconds())
    _set_free_at(connection, key, now + dt.timedelta(seconds=seconds))
    return 0.0


def _give_back(connection: Connection, key: str, seconds: float) -> None:
    _set_free_at(connection, key, _lock_row(connection, key) - dt.timedelta(seconds=seconds))


def _lock_row(connection: Connection, key: str) -> dt.datetime:
    query = (
        select(rate_reservation.c.free_at)
        .where(rate_reservation.c.limiter == key)
        .with_for_update()
    )
    free_at: dt.datetime = connection.execute(query).scalar_one()
    return free_at


def _set_free_at(connection: Connection, key: str, free_at: dt.datetime) -> None:
    connection.execute(
        update(rate_reservation).where(rate_reservation.c.limiter == key).values(free_at=free_at)
    )


def save_fingerprint(connection: Connection, issue_id: int, fingerprint: Mapping[str, str]) -> None:
    """Store the settings of the machine that leads now."""
    connection.execute(delete(leader).where(leader.c.issue_id == issue_id))
    connection.execute(insert(leader).values(issue_id=issue_id, fingerprint=dict(fingerprint)))


def fingerprint_of(connection: Connection, issue_id: int) -> dict[str, str]:
    """Return the settings of the machine that leads this issue's delivery, {} for none."""
    return dict(
        connection.scalar(select(leader.c.fingerprint).where(leader.c.issue_id == issue_id)) or {}
    )


def newest_fingerprint(connection: Connection) -> dict[str, str]:
    """Return the settings of the machine that led the newest delivery, {} for none."""
    query = select(leader.c.fingerprint).order_by(leader.c.issue_id.desc()).limit(1)
    return dict(connection.scalar(query) or {})
