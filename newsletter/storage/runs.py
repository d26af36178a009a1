"""When `run` and `backup` last came by, and up to when the clock is known to be right.

Each is kept as an event of our own kind, of which there is one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from newsletter.storage.tables import event

_RUN, _CLOCK, _BACKUP = "run", "clock", "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The run that ended last."""

    at: dt.datetime
    #: How it ended.
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBackup:
    """The backup that was made last."""

    at: dt.datetime
    #: The file that was written.
    path: str


def last_run(connection: Connection) -> LastRun | None:
    """Return the run that ended last, None if there was none yet."""
    query = select(event.c.at, event.c.detail).where(event.c.dedup_key == _RUN)
    row = connection.execute(query).first()
    return LastRun(at=row.at, exit_code=int(row.detail)) if row else None


def save_run(connection: Connection, run: LastRun) -> None:
    """Store that a run ended."""
    _replace(connection, _RUN, run.at, str(run.exit_code))


def trusted_time(connection: Connection) -> dt.datetime | None:
    """Return the latest time of a run whose clock was not in doubt, None before the first."""
    return connection.scalar(select(event.c.at).where(event.c.dedup_key == _CLOCK))


def save_trusted_time(connection: Connection, at: dt.datetime) -> None:
    """Store the time of a run whose clock is not in doubt."""
    _replace(connection, _CLOCK, at, "")


def last_backup(connection: Connection) -> LastBackup | None:
    """Return the backup that was made last, None if there was none yet."""
    query = select(event.c.at, event.c.detail).where(event.c.dedup_key == _BACKUP)
    row = connection.execute(query).first()
    return LastBackup(at=row.at, path=row.detail) if row else None


def save_backup(connection: Connection, backup: LastBackup) -> None:
    """Store that a backup was made."""
    _replace(connection, _BACKUP, backup.at, backup.path)


def _replace(connection: Connection, name: str, at: dt.datetime, detail: str) -> None:
    connection.execute(delete(event).where(event.c.dedup_key == name))
    connection.execute(insert(event).values(dedup_key=name, kind=name, at=at, detail=detail))
