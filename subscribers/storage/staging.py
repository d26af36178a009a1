"""Stage a long import in a file beside a SQLite database, and put it on the list in one go.

SQLite has one writer at a time. A long file is read, validated and indexed while nobody waits;
then the transaction of the list only copies finished pages.

    rows ──add──▶ staged list, set aside ──prepare──▶ indexes ──merge──▶ the list
                                                       set aside ──────▶ the import's writer

The staged list holds the people who are new as far as one can tell, under the numbers that they
get. *Set aside*, in the order of the file, is whoever needs a closer look in the transaction:
somebody who is on the list by then, is suppressed, is named twice or has links.
"""

from __future__ import annotations

import json
import os
import re
import secrets as randomness
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from subscribers.link_ids import make_link_ids
from subscribers.models import ImportRow
from subscribers.storage import page_cache
from subscribers.storage.rows import highest_number
from subscribers.storage.suppressions import suppressed_addresses
from subscribers.storage.tables import (
    UtcDateTime,
    former_links,
    metadata,
    subscribers,
    suppressions,
)

_MARK = ".import-"
# What SQLite writes beside a file.
_BESIDE = ("-journal", "-wal", "-shm")
_AT_ONCE = 1_000
# Numbers left free for people who sign up while a file is staged.
_FREE_NUMBERS = 10_000
# A list that is small beside the import is copied with it, into finished indexes. Those of a longer
# one are rebuilt in one sort, unless the list is so long that inserting into them costs less.
_REBUILD_FACTOR = 4
_SORT_FACTOR = 2
_COLUMNS = (
    "address_key, address, name, status, hemisphere, rhythm, topics, tags, confirmed_at, source, "
    "signed_up_at"
)
_SCHEMA = (
    "SELECT type, sql FROM main.sqlite_master WHERE sql IS NOT NULL "
    "AND tbl_name IN (SELECT value FROM json_each(?))"
)
_ADD = (
    f"INSERT INTO stage.subscribers (id, {_COLUMNS}, created_at, link_id) "  # noqa: S608  # constants
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SET_ASIDE = f"INSERT INTO stage.set_aside (id, {_COLUMNS}, links, seal) "
_SET_ASIDE_ROW = f"{_SET_ASIDE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CREATE = (
    f"CREATE TABLE stage.set_aside (id INTEGER PRIMARY KEY, {_COLUMNS}, links, seal)",
    "CREATE TABLE stage.heard (mark TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE moved_rows (id INTEGER PRIMARY KEY)",
)
_OWN = _COLUMNS.replace("source", "CASE source WHEN ? THEN '' ELSE source END")
_MOVE = (
    f"{_SET_ASIDE} SELECT id, {_OWN}, '', '' FROM stage.subscribers "  # noqa: S608
    "WHERE id IN (SELECT id FROM moved_rows)"
)
_PAGE = (
    f"SELECT id, {_COLUMNS}, links, seal FROM stage.set_aside "  # noqa: S608
    "WHERE id > ? ORDER BY id LIMIT ?"
)
_KEYS = "SELECT id, address_key FROM stage.subscribers WHERE id > ? ORDER BY id LIMIT ?"
_REPEATED = (
    "INSERT INTO moved_rows SELECT id FROM (SELECT id, row_number() OVER "
    "(PARTITION BY address_key ORDER BY id) AS mention FROM stage.subscribers) WHERE mention > 1"
)
_NAMED_BEFORE = (
    "INSERT OR IGNORE INTO moved_rows SELECT list.id FROM stage.set_aside AS aside "
    "JOIN stage.subscribers AS list ON list.address_key = aside.address_key"
)


def remove_abandoned(database: Path) -> None:
    """Remove the staging files of imports that were killed, beside a SQLite database."""
    for path in database.parent.glob(f"{database.name}{_MARK}*"):
        if not path.name.endswith(_BESIDE) and not _is_in_use(path):
            _remove(path)


@contextmanager
def copied_list(connection: Connection, database: Path) -> Iterator[Path]:
    """Copy the list, without its log, into a new file beside `database`, to try an import there.

    Writers go on meanwhile. The file is removed at the end.
    """
    with _new_file(database) as path:
        with _attached(connection, path), connection.begin():
            driver: Any = connection.connection.driver_connection
            tables = tuple(metadata.tables)
            schema = driver.execute(_SCHEMA, (json.dumps(tables),)).fetchall()
            for kind, sql in schema:
                if kind == "table":
                    driver.execute(_in_stage(sql))
            for table in (subscribers, former_links, suppressions):
                driver.execute(f"INSERT INTO stage.{table.name} SELECT * FROM main.{table.name}")  # noqa: S608  # constants
            for kind, sql in schema:
                if kind == "index":
                    driver.execute(_in_stage(sql))
        yield path


