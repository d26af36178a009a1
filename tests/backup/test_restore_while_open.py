"""A backup is put back while the site or the desk has the database open."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.backup.back_up import back_up
from newsletter.backup.departures import Departures, carry_departures
from newsletter.backup.finish_restore import finish_restore
from newsletter.backup.restore import restore
from newsletter.context import Context
from newsletter.errors import DatabaseMissing, StorageError
from newsletter.storage.database.engine import retry_transaction, snapshot
from newsletter.storage.database.replaced_file import hold_writers
from subscribers import storage as people
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import subscribe
from tests.support.postgresql import PostgreSQL

RESTORE = "newsletter.backup.restore"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A newsletter whose database stays open, as that of a site."""
    context = create_outbox_newsletter(tmp_path / "newsletter")
    yield context
    context.engine.dispose()


@pytest.fixture
def backup(context: Context, tmp_path: Path) -> Path:
    return back_up(context, tmp_path / "b.tar.gz", {}).path


def put_back(backup: Path, folder: Path) -> Path:
    """Put a backup back; return the folder of what was replaced."""
    result = restore(backup, folder, {}, now=dt.datetime.now(dt.UTC), over_newer=True)
    assert result.kept is not None
    return result.kept


def addresses(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {address for (address,) in connection.execute("SELECT address FROM subscribers")}


def test_who_signs_up_afterwards_is_in_the_database_that_was_put_back(
    context: Context, backup: Path
) -> None:
    subscribe(context, "before@example.org")
    kept = put_back(backup, context.folder)
    subscribe(context, "after@example.org")

    here, there = addresses(context.folder / "newsletter.db"), addresses(kept / "newsletter.db")
    assert "before@example.org" in there - here
    assert "after@example.org" in here - there
    with snapshot(context.engine) as connection:
        assert sum(people.count_by_status(connection).values()) == len(here)


def test_who_signs_up_meanwhile_waits(context: Context) -> None:
    database = context.folder / "newsletter.db"
    waiting = threading.Thread(target=subscribe, args=(context, "during@example.org"))
    with hold_writers(database):
        waiting.start()
        assert "during@example.org" not in addresses(database)
    waiting.join()

    assert "during@example.org" in addresses(database)


def test_who_signs_up_meanwhile_on_postgresql_is_in_what_was_put_back(
    tmp_path: Path, postgresql_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql_server.borrow_database() as url:
        context = create_outbox_newsletter(tmp_path / "newsletter", database_url=url)
        backup = back_up(context, tmp_path / "b.tar.gz", {}).path
        subscribe(context, "before@example.org")
        signing_up = threading.Thread(target=subscribe, args=(context, "during@example.org"))

        def sign_up_and_carry(*words: Any, **options: Any) -> Departures:
            signing_up.start()
            while signing_up.is_alive() and not is_somebody_waiting(context):
                time.sleep(0.01)
            return carry_departures(*words, **options)

        monkeypatch.setattr(f"{RESTORE}.carry_departures", sign_up_and_carry)
        kept = put_back(backup, context.folder)
        signing_up.join()

        is_on_the_list = is_known(context, "during@example.org")
        context.engine.dispose()
    assert is_on_the_list
    assert "before@example.org" in addresses(kept / "newsletter.db")


def test_who_signs_up_before_an_interrupted_restore_is_ended_is_kept_on_postgresql(
    tmp_path: Path, postgresql_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql_server.borrow_database() as url:
        context = create_outbox_newsletter(tmp_path / "newsletter", database_url=url)
        backup = back_up(context, tmp_path / "b.tar.gz", {}).path
        with monkeypatch.context() as broken:
            broken.setattr(f"{RESTORE}.put_in_place", interrupt)
            with pytest.raises(KeyboardInterrupt):
                put_back(backup, context.folder)
        subscribe(context, "between@example.org")
        finish_restore(context.folder)

        (kept,) = context.folder.glob("before-restore-*")
        is_on_the_list = is_known(context, "between@example.org")
        context.engine.dispose()
    assert not is_on_the_list
    assert "between@example.org" in addresses(kept / "newsletter.db-2")


def is_known(context: Context, address: str) -> bool:
    with snapshot(context.engine) as connection:
        return people.find_by_address(connection, address) is not None


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def is_somebody_waiting(context: Context) -> bool:
    """Whether a connection waits for the lock of those who write."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with context.engine.connect() as connection:
        return bool(connection.scalar(waiting))


def test_what_waited_for_the_old_file_is_not_written_to_it(context: Context, backup: Path) -> None:
    writing = context.engine.execution_options(happy_trails_write=True)
    with writing.connect() as connection:
        put_back(backup, context.folder)
        with pytest.raises(StorageError, match="was just replaced by another copy") as refusal:
            connection.begin()
    assert refusal.value.passing, "so it is done again"

    retry_transaction(context.engine, people.highest_number)


def test_a_file_that_vanished_takes_nothing_any_more(context: Context) -> None:
    (context.folder / "newsletter.db").unlink()

    with pytest.raises(DatabaseMissing, match="is gone"):
        subscribe(context, "lost@example.org")


def test_another_program_that_does_not_end_its_writing_is_waited_for_in_vain(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = context.folder / "newsletter.db"
    connect = sqlite3.connect
    with closing(connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **(k | {"timeout": 0})))
        with pytest.raises(StorageError, match="in use by another"), hold_writers(database):
            raise AssertionError("it was not held")
