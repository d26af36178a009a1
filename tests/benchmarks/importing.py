"""The time to import a long list, against the databases' own tools.

The import parses, validates and looks up each address, and writes the consent log; the tools only
load finished rows into the same table with the same indexes.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from newsletter.app import open_newsletter
from newsletter.subscriptions import list_import
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import compare, time_of_all
from tests.support import postgresql
from tests.support.newsletter_folder import create_newsletter

PEOPLE = 1_000_000
_ROUNDS = 3
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


_TOOL = Comparison(
    key="importing.sqlite",
    what=f"import of {PEOPLE:,} addresses, validated, with the consent log",
    against="the sqlite3 tool, finished rows into the same table",
    unit="s",
    floor=1.7,
    clock="processor",
    explanation="By a profile a third of it is the parsing and validation of each address, which "
    "the tool does not do, and a tenth the consent log; the inserts and the indexes cost the same "
    "on both sides.",
)
_COPIED = Comparison(
    key="importing.postgresql",
    what=f"import of {PEOPLE:,} addresses into PostgreSQL",
    against="COPY, then INSERT … SELECT with normalisation",
    unit="s",
    floor=2.0,
    clock="wall",
    explanation="The server copies and inserts in C; ours parses and validates each address "
    "in Python before, which a profile puts at half of it.",
)
COMPARISONS = (_TOOL, _COPIED)


def measure() -> Iterator[Measurement]:
    """Measure a CSV of addresses in random order, imported into empty databases."""
    content = _csv()
    with tempfile.TemporaryDirectory(prefix="trails-") as name:
        if shutil.which("sqlite3"):
            yield _sqlite(Path(name), content)
        with postgresql.run_server(Path(name)) as server:
            yield _postgresql(server, Path(name), content)


def _csv() -> bytes:
    numbers = list(range(PEOPLE))
    random.Random(6).shuffle(numbers)  # noqa: S311  # no secret
    lines = (f"runner{number}@example{number % 500}.com,Runner {number},5k\n" for number in numbers)
    return ("email,name,tags\n" + "".join(lines)).encode()


def _sqlite(folder: Path, content: bytes) -> Measurement:
    """Import as the command does, staged in a file beside the database and then merged."""
    home, finished = folder / "newsletter", folder / "finished.csv"
    context = create_newsletter(home)
    database, empty = home / "newsletter.db", folder / "empty.db"
    context.engine.dispose()
    shutil.copy(database, empty)

    def ours() -> None:
        shutil.copy(empty, database)
        newsletter = open_newsletter(home, {})
        list_import.import_csv(newsletter, io.BytesIO(content), skip_bad=False)
        newsletter.engine.dispose()

    def tool() -> None:
        shutil.copy(empty, folder / "tool.db")
        orders = f"PRAGMA secure_delete = ON;\n.mode csv\n.import {finished} subscribers\n"
        _sqlite3(folder / "tool.db", orders)

    ours()
    finished.write_bytes(_sqlite3(database, ".mode csv\nSELECT * FROM subscribers;\n"))
    return compare(_TOOL, ours, tool, rounds=_ROUNDS, clock=time_of_all)


def _postgresql(server: postgresql.PostgreSQL, folder: Path, content: bytes) -> Measurement:
    """Import as the command does: read and validated first, then inserted in portions."""
    url = server.new_database()
    context = create_newsletter(folder / "on_postgresql", database_url=url)
    address = url.replace("postgresql+psycopg", "postgresql", 1)

    def clear() -> None:
        with psycopg.connect(address) as connection:
            connection.execute(_CLEAR)

    def ours() -> None:
        clear()
        list_import.import_csv(context, io.BytesIO(content), skip_bad=False)

    def tool() -> None:
        clear()
        with psycopg.connect(address) as connection:
            connection.execute(_RAW)
            with connection.cursor().copy(_COPY) as copy:
                copy.write(content)
            connection.execute(_NORMALISED)

    # The server's processor time cannot be read, so measure wall-clock time.
    measurement = compare(_COPIED, ours, tool, rounds=_ROUNDS, clock=time.perf_counter)
    context.engine.dispose()
    return measurement


def _sqlite3(database: Path, orders: str) -> bytes:
    command = ["sqlite3", str(database)]
    return subprocess.run(command, input=orders.encode(), capture_output=True, check=True).stdout