class ImportStage:
    """The people of a file on their way to the list. Use it from one thread."""

    def __init__(self, connection: Connection, *, at: datetime, source: str) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        # SQLite stores times as text in SQLAlchemy's format, so its processors convert them.
        kind = UtcDateTime().dialect_impl(connection.dialect)
        self._encode = cast("Callable[[Any], Any]", kind.bind_processor(connection.dialect))
        self._decode = cast("Callable[[Any], Any]", kind.result_processor(connection.dialect, None))
        self._created_at, self._source = self._encode(at), source
        with connection.begin():
            self._first = self._next = highest_number(connection) + 1 + _FREE_NUMBERS
            schema = self._rows(_SCHEMA, json.dumps([subscribers.name]))
        # The same statements, so that SQLite may copy pages (https://www.sqlite.org/src/, the
        # "transfer optimization" of INSERT … SELECT).
        tables = [_in_stage(sql) for kind, sql in schema if kind == "table"]
        self._list_indexes = [sql for kind, sql in schema if kind == "index"]
        self._indexes = [_in_stage(sql) for sql in self._list_indexes]
        for statement in (*tables, *_CREATE):
            self._execute(statement)

    def add(self, people: Sequence[ImportRow]) -> None:
        """Stage people, in the order of the file."""
        encode, source, created_at = self._encode, self._source, self._created_at
        new: list[tuple[object, ...]] = []
        aside: list[tuple[object, ...]] = []
        link_ids = make_link_ids(len(people))
        for number, (person, link_id) in enumerate(zip(people, link_ids, strict=True), self._next):
            columns = (
                number,
                *person[:8],
                person.confirmed_at and encode(person.confirmed_at),
            )
            signed_up_at = person.signed_up_at and encode(person.signed_up_at)
            # A source that the file names in these very words would pass for the import's.
            if person.links or person.seal or person.source == source:
                links = " ".join(person.links)
                aside.append((*columns, person.source, signed_up_at, links, person.seal))
            else:
                own = person.source or source
                new.append((*columns, own, signed_up_at, created_at, link_id))
        self._next += len(people)
        self._execute("BEGIN")
        self._driver.executemany(_ADD, new)
        self._driver.executemany(_SET_ASIDE_ROW, aside)
        self._execute("COMMIT")

    def prepare(self, secrets: tuple[str, ...]) -> None:
        """Sort out who needs a closer look, and build the indexes of the others."""
        self._execute(_REPEATED)
        self._move()
        for index in self._indexes:
            self._execute(index)
        self._execute(_NAMED_BEFORE)
        self._move()
        with self._connection.begin():
            self._set_suppressed_aside(secrets)

    def merge(self, secrets: tuple[str, ...]) -> int:
        """Put the new people on the list, in the transaction of the connection.

        Return how many went in. The others are left to `set_aside`.
        """
        self._set_suppressed_aside(secrets)
        (on_list,) = self._row("SELECT count(*) FROM main.subscribers")
        (staged,) = self._row("SELECT count(*) FROM stage.subscribers")
        # CROSS JOIN keeps the order of the tables: each of the shorter is looked up in the longer.
        tables = ("main.subscribers AS a", "stage.subscribers AS b")
        first, second = tables if on_list < staged else reversed(tables)
        self._execute(
            f"INSERT INTO moved_rows SELECT stage_id FROM (SELECT b.id AS stage_id FROM {first} "  # noqa: S608
            f"CROSS JOIN {second} ON a.address_key = b.address_key)"
        )
        self._move()
        (staged,) = self._row("SELECT count(*) FROM stage.subscribers")
        is_free = highest_number(self._connection) < self._first
        if is_free and on_list * _REBUILD_FACTOR <= staged:
            # Into an empty table SQLite copies rows and index entries as they are.
            self._execute("INSERT INTO stage.subscribers SELECT * FROM main.subscribers")
            self._execute("DELETE FROM main.subscribers")
            self._execute("INSERT INTO main.subscribers SELECT * FROM stage.subscribers")
        else:
            is_sorted = on_list <= staged * _SORT_FACTOR
            indexes = self._list_indexes if is_sorted else []
            for index in indexes:
                self._execute(f"DROP INDEX main.{_name_of(index)}")
            columns = f"{_COLUMNS}, created_at, link_id"
            self._execute(
                f"INSERT INTO main.subscribers ({columns}) "  # noqa: S608
                f"SELECT {columns} FROM stage.subscribers ORDER BY id"
            )
            for index in indexes:
                self._execute(index)
        return int(staged)

    def set_aside(self) -> Iterator[list[ImportRow]]:
        """Yield the people who need a closer look, in the order of the file."""
        after = 0
        while rows := self._rows(_PAGE, after, _AT_ONCE):
            after = rows[-1][0]
            yield [self._to_person(row[1:]) for row in rows]

    def _to_person(self, row: tuple[Any, ...]) -> ImportRow:
        *columns, confirmed_at, source, signed_up_at, links, seal = row
        confirmed_at, signed_up_at = self._decode(confirmed_at), self._decode(signed_up_at)
        line = 0
        return ImportRow._make(
            (*columns, confirmed_at, source, signed_up_at, line, tuple(links.split()), seal)
        )

    def _set_suppressed_aside(self, secrets: tuple[str, ...]) -> None:
        """Set aside who is suppressed, if there are suppressions that were not looked at."""
        self._execute(
            "CREATE TEMP TABLE unheard AS "
            "SELECT mark FROM main.suppressions EXCEPT SELECT mark FROM stage.heard"
        )
        if self._rows("SELECT 1 FROM unheard LIMIT 1"):
            after = 0
            while rows := self._rows(_KEYS, after, _AT_ONCE):
                after = rows[-1][0]
                ids = {key: number for number, key in rows}
                keys = suppressed_addresses(self._connection, ids.keys(), secrets)
                moved = [(ids[key],) for key in keys]
                self._driver.executemany("INSERT INTO moved_rows VALUES (?)", moved)
            self._move()
            self._execute("INSERT INTO stage.heard SELECT mark FROM unheard")
        self._execute("DROP TABLE unheard")

    def _move(self) -> None:
        """Set aside the people whose numbers are in `moved_rows`."""
        if not self._rows("SELECT 1 FROM moved_rows LIMIT 1"):
            return
        self._execute(_MOVE, self._source)
        self._execute("DELETE FROM stage.subscribers WHERE id IN (SELECT id FROM moved_rows)")
        self._execute("DELETE FROM moved_rows")

    def _execute(self, statement: str, *values: object) -> None:
        self._driver.execute(statement, values).close()

    def _row(self, query: str) -> tuple[Any, ...]:
        return self._rows(query)[0]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._driver.execute(query, values).fetchall()
        return rows


