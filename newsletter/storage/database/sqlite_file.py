"""Copy and check a SQLite database as a file, while other programs write to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from newsletter.config.file_modes import create_private
from newsletter.errors import StorageError
from newsletter.storage.database.errors import translate_errors


def sqlite_path(engine: Engine) -> Path | None:
    """Return the file of a SQLite database, None for any other database."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database)


def is_read_only_file(path: Path) -> bool:
    """Whether a database file is there and may not be written to, or its folder may not."""
    if not path.is_file():
        return False
    return not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK)


def reading_address(path: Path) -> str:
    """Return the address that opens a database for reading, also where nothing may be written.

    SQLite would make its log and locks there. Beside a log, which a writer has open or has left,
    it needs them.
    """
    is_still = is_read_only_file(path) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"


def copy_file(source: Path, target: Path) -> None:
    """Copy a database into a new file, as it is at one moment. Raise StorageError.

    The copy is one file that only this user may read. Writers go on meanwhile:
    https://www.sqlite.org/backup.html
    """
    create_private(target)
    with (
        translate_errors(),
        closing(sqlite3.connect(reading_address(source), uri=True)) as before,
        closing(sqlite3.connect(target)) as after,
    ):
        # All pages in one step: a write of another process between steps restarts the copy.
        before.backup(after)
    make_single_file(target)


def make_single_file(path: Path) -> None:
    """Write what lies in the log into the database, and check it. Raise StorageError."""
    with translate_errors(), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    check_file(path)


def check_file(path: Path) -> None:
    """Raise StorageError if a database file is damaged, or is none."""
    with translate_errors(), closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise StorageError(
            f"The database is damaged: {verdict}.", cure="Put it back from a backup."
        )
