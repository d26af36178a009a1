"""What PostgreSQL needs to keep SQLite's promises, on as many machines as wanted.

SQLite has one writer at a time, and the steps rely on it: what a transaction reads is still
so when it writes. Here an advisory lock says the same. It ends with its transaction, so
nobody who dies keeps the others out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, literal, select

from newsletter.errors import Busy, SettingsError, StorageError
from newsletter.storage.database.errors import translate_errors

OLDEST = (13,)
# Any two numbers will do, as long as they stay the same on every machine.
_TURN, _RUN = 0x7A11_0001, 0x7A11_0002
_CONNECT: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "happy-trails",
    "client_encoding": "utf8",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# A machine that lost its power says no goodbye: the server asks, and lets its locks go.
_SESSION = (
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
)
# A process that is stopped amid a transaction must not stop the others for long. An import
# reads its file meanwhile, which may take a while; the ledger's moves wait for nobody.
_SLEEPS_AT_MOST, _SLEEPS_AT_MOST_BESIDE = "10min", "30s"


def is_postgresql(engine: Engine) -> bool:
    """Whether this is a PostgreSQL database."""
    return engine.dialect.name == "postgresql"


def open_engine(url: URL) -> Engine:
    """An engine for `url`. Raises SettingsError where the driver is not installed."""
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    given = {name: value for name, value in _CONNECT.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=given)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"[database] url is PostgreSQL's, but the package {error.name} is not installed.",
            cure='Install it: pip install "happy-trails[postgresql]"',
        ) from None
    event.listen(engine, "connect", _prepare)
    return engine


def connect_words(engine: Engine) -> dict[str, Any]:
    """What psycopg needs to connect to the same database."""
    _, words = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in _CONNECT.items() if name not in words} | dict(words)


def for_reading(engine: Engine) -> Engine:
    """The engine for transactions that see one state of the database."""
    if not is_postgresql(engine):
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take_turn(connection: Connection, *, shared: bool) -> None:
    """Waits until nobody else writes; or, `beside`, only others who do the same."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    sleep = _SLEEPS_AT_MOST_BESIDE if shared else _SLEEPS_AT_MOST
    # `true`: for this transaction alone.
    setting = func.set_config("idle_in_transaction_session_timeout", sleep, literal(value=True))
    connection.execute(select(setting, lock(_TURN)))


class RunLock:
    """Holds the work of the newsletter against other machines, as long as we are connected."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mine = threading.local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, nobody else may; a thread that has it may take it again. Raises Busy."""
        if not is_postgresql(self._engine) or getattr(self._mine, "is_held", False):
            yield
            return
        with translate_errors():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with translate_errors():
                got = connection.scalar(select(func.pg_try_advisory_lock(_RUN)))
            if not got:
                raise Busy(
                    "Another run is at work on this newsletter, perhaps on another machine.",
                    cure="Try again when it has ended.",
                )
            self._mine.is_held = True
            try:
                yield
            finally:
                self._mine.is_held = False
                _let_go(connection)
        finally:
            connection.close()


def _let_go(connection: Connection) -> None:
    try:
        with translate_errors():
            connection.execute(select(func.pg_advisory_unlock(_RUN)))
    except StorageError:
        connection.invalidate()  # the lock went with the connection


def _prepare(connection: Any, _record: Any) -> None:
    version = connection.info.server_version
    if version < OLDEST[0] * 10_000:
        raise StorageError(
            f"The database server is PostgreSQL {version // 10_000}, which is too old.",
            cure=f"Use version {OLDEST[0]} or newer; nothing was changed.",
        )
    connection.execute(_SESSION)
    connection.commit()
    connection.adapters.register_dumper(str, _text_dumper())


@cache
def _text_dumper() -> Any:
    """Text as the server takes it: without NUL, which SQLite keeps and it refuses whole.

    Only what others send holds any: a garbled answer, a name in a list.
    """
    from psycopg.adapt import Dumper

    class Text(Dumper):
        def dump(self, obj: str) -> bytes:
            return obj.replace("\0", "\N{REPLACEMENT CHARACTER}").encode()

    return Text