@contextmanager
def open_stage(
    connection: Connection, database: Path, *, at: datetime, source: str
) -> Iterator[ImportStage]:
    """Open a stage in a new file beside `database`, for a connection outside of a transaction.

    The people are created at `at`, and `source` is for those who have none in the file. The file
    is removed at the end, and the connection is not used again.
    """
    with _new_file(database) as path, _attached(connection, path):
        yield ImportStage(connection, at=at, source=source)


@contextmanager
def _new_file(database: Path) -> Iterator[Path]:
    """Create a file beside a database that only this user may read; remove it at the end."""
    path = database.with_name(f"{database.name}{_MARK}{randomness.token_hex(6)}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        _remove(path)


@contextmanager
def _attached(connection: Connection, path: Path) -> Iterator[None]:
    """Attach a file as the schema `stage`. The connection is closed at the end."""
    try:
        driver: Any = connection.connection.driver_connection
        driver.execute("ATTACH ? AS stage", (str(path),)).close()
        for setting in (
            # It is nothing without this process: no flush to the disk, and its lock is kept.
            "stage.locking_mode = EXCLUSIVE",
            "stage.journal_mode = TRUNCATE",
            "stage.synchronous = OFF",
            f"stage.cache_size = -{page_cache.LARGE}",
            # Of what is sorted to build the indexes.
            f"main.cache_size = -{page_cache.LARGE}",
        ):
            driver.execute(f"PRAGMA {setting}").close()
        yield
    finally:
        # Not given back to the pool: the next user finds no second database.
        connection.detach()
        connection.close()


def _in_stage(statement: str) -> str:
    """Return the statement that makes a table, or an index, in the staging file."""
    pattern = r'^CREATE (TABLE|INDEX|UNIQUE INDEX) ("?\w+"?)'
    return re.sub(pattern, r"CREATE \1 stage.\2", statement, count=1)


def _name_of(index: str) -> str:
    """Return the name of an index, by the statement that makes it."""
    match = re.match(r'CREATE (?:UNIQUE )?INDEX "?(\w+)"?', index)
    assert match is not None  # noqa: S101  # SQLite stores it so
    return match[1]


def _is_in_use(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False


def _remove(path: Path) -> None:
    for end in (*_BESIDE, ""):
        with suppress(OSError):
            path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
