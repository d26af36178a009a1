"""Wipe deleted rows from the database's files, after a reader was erased.

Bytes of a deleted row can remain in a page until it is overwritten, in the write-ahead log until
it is truncated, and in the samples that PostgreSQL's planner keeps.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal

from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

from newsletter.storage.database.errors import translate_errors
from newsletter.storage.tables import event

#: The names of the copies that an upgrade keeps in the newsletter's folder, by their revision.
COPY_NAMES = "before-[0-9]*.db"
_MARK, _REWRITTEN = "traces", "rewritten"
VacuumResult = Literal["clean", "rewritten", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumRequest:
    """A vacuum that is to be made because readers were erased."""

    #: Which erasure was the newest.
    token: str
    #: Whether the files were rewritten since, and only the log before that is left.
    rewritten: bool


def find_request(connection: Connection) -> VacuumRequest | None:
    """Return what an erasure has asked for since the files were last vacuumed."""
    query = select(event.c.kind, event.c.detail).where(event.c.dedup_key == _MARK)
    row = connection.execute(query).first()
    return VacuumRequest(token=row.detail, rewritten=row.kind == _REWRITTEN) if row else None


def request(connection: Connection, at: dt.datetime) -> None:
    """Store, in the transaction that erases a reader, that the files must be vacuumed."""
    connection.execute(delete(event).where(event.c.dedup_key == _MARK))
    values = {"dedup_key": _MARK, "kind": _MARK, "at": at, "detail": token_hex(8)}
    connection.execute(insert(event).values(values))


def settle(connection: Connection, earlier: VacuumRequest, result: VacuumResult) -> None:
    """Store what a vacuum came to, unless another reader was erased since it was asked for."""
    is_same = (event.c.dedup_key == _MARK) & (event.c.detail == earlier.token)
    if result == "clean":
        connection.execute(delete(event).where(is_same))
    elif result == "rewritten":
        connection.execute(update(event).where(is_same).values(kind=_REWRITTEN))


def vacuum(engine: Engine, patience: float = 3.0, *, rewritten: bool = False) -> VacuumResult:
    """Rewrite the files without deleted rows.

    If another process uses the database and does not end within `patience` seconds, the result is
    "busy"; or "rewritten", if what was before the rewriting is left until the log is written back.
    Call it with `rewritten` then: it only does that, for to rewrite a database locks writers out.
    PostgreSQL loses its dead rows and the planner's samples; its own log and backups
    stay as its administrator has set.
    """
    if engine.dialect.name == "postgresql":
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        with translate_errors(), autocommit.connect() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        return "clean"
    try:
        # Neither statement may run in a transaction, and SQLAlchemy would begin one.
        raw = engine.raw_connection()
    except (sqlite3.Error, SQLAlchemyError):
        return "busy"
    try:
        raw.detach()  # no other user of the pool gets the short timeout
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
        # Checked first: while another process reads, VACUUM would append the whole database to
        # the log at each try.
        is_in_use = _log_is_in_use(cursor)
        if not is_in_use and not rewritten:
            cursor.execute("VACUUM")
            rewritten = True
            is_in_use = _log_is_in_use(cursor)
    except sqlite3.Error:
        is_in_use = True
    finally:
        raw.close()
    if is_in_use:
        return "rewritten" if rewritten else "busy"
    return "clean"


def _log_is_in_use(cursor: DBAPICursor) -> bool:
    """Truncate the write-ahead log; return whether another process still reads it."""
    busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)


def delete_kept_copies(folder: Path) -> None:
    """Delete what an upgrade has kept: a reader was erased who is still in it."""
    for path in folder.glob(COPY_NAMES):
        path.unlink(missing_ok=True)
