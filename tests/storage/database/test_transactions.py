"""Write transactions run one at a time: what one reads is still true when it writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.errors import Busy
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import add_schema, migrate
from newsletter.storage.database.postgresql import RunLock
from tests.support.postgresql import PostgreSQL


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE tally (number INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES (0)"))
    yield engine
    engine.dispose()


def test_concurrent_read_and_write_transactions_lose_nothing(engine: Engine) -> None:
    def count() -> None:
        for _ in range(25):
            with transaction(engine) as connection:
                result = connection.scalar(text("SELECT number FROM tally"))
                connection.execute(text("UPDATE tally SET number = :n"), {"n": (result or 0) + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT number FROM tally")) == 100


def test_garbled_text_is_stored_on_both_databases(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE said (words TEXT)"))
        connection.execute(text("INSERT INTO said VALUES (:words)"), {"words": "a\0ß"})
    with snapshot(engine) as connection:
        outcome = str(connection.scalar(text("SELECT words FROM said")))
    assert (outcome[0], outcome[-1]) == ("a", "ß")


def test_two_commands_create_the_tables_once(database_url: str, tmp_path: Path) -> None:
    engines = [open_engine(database_url, tmp_path) for _ in range(4)]
    errors: list[BaseException] = []

    def make(engine: Engine) -> None:
        try:
            migrate(engine)
        except BaseException as error:  # noqa: BLE001  # re-raised in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=make, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    assert errors == []


def test_of_two_first_workers_one_creates_the_schema_and_the_other_uses_it(
    postgresql_server: PostgreSQL, tmp_path: Path
) -> None:
    url = postgresql_server.new_database()
    first, second = open_engine(url, tmp_path), open_engine(url, tmp_path)
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    errors: list[BaseException] = []

    def come_second() -> None:
        try:
            add_schema(second, "jobs", "CREATE TABLE job (id integer)")
        except BaseException as error:  # noqa: BLE001  # re-raised in the test's own thread
            errors.append(error)

    thread = threading.Thread(target=come_second)
    with transaction(first) as connection:
        thread.start()
        while not connection.scalar(waiting):
            time.sleep(0.01)
        connection.execute(text("CREATE SCHEMA jobs"))
    thread.join()
    for engine in (first, second):
        engine.dispose()
    assert errors == []


def test_a_snapshot_sees_one_state_however_long_it_takes(engine: Engine) -> None:
    with snapshot(engine) as connection:
        before = connection.scalar(text("SELECT number FROM tally"))
        with transaction(engine) as other:
            other.execute(text("UPDATE tally SET number = 7"))
        assert connection.scalar(text("SELECT number FROM tally")) == before


@pytest.fixture
def two_machines(postgresql_server: PostgreSQL, tmp_path: Path) -> Iterator[list[Engine]]:
    url = postgresql_server.new_database()
    engines = [open_engine(url, tmp_path) for _ in range(2)]
    yield engines
    for engine in engines:
        engine.dispose()


def test_of_two_machines_one_gets_the_run_lock(two_machines: list[Engine]) -> None:
    here, there = map(RunLock, two_machines)
    with here.held(), pytest.raises(Busy, match="Another run is at work"), there.held():
        pass
    with there.held():
        pass


def test_the_run_lock_is_reentrant(two_machines: list[Engine]) -> None:
    here, there = map(RunLock, two_machines)
    with here.held():
        with here.held():
            pass
        with pytest.raises(Busy), there.held():
            pass


def test_a_run_whose_connection_died_holds_no_lock(two_machines: list[Engine]) -> None:
    here, there = map(RunLock, two_machines)
    turns: list[str] = []
    with here.held():
        with transaction(two_machines[1]) as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
            )
        with there.held():
            turns.append("there")
    with here.held():
        turns.append("here")
    assert turns == ["there", "here"]
