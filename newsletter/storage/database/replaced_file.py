"""Notice that a SQLite file was replaced while programs have it open, as a restore does.

    restore: hold_writers ─▶ rename old ─▶ rename new ─▶ release
    serve, desk: checkout ─▶ another inode? reconnect ─▶ BEGIN IMMEDIATE ─▶ another inode? again

A connection keeps the file that it opened, whatever stands under that name now. What is written
through it would be lost with the old file, and nobody would notice:
https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

from newsletter.errors import StorageError
from newsletter.storage.database.errors import translate_errors

_INODE = "happy_trails_inode"


def follow_replacement(engine: Engine) -> None:
    """Make the engine reconnect after its SQLite file was replaced by another one."""
    name = engine.url.database
    if not name or name == ":memory:":
        return
    path = Path(name)

    def remember(_connection: Any, record: Any) -> None:
        record.info[_INODE] = _inode(path)

    def require_same(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info[_INODE] != _inode(path):
            raise InvalidatePoolError

    def require_same_to_write(connection: Connection) -> None:
        """Look again once this connection may write: it may have waited for a restore to end."""
        is_write = connection.get_execution_options().get("happy_trails_write", False)
        if is_write and connection.connection.info[_INODE] != _inode(path):
            raise StorageError(
                "The database was just replaced by another copy.",
                cure="Try again; nothing was changed.",
                passing=True,
            )

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", require_same)
    # After BEGIN IMMEDIATE, which is of the same event.
    event.listen(engine, "begin", require_same_to_write)


@contextmanager
def hold_writers(path: Path | None) -> Iterator[None]:
    """Let nobody write to a SQLite file meanwhile; they wait, up to half a minute.

    A file that is missing, damaged or read-only has no writers to hold, and for None nothing is
    done. Raise StorageError if another program does not end its writing.
    """
    if path is None or not path.is_file() or not path.stat().st_size:
        yield
        return
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        try:
            # Set before the lock: a connection opened later also sets WAL, and would block on it.
            connection.execute("PRAGMA journal_mode = WAL").close()
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                with translate_errors():
                    raise
        yield


def _inode(path: Path) -> int:
    """Return the number of the file under a name, 0 if there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0
