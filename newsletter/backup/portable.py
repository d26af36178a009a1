"""The portable form of a database: one SQLite file, whatever it came from and wherever it goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from newsletter.errors import StorageError
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.database.relocation import (
    all_tables,
    copy_rows,
    digest_rows,
    empty_tables,
)
from newsletter.storage.database.sqlite_file import copy_file, make_single_file, sqlite_path
from newsletter.storage.identity import History, read_history
from subscribers import storage as people

TABLES = all_tables(people.metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableCopy:
    """What a file of `write_portable` holds."""

    history: History
    readers: int


def write_portable(engine: Engine, path: Path) -> PortableCopy:
    """Write the database as it is at one moment to a new SQLite file; return what it holds.

    Writers go on meanwhile, and the file is checked when this returns. Raise StorageError.
    """
    source = sqlite_path(engine)
    if source is not None:
        copy_file(source, path)
        return read_portable(path)
    copy = open_portable(path, make=True)
    try:
        with snapshot(engine) as before, transaction(copy) as after:
            transfer_rows(before, after)
    finally:
        copy.dispose()
    make_single_file(path)
    return read_portable(path)


def read_portable(path: Path) -> PortableCopy:
    """Return what a file holds; its schema becomes the current one. Raise StorageError."""
    engine = open_portable(path, make=False)
    try:
        with snapshot(engine) as connection:
            return PortableCopy(
                history=history_of(connection),
                readers=sum(people.count_by_status(connection).values()),
            )
    finally:
        engine.dispose()
        make_single_file(path)


def history_of(connection: Connection) -> History:
    """Return how far a database has come, the changes of the list among it."""
    return read_history(connection, changes=people.newest_entry(connection))


def open_portable(path: Path, *, make: bool) -> Engine:
    """Open a file with the current schema. The caller disposes of the engine."""
    engine = open_engine(f"sqlite:///{path}", path.parent, make=make)
    migrate_all(engine)
    return engine


def migrate_all(engine: Engine) -> None:
    """Run the migrations that are missing, those of the readers' tables too."""
    migrate(engine)
    with snapshot(engine) as connection:
        is_current = people.is_current(connection)
    if not is_current:
        # Of two commands at once, the second finds the migration done.
        with transaction(engine) as connection:
            people.migrate(connection)


def transfer_rows(source: Connection, target: Connection) -> None:
    """Replace all rows of `target` by those of `source`, and prove that they are the same.

    Both have the current schema. Raise StorageError, so that the caller's transaction ends.
    """
    empty_tables(target, TABLES)
    copy_rows(source, target, TABLES)
    given = people.highest_number(source)
    if given > people.highest_number(target):
        people.skip_numbers(target, given)
    before, after = (digest_rows(connection, TABLES) for connection in (source, target))
    differing = [name for name, digest in before.items() if after[name] != digest]
    if differing:
        raise StorageError(
            f"The rows that arrived differ from those that left, in {', '.join(differing)}.",
            cure="Nothing was changed. Try again, and look after the disk of both databases.",
        )
