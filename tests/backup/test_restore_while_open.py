"""A backup is put back while the site or the desk has the database open."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.backup.back_up import back_up
from newsletter.backup.restore import restore
from newsletter.context import Context
from newsletter.errors import DatabaseMissing, StorageError
from newsletter.storage.database.engine import retry_transaction, snapshot
from newsletter.storage.database.replaced_file import hold_writers
from subscribers import storage as people
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import subscribe


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
