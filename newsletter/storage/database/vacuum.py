"""What deleted rows leave in a database's files, and how it is wiped.

A deleted row's bytes may stay in a page until it is written over, in the write-ahead log
until it is emptied, and among the samples a planner keeps.
"""

from __future__ import annotations

import datetime as dt
import sqlite3

from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

from newsletter.storage.database.errors import translate_errors
from newsletter.storage.tables import event

_MARK = "traces"


def is_pending(connection: Connection) -> bool:
    """Whether somebody was erased and the files have not been wiped since."""
    return connection.scalar(select(event.c.id).where(event.c.mark == _MARK)) is not None


def request(connection: Connection, at: dt.datetime) -> None:
    """Remembers, in the transaction that erases somebody, that the files are to be wiped."""
    if not is_pending(connection):
        connection.execute(insert(event).values(mark=_MARK, kind=_MARK, at=at))


def clear_request(connection: Connection) -> None:
    """The files have been wiped."""
    connection.execute(delete(event).where(event.c.mark == _MARK))


def vacuum(engine: Engine, patience: float = 3.0) -> bool:
    """Writes the files anew without what was deleted. False if somebody is using them, and
    has not ended within so many seconds.

    On PostgreSQL the dead rows and the planner's samples go; its own log and backups are
    kept as its keeper has set.
    """
    if engine.dialect.name == "postgresql":
        at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        with translate_errors(), at_once.connect() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        return True
    try:
        # Neither may run within a transaction, and SQLAlchemy would begin one.
        raw = engine.raw_connection()
    except (sqlite3.Error, SQLAlchemyError):
        return False
    try:
        raw.detach()  # so that no other use finds its patience shortened
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        # First, for as long as somebody reads, each try would add a database's size to the log.
        if _log_is_in_use(cursor):
            return False
        cursor.execute("VACUUM")
        return not _log_is_in_use(cursor)
    except sqlite3.Error:
        return False
    finally:
        raw.close()


def _log_is_in_use(cursor: DBAPICursor) -> bool:
    """Whether somebody reads what the write-ahead log holds; it is emptied otherwise."""
    busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)
