"""The last step of a restore, which cannot be left half done.

    .restore/new/        the verified files
    .restore/ready.json  from here on the restore happens: whoever opens the folder next ends it

Each file moves by one rename, and what was in its place is kept in a folder of its own.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine

from newsletter.backup import DATABASE, ENVIRONMENT, FOLDERS, IGNORED, JOURNAL, SETTINGS
from newsletter.backup.portable import (
    migrate_all,
    open_portable,
    transfer_rows,
    write_portable,
)
from newsletter.storage.database import postgresql, replaced_file
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import has_newsletter
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.database.sqlite_file import sqlite_path

STAGE = ".restore"
NEW, READY = f"{STAGE}/new", f"{STAGE}/ready.json"
_BESIDE = ("", "-wal", "-shm")


class RestorePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore that has begun still has to do."""

    #: The address of the database that is replaced.
    database_url: str
    #: The folder, below the newsletter's, for what is replaced.
    kept: str


def is_unfinished(folder: Path) -> bool:
    """Whether a restore into this folder has begun and not ended."""
    return (folder / READY).exists()


def write_plan(folder: Path, plan: RestorePlan) -> None:
    """Begin the restore: from now on it is ended and never undone."""
    path = folder / READY
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(plan))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def finish_restore(folder: Path) -> None:
    """End a restore that has begun. Idempotent. Call it under the folder's lock.

    Raise StorageError if the database cannot be written; the next call goes on from there.
    """
    plan = msgspec.json.decode((folder / READY).read_bytes(), type=RestorePlan)
    with hold_writers_of(plan.database_url, folder) as connection:
        if connection is not None:
            # People may have signed up since the restore was interrupted.
            kept = folder / plan.kept
            kept.mkdir(mode=0o700, exist_ok=True)
            write_portable(connection.engine, kept / free_name(kept, DATABASE))
        put_in_place(folder, connection)


@contextmanager
def hold_writers_of(url: str, folder: Path) -> Iterator[Connection | None]:
    """Let nobody write to the database that a restore replaces; they wait.

    Yield the one connection that may write to it meanwhile, or None: a SQLite file is replaced
    as a whole, and a PostgreSQL database without a newsletter has no writers.
    """
    engine = open_engine(url, folder, make=False)
    try:
        if not is_postgresql(engine):
            with replaced_file.hold_writers(sqlite_path(engine)):
                yield None
        elif not has_newsletter(engine):
            yield None
        else:
            migrate_all(engine)
            with postgresql.hold_writers(engine) as connection:
                yield connection
    finally:
        engine.dispose()


def put_in_place(folder: Path, connection: Connection | None) -> None:
    """Put the verified files in their places, within `hold_writers_of` the database.

    Idempotent. Raise StorageError if the database cannot be written.
    """
    plan = msgspec.json.decode((folder / READY).read_bytes(), type=RestorePlan)
    new, kept = folder / NEW, folder / plan.kept
    if (new / DATABASE).exists():
        _put_database(new / DATABASE, plan.database_url, folder, kept, connection)
    if (folder / JOURNAL).exists():
        # It knows all that the backup's knows, and perhaps more.
        (new / JOURNAL).unlink(missing_ok=True)
    for name in (*FOLDERS, JOURNAL, IGNORED, SETTINGS, ENVIRONMENT):
        if (new / name).exists():
            _keep(folder / name, kept)
            (new / name).replace(folder / name)
    (folder / READY).unlink()
    shutil.rmtree(folder / STAGE)


def _put_database(
    staged: Path, url: str, folder: Path, kept: Path, connection: Connection | None
) -> None:
    engine = open_engine(url, folder, make=False)
    try:
        if is_postgresql(engine):
            _replace_rows(staged, engine, connection)
            for end in _BESIDE:
                staged.with_name(staged.name + end).unlink(missing_ok=True)
            return
        target = sqlite_path(engine) or folder / DATABASE
        for end in _BESIDE:
            _keep(target.with_name(target.name + end), kept)
        _move(staged, target)
    finally:
        engine.dispose()


def _replace_rows(staged: Path, engine: Engine, connection: Connection | None) -> None:
    source = open_portable(staged, make=False)
    try:
        with snapshot(source) as before, ExitStack() as stack:
            if connection is None:
                migrate_all(engine)
                connection = stack.enter_context(transaction(engine))
            else:
                stack.enter_context(connection.begin())
            transfer_rows(before, connection)
    finally:
        source.dispose()


def free_name(folder: Path, name: str) -> str:
    """Return a name that nothing has in the folder: this one, or this one with a number."""
    numbers = count(2)
    free = name
    while (folder / free).exists():
        free = f"{name}-{next(numbers)}"
    return free


def _keep(path: Path, kept: Path) -> None:
    if path.exists():
        kept.mkdir(mode=0o700, exist_ok=True)
        _move(path, kept / path.name)


def _move(source: Path, target: Path) -> None:
    """Rename a file or folder, also to another disk, where it appears at once or not at all."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        draft = target.with_name(f"{target.name}.restoring")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
        source.unlink()
