"""Give PostgreSQL the guarantees of SQLite, for any number of machines.

SQLite has one writer at a time, and the use cases rely on it: what a transaction reads is still
true when it writes. Here an advisory lock ensures the same. PostgreSQL releases it with the
transaction, so a process that dies blocks no other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, literal, select, text

from newsletter.errors import Busy, SettingsError, StorageError
from newsletter.storage.database.errors import read_only_error, translate_errors

OLDEST = (13,)
# The keys of our advisory locks: any numbers, but the same on every machine.
_WRITE_LOCK, _RUN_LOCK = 0x7A11_0001, 0x7A11_0002
_CONNECT: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "happy-trails",
    "client_encoding": "utf8",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# Transactions held open at once to find a pooler out: more than idle server connections that
# others of this newsletter left it.
_PROBES = 5
# A machine that loses power closes no connection: the server notices by keepalives, and
# releases its locks.
_SESSION = (
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
)
# A process that is suspended in a transaction must not block the others for long. An import
# reads its file in one; a transition of the ledger waits for nothing.
_IDLE_TIMEOUT, _IDLE_TIMEOUT_SHARED = "10min", "30s"


def is_postgresql(engine: Engine) -> bool:
    """Whether this is a PostgreSQL database."""
    return engine.dialect.name == "postgresql"


def open_engine(url: URL) -> Engine:
    """Return an engine for `url`. Raise SettingsError if the driver is not installed."""
    # Hosts of databases still write postgres://, which libpq takes too.
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    connect_args = {name: value for name, value in _CONNECT.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=connect_args)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"[database] url is PostgreSQL's, but the package {error.name} is not installed.",
            cure='Install it: pip install "psycopg[binary]>=3.3,<4"',
        ) from None
    event.listen(engine, "connect", _prepare)
    return engine


def connect_arguments(engine: Engine) -> dict[str, Any]:
    """Return the arguments with which psycopg connects to the same database."""
    _, from_url = engine.dialect.create_connect_args(engine.url)
    return _CONNECT | dict(from_url)


def for_reading(engine: Engine) -> Engine:
    """Return the engine for read-only transactions that see one state of the database."""
    if not is_postgresql(engine):
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def require_sessions(engine: Engine) -> None:
    """Raise StorageError if a pooler gives each transaction a server connection of its own.

    The run lock and the settings of a connection last as long as its session, so they would go to
    whoever has the server connection next. A pooler invents the process id that it gives to a
    client. While other transactions are open, one in transaction mode must either give them the
    connection that the first one had, or give the first one another.
    """
    if not is_postgresql(engine):
        return
    pid = select(func.pg_backend_pid())
    committing = engine.execution_options(isolation_level="AUTOCOMMIT")
    with translate_errors(), ExitStack() as stack:
        first = stack.enter_context(committing.connect())
        before = first.scalar(pid)
        driver: Any = first.connection.driver_connection
        if driver.info.backend_pid == before:
            return
        is_shared = False
        for _ in range(_PROBES):
            other = stack.enter_context(engine.begin())
            is_shared = is_shared or other.scalar(pid) == before or first.scalar(pid) != before
    if is_shared:
        raise StorageError(
            "A connection pooler stands before the database, in transaction mode: it gives each "
            "transaction another session, and a newsletter needs one session at a time.",
            cure="Let the pooler keep sessions (PgBouncer: pool_mode = session), or give "
            "[database] url the address of the database server itself. Nothing was changed.",
        )


def require_writable(connection: Connection) -> None:
    """Raise StorageError for a server that takes no writes. Call it in a write transaction."""
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise read_only_error()


def lock_writes(connection: Connection, *, shared: bool) -> None:
    """Wait until no other transaction writes; if `shared`, only for those that are not."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    timeout = _IDLE_TIMEOUT_SHARED if shared else _IDLE_TIMEOUT
    # `true` limits the setting to this transaction.
    setting = func.set_config("idle_in_transaction_session_timeout", timeout, literal(value=True))
    connection.execute(select(setting, lock(_WRITE_LOCK)))


@contextmanager
def hold_writers(engine: Engine) -> Iterator[Connection]:
    """Let no other connection write meanwhile; they wait. Only the yielded one can.

    The lock is the session's, so that the caller may read by other connections, and then write in
    transactions of this one. It ends with its connection.
    """
    with translate_errors(), engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(_WRITE_LOCK)))
        connection.commit()
        try:
            yield connection
        finally:
            # Closed and not returned to the pool: its end is the lock's.
            connection.invalidate()


class RunLock:
    """The lock that keeps other machines from working on the newsletter while a run does.

    It ends with its connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock. A thread that holds it may take it again. Raise Busy."""
        if not is_postgresql(self._engine) or getattr(self._local, "is_held", False):
            yield
            return
        with translate_errors():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with translate_errors():
                acquired = connection.scalar(select(func.pg_try_advisory_lock(_RUN_LOCK)))
            if not acquired:
                raise Busy(
                    "Another run is at work on this newsletter, perhaps on another machine.",
                    cure="Try again when it has ended.",
                )
            self._local.is_held = True
            try:
                yield
            finally:
                self._local.is_held = False
                _unlock(connection)
        finally:
            connection.close()


def _unlock(connection: Connection) -> None:
    try:
        with translate_errors():
            connection.execute(select(func.pg_advisory_unlock(_RUN_LOCK)))
    except StorageError:
        connection.invalidate()  # the lock ended with the connection


def _prepare(connection: Any, _record: Any) -> None:
    try:
        _require_usable(connection)
    except StorageError:
        connection.close()
        raise
    connection.execute(_SESSION)
    connection.commit()
    connection.adapters.register_dumper(str, _text_dumper())


def _require_usable(connection: Any) -> None:
    version = connection.info.server_version
    if version < OLDEST[0] * 10_000:
        raise StorageError(
            f"The database server is PostgreSQL {version // 10_000}, which is too old.",
            cure=f"Use version {OLDEST[0]} or newer; nothing was changed.",
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StorageError(
            f"The database's encoding is {encoding}, which cannot hold every name and title.",
            cure="Make one with `createdb --encoding=UTF8 --template=template0 NAME`; nothing was "
            "changed.",
        )


@cache
def _text_dumper() -> Any:
    """Return a dumper that replaces NUL characters, which PostgreSQL rejects in any text.

    They occur only in what others send: a garbled response, a name in an import.
    """
    from psycopg.adapt import Dumper

    class Text(Dumper):
        def dump(self, obj: str) -> bytes:
            return obj.replace("\0", "\N{REPLACEMENT CHARACTER}").encode()

    return Text
