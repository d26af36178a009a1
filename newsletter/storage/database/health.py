"""Look a database over without changing it: what `newsletter doctor` judges.

SQLite is opened read-only, by a connection of its own, so that neither a missing file is made nor
an old schema migrated. Of a PostgreSQL server a few settings are read.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.errors import StorageError
from newsletter.storage.database.engine import open_engine, require_file
from newsletter.storage.database.errors import translate_errors
from newsletter.storage.database.migrate import HEAD
from newsletter.storage.database.postgresql import require_sessions
from newsletter.storage.database.sqlite_file import reading_address

# Instructions of SQLite's machine between two looks at the clock.
_STEPS = 20_000
_MOUNTS = Path("/proc/self/mounts")
# SQLite's write-ahead log needs memory that all processes share: https://www.sqlite.org/wal.html
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseHealth:
    """What a database says of itself."""

    kind: Literal["sqlite", "postgresql"]
    #: The program that keeps it, such as `3.40.1` or `15.6`.
    version: str
    #: The number of the newest migration that it went through, "" if it holds no newsletter.
    schema: str
    #: The one that this program needs.
    newest_schema: str = HEAD
    #: What the integrity check complains of.
    damage: tuple[str, ...] = ()
    #: Whether the integrity check came to its end in time.
    is_examined: bool = True
    #: Whether it takes no writes: a standby, a read-only server or disk.
    is_read_only: bool = False
    is_standby: bool = False
    #: Whether a pooler gives one connection's transactions to several of the server's.
    is_pooled_by_transaction: bool = False
    #: The kind of file system that another machine serves, "" for a disk of this one.
    remote_disk: str = ""


def examine_database(url: str, folder: Path, *, seconds: float) -> DatabaseHealth:
    """Return what the database of a newsletter folder says of itself.

    The integrity check ends after `seconds`. Raise SettingsError for an address that cannot be
    used, and StorageError for a database that cannot be.
    """
    engine = open_engine(url, folder, make=False)
    try:
        if engine.dialect.name == "postgresql":
            return _examine_postgresql(engine)
    finally:
        engine.dispose()
    path = database_file(url, folder)
    assert path is not None  # noqa: S101  # `open_engine` takes no other kind
    return _examine_sqlite(path, seconds)


def database_file(url: str, folder: Path) -> Path | None:
    """Return the file of a SQLite database, None for a server's. "" is the usual one."""
    try:
        parsed = make_url(url or "sqlite:///newsletter.db")
    except ArgumentError:
        return None
    is_file = parsed.get_backend_name() == "sqlite" and bool(parsed.database)
    return folder / str(parsed.database) if is_file else None


def _examine_sqlite(path: Path, seconds: float) -> DatabaseHealth:
    require_file(path)
    deadline = time.monotonic() + seconds
    with (
        translate_errors(),
        closing(sqlite3.connect(reading_address(path), uri=True)) as connection,
    ):
        connection.execute("PRAGMA busy_timeout = 2000")
        schema = ""
        if connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'newsletter_version'"
        ).fetchone():
            row = connection.execute("SELECT version_num FROM newsletter_version").fetchone()
            schema = str(row[0]) if row else ""
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
        damage, is_examined = _check_integrity(connection)
        connection.set_progress_handler(None, 0)
    return DatabaseHealth(
        kind="sqlite",
        version=sqlite3.sqlite_version,
        schema=schema,
        damage=damage,
        is_examined=is_examined,
        is_read_only=_is_read_only(path),
        remote_disk=remote_disk(path, _read_mounts()),
    )


def _check_integrity(connection: sqlite3.Connection) -> tuple[tuple[str, ...], bool]:
    """Return what is damaged, and whether the check came to its end."""
    try:
        rows = connection.execute("PRAGMA integrity_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return (), False
        raise
    return tuple(str(row[0]) for row in rows if row[0] != "ok"), True


def _is_read_only(path: Path) -> bool:
    """Whether no transaction can begin to write. One that can is rolled back."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA busy_timeout = 1000")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
    return False


def remote_disk(path: Path, mounts: str) -> str:
    """Return the kind of the file system that holds `path` if another machine serves it.

    `mounts` is what Linux writes in its /proc/self/mounts, "" elsewhere.
    """
    best = ("", "")
    for line in mounts.splitlines():
        _, point, kind, *_ = (*line.split(" "), "", "", "")
        point = point.replace("\\040", " ")
        is_above = str(path) == point or str(path).startswith(f"{point.rstrip('/')}/")
        if is_above and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1] if best[1] in _REMOTE else ""


def _read_mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return ""


def _examine_postgresql(engine: Engine) -> DatabaseHealth:
    with translate_errors(), engine.connect() as connection:
        version = str(_ask(connection, "SHOW server_version"))
        is_standby = bool(_ask(connection, "SELECT pg_is_in_recovery()"))
        read_only = _ask(connection, "SHOW transaction_read_only")
        schema = ""
        if _ask(connection, "SELECT to_regclass('newsletter_version')") is not None:
            schema = str(_ask(connection, "SELECT version_num FROM newsletter_version") or "")
    return DatabaseHealth(
        kind="postgresql",
        version=version.partition(" ")[0],
        schema=schema,
        is_standby=is_standby,
        is_read_only=is_standby or read_only == "on",
        is_pooled_by_transaction=_is_pooled_by_transaction(engine),
    )


def _is_pooled_by_transaction(engine: Engine) -> bool:
    try:
        require_sessions(engine)
    except StorageError as error:
        if error.passing:
            raise
        return True
    return False


def _ask(connection: Connection, question: str) -> object:
    return connection.scalar(text(question))
