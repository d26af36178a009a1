"""Group commit: writes that share a commit stay atomic and independent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.group_commit import GroupCommit


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Engine:
    engine = open_engine(database_url, tmp_path)
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE step (number INTEGER PRIMARY KEY)"))
    return engine


def step(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO step VALUES (:number)"), {"number": number})
    return number


def steps(engine: Engine) -> list[int]:
    with snapshot(engine) as connection:
        return list(connection.scalars(text("SELECT number FROM step ORDER BY number")))


def test_every_caller_gets_its_own_result_and_every_write_is_stored(engine: Engine) -> None:
    together = GroupCommit(engine)
    with ThreadPoolExecutor(16) as pool:
        results = list(
            pool.map(lambda n: together.write(lambda connection: step(connection, n)), range(200))
        )
    assert results == list(range(200))
    assert steps(engine) == list(range(200))
    engine.dispose()


def test_a_failing_write_fails_alone(engine: Engine) -> None:
    together = GroupCommit(engine)
    together.write(lambda connection: step(connection, 3))
    ready = threading.Barrier(8)

    def write(number: int) -> str:
        ready.wait()
        try:
            together.write(lambda connection: step(connection, number))
        except IntegrityError:
            return "refused"
        return "written"

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(write, range(8)))
    assert values == ["written"] * 3 + ["refused"] + ["written"] * 4
    assert steps(engine) == list(range(8))
    engine.dispose()
