"""Vacuum removes erased data from the files, waits for readers, and is free when not needed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, event, text

from newsletter.storage.database import vacuum
from newsletter.storage.database.engine import open_engine, transaction
from newsletter.subscriptions.erase import erase, vacuum_erased
from tests.support.newsletter_folder import create_newsletter, subscribe


def test_while_a_reader_is_active_each_attempt_leaves_the_log_unchanged(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///newsletter.db", tmp_path)
    log = tmp_path / "newsletter.db-wal"
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE filler AS SELECT randomblob(2000000) AS bytes"))
    with closing(sqlite3.connect(tmp_path / "newsletter.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM filler").fetchone()
        with transaction(engine) as connection:
            connection.execute(text("DELETE FROM filler"))
        before = log.stat().st_size
        assert [vacuum.vacuum(engine, patience=0.05) for _ in range(3)] == ["busy"] * 3
        assert log.stat().st_size == before
    assert vacuum.vacuum(engine) == "clean"
    # The last connection removes the write-ahead log when it closes.
    assert not log.exists()
    assert (tmp_path / "newsletter.db").stat().st_size < 100_000
    engine.dispose()


def statements_of(engine: Engine) -> list[str]:
    """Return the list of what SQLite executes on connections that are opened from now on."""
    statements: list[str] = []

    @event.listens_for(engine, "connect")
    def trace(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(statements.append)

    return statements


def test_a_database_is_rewritten_once_though_its_log_stays_in_use(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    address = "ann@example.com"
    subscribe(context, address)
    context.engine.dispose()
    statements = statements_of(context.engine)
    erase(context, address, by="author")
    with closing(sqlite3.connect(context.folder / "newsletter.db")) as reader:
        # It begins to read while the database is rewritten, when no log is in use yet.
        @event.listens_for(context.engine, "connect")
        def look(connection: sqlite3.Connection, _record: object) -> None:
            def begin() -> int:
                if statements[-1:] == ["VACUUM"] and not reader.in_transaction:
                    reader.execute("BEGIN")
                    reader.execute("SELECT count(*) FROM subscribers").fetchone()
                return 0

            connection.set_progress_handler(begin, 1)

        context.engine.dispose()
        assert not vacuum_erased(context)
        assert not vacuum_erased(context)
        assert statements.count("VACUUM") == 1
    assert vacuum_erased(context)
    assert statements.count("VACUUM") == 1
    for path in context.folder.glob("newsletter.db*"):
        assert address.encode() not in path.read_bytes()
    context.engine.dispose()


def test_who_is_erased_during_a_vacuum_is_in_need_of_another(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    with transaction(context.engine) as connection:
        vacuum.request(connection, context.clock())
        first = vacuum.find_request(connection)
        vacuum.request(connection, context.clock())
        assert first is not None
        vacuum.settle(connection, first, "clean")
        second = vacuum.find_request(connection)
        assert second is not None
        assert not second.rewritten
        vacuum.settle(connection, second, "clean")
        assert vacuum.find_request(connection) is None
    context.engine.dispose()
