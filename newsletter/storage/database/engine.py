"""The database connection. SQLite is set so that what is committed is on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.errors import SettingsError, StorageError
from newsletter.storage.database import postgresql
from newsletter.storage.database.errors import translate_errors

Result = TypeVar("Result")

# A server that is started again is back well within these seconds.
_PAUSES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def open_engine(url: str, folder: Path) -> Engine:
    """An engine for `url`; a relative SQLite path counts from the newsletter folder.

    Raises SettingsError for an address SQLAlchemy cannot read.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(
            "[database] url is not a database address.",
            cure='The usual one is "sqlite:///newsletter.db".',
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            parsed = parsed.set(database=str(folder / parsed.database))
        engine = create_engine(parsed)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        return postgresql.open_engine(parsed)
    raise SettingsError(
        f"[database] url names {backend!r}, which is not supported.",
        cure="Use sqlite:/// or postgresql+psycopg://",
    )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and changes nothing."""
    with translate_errors(), postgresql.for_reading(engine).connect() as connection:
        yield connection


@contextmanager
def transaction(engine: Engine, *, shared: bool = False) -> Iterator[Connection]:
    """A transaction that is committed at the end, or not at all.

    One at a time, so that what it reads is still so when it writes. Only those that go
    `beside` others of their kind run together, on PostgreSQL: they must be made of
    compare-and-sets, as the ledger's moves are.
    """
    marked = engine.execution_options(happy_trails_write=True)
    with translate_errors(), marked.begin() as connection:
        if postgresql.is_postgresql(engine):
            postgresql.take_turn(connection, shared=shared)
        yield connection


def retry_transaction(
    engine: Engine,
    work: Callable[[Connection], Result],
    *,
    shared: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> Result:
    """Does `work` in a transaction, and again where the database went away meanwhile, or
    another program held it for longer than SQLite waits by itself.

    Whether a transaction was committed whose end was never heard of, nobody knows: `work`
    must bear to be done twice. Raises StorageError after a minute, with SQLite after some.
    """
    return _patiently(lambda: transaction(engine, shared=shared), work, wait)


def retry_snapshot(
    engine: Engine,
    work: Callable[[Connection], Result],
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Result:
    """As `persist`, but reads only."""
    return _patiently(lambda: snapshot(engine), work, wait)


def _patiently(
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], Result],
    wait: Callable[[float], None],
) -> Result:
    for pause in _PAUSES:
        try:
            with transaction() as connection:
                return work(connection)
        except StorageError as error:
            if not error.passing:
                raise
        wait(pause)
    with transaction() as connection:
        return work(connection)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun below by hand: the driver's own begin comes too late for
    # a read that a write follows (SQLAlchemy's notes on pysqlite).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is overwritten: see traces.py for what this leaves.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("happy_trails_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
