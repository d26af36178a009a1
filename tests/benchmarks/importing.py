"""The time to import a long list, against the databases' own tools.

The import parses, validates and looks up each address, and writes the consent log; the tools only
load finished rows into the same table with the same indexes.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from newsletter.storage.database.engine import open_engine, transaction
from subscribers import storage
from subscribers.transfer.importing import import_csv
from tests.benchmarks.table import Row, medians
from tests.support import postgresql

PEOPLE = 200_000
_ROUNDS = 3
_NOW = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)
_CLEAR = "TRUNCATE subscribers RESTART IDENTITY; DROP TABLE IF EXISTS raw"
_RAW = "CREATE TEMP TABLE raw (email text, name text, tags text)"
_COPY = "COPY raw FROM STDIN (FORMAT csv, HEADER)"
_NORMALISED = """
INSERT INTO subscribers
  (address, address_key, name, status, tags, source, created_at, link_id)
SELECT split_part(trim(email), '@', 1) || '@' || lower(split_part(trim(email), '@', 2)),
       lower(trim(email)), trim(name), 'active', trim(tags), 'copy', now(),
       left(replace(gen_random_uuid()::text, '-', ''), 16)
FROM raw ON CONFLICT (address_key) DO NOTHING
"""


def rows() -> Iterator[Row]:
    """Measure a CSV of addresses in random order, imported into empty databases."""
    content = _csv()
    with tempfile.TemporaryDirectory(prefix="trails-") as name:
        if shutil.which("sqlite3"):
            yield _sqlite(Path(name), content)
        with postgresql.run_server(Path(name)) as server:
            yield _postgresql(server, content)


def _csv() -> bytes:
    numbers = list(range(PEOPLE))
    random.Random(6).shuffle(numbers)  # noqa: S311  # no secret
    lines = (f"runner{number}@example{number % 500}.com,Runner {number},5k\n" for number in numbers)
    return ("email,name,tags\n" + "".join(lines)).encode()


def _sqlite(folder: Path, content: bytes) -> Row:
    empty, finished = folder / "empty.db", folder / "finished.csv"
    _prepare(f"sqlite:///{empty}", folder).dispose()

    def ours() -> None:
        shutil.copy(empty, folder / "ours.db")
        engine = open_engine(f"sqlite:///{folder / 'ours.db'}", folder)
        _import(engine, content)
        engine.dispose()

    def tool() -> None:
        shutil.copy(empty, folder / "tool.db")
        orders = f"PRAGMA secure_delete = ON;\n.mode csv\n.import {finished} subscribers\n"
        _sqlite3(folder / "tool.db", orders)

    ours()
    finished.write_bytes(_sqlite3(folder / "ours.db", ".mode csv\nSELECT * FROM subscribers;\n"))
    return _row("SQLite's tool", medians({"ours": ours, "tool": tool}, rounds=_ROUNDS, clock=_cpu))


def _postgresql(server: postgresql.PostgreSQL, content: bytes) -> Row:
    url = server.new_database()
    engine = _prepare(url, Path())
    address = url.replace("postgresql+psycopg", "postgresql", 1)

    def clear(connection: psycopg.Connection) -> None:
        connection.execute(_CLEAR)

    def ours() -> None:
        with psycopg.connect(address) as connection:
            clear(connection)
        _import(engine, content)

    def tool() -> None:
        with psycopg.connect(address) as connection:
            clear(connection)
            connection.execute(_RAW)
            with connection.cursor().copy(_COPY) as copy:
                copy.write(content)
            connection.execute(_NORMALISED)

    works = {"ours": ours, "tool": tool}
    # The server's processor time cannot be read, so measure wall-clock time.
    seconds = medians(works, rounds=_ROUNDS, clock=time.perf_counter)
    engine.dispose()
    return _row("COPY, normalising", seconds, aim=2.0)


def _prepare(url: str, folder: Path) -> Engine:
    engine = open_engine(url, folder)
    storage.migrate(engine)
    return engine


def _import(engine: Engine, content: bytes) -> None:
    with transaction(engine) as connection:
        import_csv(
            connection,
            io.BytesIO(content),
            skip_bad=False,
            source="benchmark",
            now=_NOW,
            secrets=("a secret for benchmarks",),
        )


def _sqlite3(database: Path, orders: str) -> bytes:
    command = ["sqlite3", str(database)]
    return subprocess.run(command, input=orders.encode(), capture_output=True, check=True).stdout


def _cpu() -> float:
    """Return the processor seconds of this process and its children."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _row(what: str, found: dict[str, float], aim: float = 2.5) -> Row:
    return Row(
        what=f"import of {PEOPLE:,} : {what}",
        ratio=found["ours"] / found["tool"],
        aim=aim,
        figures=f"{found['ours']:.1f} s : {found['tool']:.1f} s",
    )
