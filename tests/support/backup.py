"""Back up a database and restore it, as an administrator would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.postgresql import PostgreSQL

# Restores the backup over the current database.
Restore = Callable[[], None]


def back_up_file(database: Path) -> Restore:
    """Back up an SQLite file that no connection is using, and return a function that restores
    it."""
    path = database.with_suffix(".kept")
    shutil.copy(database, path)

    def put_back() -> None:
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
        shutil.copy(path, database)

    return put_back


def back_up_postgresql(server: PostgreSQL, url: str) -> Restore:
    """Back up a PostgreSQL database that no connection is using, and return a function that
    restores it."""
    text = _name(server.copy_of(url))

    def put_back() -> None:
        server.command(f"DROP DATABASE {_name(url)} WITH (FORCE)")
        server.command(f"ALTER DATABASE {text} RENAME TO {_name(url)}")

    return put_back


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
