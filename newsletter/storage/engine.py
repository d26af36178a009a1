"""The database connection. SQLite is set so that what is committed is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from newsletter.errors import NewsletterError, SettingsError


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
        return _postgresql(parsed)
    raise SettingsError(
        f"[database] url names {backend!r}, which is not supported.",
        cure="Use sqlite:/// or postgresql+psycopg://",
    )


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"[database] url is PostgreSQL's, but the package {error.name} is not installed.",
            cure='Install it: pip install "happy-trails[postgresql]"',
        ) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and changes nothing."""
    with _told_plainly(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end, or not at all."""
    with _told_plainly(), engine.execution_options(happy_trails_write=True).begin() as connection:
        yield connection


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise NewsletterError(
            f"The database cannot be used: {error.orig}.",
            cure="See that its disk has room and that you may write there; nothing was lost.",
        ) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # the narrower ones would be faults of ours
            raise
        raise NewsletterError(
            f"The database is damaged, or is none: {error.orig}.",
            cure="Put it back from a backup; nothing was changed.",
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun below by hand: the driver's own begin comes too late for
    # a read that a write follows (SQLAlchemy's notes on pysqlite).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("happy_trails_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
