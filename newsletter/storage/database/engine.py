"""The engine, and transactions on it. SQLite is set so that a commit is on the disk.

A database that has vanished is refused: only a few commands may make a new one. An empty database
in its place would look like a newsletter without readers and posts: `run` would send nothing for
weeks, and new readers would get the links of those who were lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from newsletter.config.file_modes import create_private
from newsletter.errors import DatabaseMissing, SettingsError, StorageError
from newsletter.storage.database import postgresql
from newsletter.storage.database.errors import translate_errors
from newsletter.storage.database.replaced_file import follow_replacement
from newsletter.storage.database.sqlite_file import is_read_only_file, reading_address

Result = TypeVar("Result")
#: What `snapshot` and `transaction` give. Pages, which import no SQL, name the type from here.
Connection = sqlalchemy.Connection

# Seconds before each retry: a minute in all, longer than a server needs to restart.
_BACKOFF = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_DEFAULT_FILE = "newsletter.db"
_PUT_BACK = (
    "Put it back from your latest copy, or give its address under [database] in newsletter.toml. "
    "Nothing was changed. If it is lost for good, `newsletter init` in another folder begins anew."
)


def open_engine(url: str, folder: Path, *, make: bool = True) -> Engine:
    """Return an engine for `url`; a relative SQLite path is relative to the newsletter folder.

    Unless `make`, no connection creates a SQLite file: it raises DatabaseMissing if the file is
    not there or is empty. One that may not be written to, such as a backup, is opened for reading.
    Raise SettingsError for a URL that SQLAlchemy cannot parse, and for
    another database.
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
        if not make and is_read_only_file(Path(parsed.database or "")):
            return _open_read_only(parsed)
        engine = create_engine(parsed)
        if make and parsed.database and parsed.database != ":memory:":
            create_private(Path(parsed.database))
        if not make:
            event.listen(engine, "do_connect", _require_sqlite_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        follow_replacement(engine)
        return engine
    if backend in ("postgresql", "postgres"):
        return postgresql.open_engine(parsed)
    raise SettingsError(
        f"[database] url names {backend!r}, which is not supported.",
        cure="Use sqlite:/// or postgresql+psycopg://",
    )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a connection that sees one state of the database. The caller must not write."""
    with translate_errors(), postgresql.for_reading(engine).connect() as connection:
        yield connection


@contextmanager
def snapshot_at(url: str, folder: Path) -> Iterator[Connection]:
    """Open a `snapshot` of the database at `url` for a caller who has no engine."""
    engine = open_engine(url, folder, make=False)
    try:
        with snapshot(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def transaction(engine: Engine, *, shared: bool = False) -> Iterator[Connection]:
    """Open a transaction that is committed at the end, or rolled back on an exception.

    Only one runs at a time, so what it reads is still true when it writes. On PostgreSQL
    `shared` transactions run at the same time as each other. Their writes must be
    compare-and-sets, as the ledger's transitions are.
    """
    writing = engine.execution_options(happy_trails_write=True)
    with translate_errors(), writing.begin() as connection:
        if postgresql.is_postgresql(engine):
            postgresql.lock_writes(connection, shared=shared)
        yield connection


@contextmanager
def transaction_locked_late(engine: Engine) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """Open a transaction like `transaction`, in which others write until the caller locks.

    Before its end the caller calls the function beside the connection. What is read from then on
    is still true at the commit; what was read before may have changed. Until then SQLite gives one
    state of the database, and takes only temporary tables, which end with the transaction.
    """
    with translate_errors(), engine.connect() as connection:

        def lock() -> None:
            if postgresql.is_postgresql(engine):
                postgresql.lock_writes(connection, shared=False)
                return
            # SQLite refuses to write in a transaction that has read what changed since.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        try:
            with connection.begin():
                yield connection, lock
        finally:
            if engine.dialect.name == "sqlite":
                _drop_temporary_tables(connection)


def _drop_temporary_tables(connection: Connection) -> None:
    """Drop what SQLite would keep until the connection is closed."""
    query = "SELECT name FROM sqlite_temp_master WHERE type = 'table'"
    with connection.begin():
        for (name,) in connection.exec_driver_sql(query).fetchall():
            connection.exec_driver_sql(f'DROP TABLE temp."{name}"')


@contextmanager
def connection_beside(engine: Engine) -> Iterator[Connection]:
    """Open a connection of SQLite that reads first, and writes in `write_transaction`."""
    with translate_errors(), engine.connect() as connection:
        yield connection


def write_transaction(connection: Connection) -> AbstractContextManager[object]:
    """Begin a transaction, as `transaction` does, on a connection of `connection_beside`."""
    return connection.execution_options(happy_trails_write=True).begin()


def retry_transaction(
    engine: Engine,
    work: Callable[[Connection], Result],
    *,
    shared: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> Result:
    """Do `work` in a transaction; retry if the connection is lost or SQLite stays locked.

    A connection can be lost during the commit, and then it is unknown whether the commit happened:
    `work` must be idempotent. Raise StorageError after a minute, with SQLite after several,
    because each try waits for the lock by itself.
    """
    return _retry(lambda: transaction(engine, shared=shared), work, wait)


def retry_snapshot(
    engine: Engine,
    work: Callable[[Connection], Result],
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Result:
    """Do `work` on a snapshot, with the same retries."""
    return _retry(lambda: snapshot(engine), work, wait)


def _retry(
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], Result],
    wait: Callable[[float], None],
) -> Result:
    for pause in _BACKOFF:
        try:
            with transaction() as connection:
                return work(connection)
        except StorageError as error:
            if not error.passing:
                raise
        wait(pause)
    with transaction() as connection:
        return work(connection)


def is_read_only(engine: Engine) -> bool:
    """Whether the database was opened for reading, because its file may not be written to."""
    return bool(engine.get_execution_options().get("happy_trails_read_only"))


def _open_read_only(url: URL) -> Engine:
    engine = create_engine(url, execution_options={"happy_trails_read_only": True})

    def open_file(_dialect: Any, _record: Any, arguments: Any, options: Any) -> None:
        path = Path(arguments[0])
        require_file(path)
        arguments[0] = reading_address(path)
        options["uri"] = True

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 30000").close()

    event.listen(engine, "do_connect", open_file)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _require_sqlite_file(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
    """Raise DatabaseMissing before SQLite would create the file."""
    if not str(arguments[0]).startswith(("file:", ":memory:")):
        require_file(Path(arguments[0]))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # `_begin_sqlite` begins transactions. The driver would begin one only at the first write,
    # too late for what was read before it:
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Overwrite deleted rows; vacuum.py removes what this leaves.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("happy_trails_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def require_file(path: Path) -> None:
    """Raise DatabaseMissing if a SQLite database is not there or holds no byte."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise DatabaseMissing(
            f"{path.name} is gone from {path.parent}: it holds your readers, and the memory of "
            "what went out to whom.",
            cure=_PUT_BACK,
        ) from None
    if size == 0:
        raise DatabaseMissing(
            f"{path.name} in {path.parent} is empty: your readers, and the memory of what went "
            "out to whom, are not in it.",
            cure=_PUT_BACK,
        )


def missing_tables_error(folder: Path, *, server: bool) -> DatabaseMissing:
    """Return the error for a database without tables; `server` if it is not a file."""
    beside = folder / _DEFAULT_FILE
    if server and beside.is_file() and beside.stat().st_size:
        return DatabaseMissing(
            f"The database of [database] url, or of NEWSLETTER_DATABASE_URL, is empty, and "
            f"{_DEFAULT_FILE} beside the settings is not.",
            cure='To go on as before, set url = "sqlite:///newsletter.db" and unset the '
            "variable. Nothing was changed.",
        )
    if server:
        return DatabaseMissing(
            "The database of [database] url, or of NEWSLETTER_DATABASE_URL, holds no newsletter.",
            cure="See that the address names the right one. To begin a newsletter on it, set "
            "NEWSLETTER_DATABASE_URL and call `newsletter init` in a new folder.",
        )
    return DatabaseMissing("The database holds no newsletter.", cure=_PUT_BACK)
