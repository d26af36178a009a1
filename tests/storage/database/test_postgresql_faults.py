"""Faults of a PostgreSQL server: each gives a clear error and loses nothing."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, insert, text

from newsletter.errors import StorageError
from newsletter.storage.database import postgresql as ours
from newsletter.storage.database.engine import open_engine, retry_transaction, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.tables import feed
from tests.support import postgresql
from tests.support.postgresql import PostgreSQL


@pytest.fixture
def own_server() -> Iterator[PostgreSQL]:
    """A server that a test may stop."""
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as folder,
        postgresql.run_server(Path(folder)) as server,
    ):
        yield server


@pytest.fixture
def engine(postgresql_server: PostgreSQL, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(postgresql_server.new_database(), tmp_path)
    migrate(engine)
    yield engine
    engine.dispose()


def trouble(url: str, folder: Path) -> StorageError:
    engine = open_engine(url, folder)
    with pytest.raises(StorageError) as raised, snapshot(engine):
        pass
    engine.dispose()
    return raised.value


def test_a_missing_database_is_reported(postgresql_server: PostgreSQL, tmp_path: Path) -> None:
    error = trouble(postgresql_server.url("nowhere"), tmp_path)
    assert str(error) == (
        'The database is not there: database "nowhere" does not exist. '
        "Make it with `createdb`, or correct the name in [database] url."
    )
    assert not error.passing


def test_a_wrong_password_is_not_printed(postgresql_server: PostgreSQL, tmp_path: Path) -> None:
    rules = Path(postgresql_server.server.pgdata) / "pg_hba.conf"
    before = rules.read_text("utf-8")
    rules.write_text(f"local all guest scram-sha-256\n{before}", "utf-8")
    postgresql_server.command("CREATE ROLE guest LOGIN PASSWORD 'right'")
    postgresql_server.command("SELECT pg_reload_conf()")
    error = trouble(postgresql_server.url("postgres", "guest", "wr0ng"), tmp_path)
    rules.write_text(before, "utf-8")
    assert str(error).startswith("The database server does not let us in: password")
    assert "wr0ng" not in str(error)


def test_a_server_that_is_down_is_reported(own_server: PostgreSQL, tmp_path: Path) -> None:
    url = own_server.new_database()
    own_server.stop()
    error = trouble(url, tmp_path)
    own_server.start()
    assert str(error).startswith("The database server cannot be reached: ")
    assert "[database] url" in error.cure
    assert error.passing


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name_is_refused(
    postgresql_server: PostgreSQL, tmp_path: Path, encoding: str
) -> None:
    name = encoding.lower()
    postgresql_server.command(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
    )
    error = trouble(postgresql_server.url(name), tmp_path)
    assert str(error).startswith(f"The database's encoding is {encoding}, which cannot hold")
    assert "createdb --encoding=UTF8" in error.cure


def test_a_server_that_takes_no_writes_is_named_in_one_sentence(engine: Engine) -> None:
    def write(connection: Connection) -> None:
        connection.execute(insert(feed).values(url="https://trails.example", **_FEED))

    for work in (write, ours.require_writable):
        with pytest.raises(StorageError, match="The database server only reads"):
            _work_read_only(engine, work)


def _work_read_only(engine: Engine, work: Callable[[Connection], None]) -> None:
    with transaction(engine) as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        work(connection)


def test_a_database_address_may_begin_with_postgres(
    postgresql_server: PostgreSQL, tmp_path: Path
) -> None:
    url = postgresql_server.new_database()
    engine = open_engine(url.replace("postgresql+psycopg", "postgres"), tmp_path)
    ours.require_sessions(engine)
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_server_that_is_too_old_is_refused_before_anything_is_changed(
    postgresql_server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "OLDEST", (99,))
    error = trouble(postgresql_server.new_database(), tmp_path)
    assert "which is too old. Use version 99 or newer" in str(error)


def test_a_restart_between_two_transactions_is_not_noticed(
    own_server: PostgreSQL, tmp_path: Path
) -> None:
    engine = open_engine(own_server.new_database(), tmp_path)
    migrate(engine)
    own_server.stop()
    own_server.start()
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed")) == 0
    engine.dispose()


def test_a_restart_during_a_transaction_rolls_it_back_and_is_reported(
    own_server: PostgreSQL, tmp_path: Path
) -> None:
    engine = open_engine(own_server.new_database(), tmp_path)
    migrate(engine)
    with pytest.raises(StorageError, match="The connection to the database was lost"):
        _restart_amid(engine, own_server)
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed")) == 0
    engine.dispose()


def _restart_amid(engine: Engine, server: PostgreSQL) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(feed).values(url="https://trails.example", **_FEED))
        server.stop()
        server.start()
        connection.execute(text("SELECT 1"))


def test_a_restart_during_a_copy_is_reported_the_same_way(
    own_server: PostgreSQL, tmp_path: Path
) -> None:
    engine = open_engine(own_server.new_database(), tmp_path)
    migrate(engine)
    with pytest.raises(StorageError, match="The connection to the database was lost"):
        _copy_amid(engine, own_server)
    engine.dispose()


def _copy_amid(engine: Engine, server: PostgreSQL) -> None:
    with transaction(engine) as connection:
        connection.execute(text("CREATE TEMPORARY TABLE stage (line text)"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor().copy("COPY stage FROM STDIN") as copy:
            server.stop()
            server.start()
            for _ in range(1_000):
                copy.write("x" * 10_000 + "\n")


def test_retried_writes_are_stored_once_the_server_is_back(
    own_server: PostgreSQL, tmp_path: Path
) -> None:
    engine = open_engine(own_server.new_database(), tmp_path)
    migrate(engine)
    own_server.stop()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            own_server.start()

    retry_transaction(
        engine,
        lambda connection: connection.execute(
            insert(feed).values(url="https://trails.example", **_FEED)
        ),
        wait=wait,
    )
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed")) == 1
    assert len(waits) == 3
    engine.dispose()


def test_of_two_conflicting_transactions_one_is_retried_and_both_are_done(engine: Engine) -> None:
    with transaction(engine) as connection:
        for name in ("a", "b"):
            connection.execute(insert(feed).values(url=name, **_FEED))
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def touch(first: str, second: str) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            _touch(connection, first)
            if tries.count(first) == 1:
                both_hold_one.wait()
            _touch(connection, second)

        retry_transaction(engine, work, shared=True)

    threads = [threading.Thread(target=touch, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT sum(failures) FROM feed")) == 4
    # The cancelled one may lock its row again before the other wakes up, and so meet it again.
    assert len(tries) > 2


def _touch(connection: Connection, url: str) -> None:
    connection.execute(
        text("UPDATE feed SET failures = failures + 1 WHERE url = :url"), {"url": url}
    )


_FEED = {
    "title": "",
    "site_url": "",
    "etag": "",
    "last_modified": "",
    "failures": 0,
    "state": "active",
    "moved_to": "",
    "sightings": 0,
    "trouble": "",
    "body_hash": "",
    "marks": [],
}
