"""`upgrade`: bring the database to the schema of this program, with a copy kept.

The copy is a SQLite file in the newsletter's folder, also of a PostgreSQL database: the program of
before opens it. Only the newest copy stays, and it goes when a reader is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine

from newsletter.backup.portable import migrate_all
from newsletter.config.database_url import read_database_url
from newsletter.context import LOCK_NAME
from newsletter.errors import Busy, StorageError
from newsletter.storage.database.engine import is_read_only, open_engine, snapshot, transaction
from newsletter.storage.database.migrate import (
    HEAD,
    migrate_to,
    require_known_version,
    require_newsletter,
    stored_version,
)
from newsletter.storage.database.postgresql import RunLock, require_sessions
from newsletter.storage.database.relocation import copy_rows, empty_tables, stored_tables
from newsletter.storage.database.sqlite_file import copy_file, make_single_file, sqlite_path
from newsletter.storage.database.vacuum import COPY_NAMES
from subscribers import storage as people

_VERSION_TABLES = ("newsletter_version", "subscribers_version")
_CURRENT = (HEAD, people.HEAD)
# Seconds to wait for another command that upgrades just now.
_PATIENCE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A database that was brought to the current schema."""

    #: The revisions before, and now: the newsletter's, and that of the readers' tables.
    before: tuple[str, str]
    now: tuple[str, str]
    #: The copy of the database as it was.
    copy: Path


def upgrade_newsletter(folder: Path, environ: Mapping[str, str]) -> Upgrade | None:
    """Upgrade the database of a folder; return None if it is current. See `upgrade_database`."""
    folder = folder.resolve()
    engine = open_engine(read_database_url(folder, environ), folder, make=False)
    try:
        require_sessions(engine)
        require_newsletter(engine, folder)
        return upgrade_database(engine, folder)
    finally:
        engine.dispose()


def upgrade_database(engine: Engine, folder: Path) -> Upgrade | None:
    """Run the migrations that are missing; return None if none is.

    What is in an older database is copied first. Raise NewsletterError if it was made by a newer
    program, Busy while a run of before is at work, and StorageError if the copy cannot be made.
    Nothing is changed then.
    """
    before = _versions(engine)
    if before == _CURRENT:
        return None
    if not any(before):
        migrate_all(engine)
        return None
    require_known_version(before[0])
    people.require_known_version(before[1])
    if is_read_only(engine):
        raise StorageError(
            "The database is older than this program, and may not be written to.",
            cure="Copy the folder to where you may write, and look at it there.",
        )
    try:
        lock = FileLock(folder / LOCK_NAME, mode=0o600)
        with lock.acquire(timeout=_PATIENCE), RunLock(engine).held():
            return _upgrade(engine, folder)
    except Timeout:
        raise Busy(
            "The database is older than this program, and a run is at work on it.",
            cure="Try again when it has ended.",
        ) from None


def _upgrade(engine: Engine, folder: Path) -> Upgrade | None:
    # Another command may have done it meanwhile.
    before = _versions(engine)
    if before == _CURRENT:
        return None
    copy = folder / f"before-{before[0]}.db"
    draft = copy.with_name(f"{copy.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        _keep(engine, draft, before)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    draft.replace(copy)
    migrate_all(engine)
    for older in folder.glob(COPY_NAMES):
        if older != copy:
            older.unlink()
    return Upgrade(before=before, now=_versions(engine), copy=copy)


def _keep(engine: Engine, path: Path, versions: tuple[str, str]) -> None:
    """Copy a database of any schema into a new SQLite file of the same schema."""
    source = sqlite_path(engine)
    if source is not None:
        copy_file(source, path)
        return
    copy = open_engine(f"sqlite:///{path}", path.parent, make=True)
    try:
        with snapshot(engine) as before, transaction(copy) as after:
            _migrate_to(after, versions)
            tables = stored_tables(before, without=_VERSION_TABLES)
            empty_tables(after, tables)
            copy_rows(before, after, tables)
    finally:
        copy.dispose()
    make_single_file(path)


def _migrate_to(connection: Connection, versions: tuple[str, str]) -> None:
    migrate_to(connection, versions[0])
    if versions[1]:
        people.migrate_to(connection, versions[1])


def _versions(engine: Engine) -> tuple[str, str]:
    with snapshot(engine) as connection:
        return stored_version(connection), people.stored_version(connection)
