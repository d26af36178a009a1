"""Wipe deleted rows from the database's files, after a reader was erased.

Bytes of a deleted row can remain in a page until it is overwritten, in the write-ahead log until
it is truncated, and in the samples that PostgreSQL's planner keeps.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

from newsletter.storage.database.errors import translate_errors
from newsletter.storage.tables import event

#: The names of the copies that an upgrade keeps in the newsletter's folder, by their revision.
COPY_NAMES = "before-[0-9]*.db"
_MARK = "traces"


def is_pending(connection: Connection) -> bool:
    """Whether a reader was erased since the files were last vacuumed."""
    return connection.scalar(select(event.c.id).where(event.c.dedup_key == _MARK)) is not None


def request(connection: Connection, at: dt.datetime) -> None:
    """Store, in the transaction that erases a reader, that the files must be vacuumed."""
    if not is_pending(connection):
        connection.execute(insert(event).values(dedup_key=_MARK, kind=_MARK, at=at))


def clear_request(connection: Connection) -> None:
    """Store that the files have been vacuumed."""
    connection.execute(delete(event).where(event.c.dedup_key == _MARK))


def vacuum(engine: Engine, patience: float = 3.0) -> bool:
    """Rewrite the files without deleted rows.

    Return False if another process uses the database and does not end within `patience`
    seconds. PostgreSQL loses its dead rows and the planner's samples; its own log and backups
    stay as its administrator has set.
    """
    if engine.dialect.name == "postgresql":
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        with translate_errors(), autocommit.connect() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        return True
    try:
        # Neither statement may run in a transaction, and SQLAlchemy would begin one.
        raw = engine.raw_connection()
    except (sqlite3.Error, SQLAlchemyError):
        return False
    try:
        raw.detach()  # no other user of the pool gets the short timeout
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        # Checked first: while another process reads, VACUUM would append the whole database to
        # the log at each try.
        if _log_is_in_use(cursor):
            return False
        cursor.execute("VACUUM")
        return not _log_is_in_use(cursor)
    except sqlite3.Error:
        return False
    finally:
        raw.close()


def _log_is_in_use(cursor: DBAPICursor) -> bool:
    """Truncate the write-ahead log; return whether another process still reads it."""
    busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)


def delete_kept_copies(folder: Path) -> None:
    """Delete what an upgrade has kept: a reader was erased who is still in it."""
    for path in folder.glob(COPY_NAMES):
        path.unlink(missing_ok=True)
