"""Every schema that was released is brought to today's, with a copy of the database kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.app import open_newsletter
from newsletter.backup.upgrade import Upgrade, upgrade_newsletter
from newsletter.errors import StorageError
from newsletter.storage import editions, issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import HEAD, stored_version
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.transitions import deliveries_in_status
from newsletter.subscriptions.erase import erase, vacuum_erased
from subscribers import storage as people
from tests.storage.released.schemas import known_steps, make_released
from tests.support.newsletter_folder import create_newsletter
from tests.support.program import Program

REVISIONS = [revision for lineage, revision in known_steps("sqlite") if lineage == "newsletter"]
LISTS = [revision for lineage, revision in known_steps("sqlite") if lineage == "subscribers"]
# Each of the list's revisions comes with some of the newsletter's.
VERSIONS = [
    (revision, LISTS[place * len(LISTS) // len(REVISIONS)])
    for place, revision in enumerate(REVISIONS)
]


@pytest.fixture
def folder(tmp_path: Path, database_url: str) -> Path:
    """A newsletter folder whose database is still empty."""
    create_newsletter(tmp_path / "newsletter").engine.dispose()
    folder = tmp_path / "newsletter"
    (folder / "newsletter.db").unlink()
    settings = folder / "newsletter.toml"
    words = f'{settings.read_text("utf-8")}[database]\nurl = "{database_url}"\n'
    settings.write_text(words, "utf-8")
    return folder


@contextmanager
def opened(url: str, folder: Path, *, make: bool = False) -> Iterator[Engine]:
    engine = open_engine(url, folder, make=make)
    yield engine
    engine.dispose()


def release(url: str, folder: Path, newsletter: str, subscribers: str) -> None:
    with opened(url, folder, make=True) as engine, transaction(engine) as connection:
        make_released(connection, newsletter=newsletter, subscribers=subscribers)


@pytest.mark.parametrize(("newsletter", "subscribers"), VERSIONS)
def test_a_released_database_goes_on_and_a_copy_is_kept(
    folder: Path, database_url: str, newsletter: str, subscribers: str
) -> None:
    release(database_url, folder, newsletter, subscribers)

    context = open_newsletter(folder, {})

    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, 1)
        assert issue is not None
        assert (issue.subject, issue.status) == ("Mud", "sending")
        assert editions.editions_of(connection, issue)[0].key == "south"
        pending = deliveries_in_status(connection, 1, ("pending",))
        assert pending == ((7, "sue@example.com"),)
        assert deliveries.figures(connection, issue.id).pending == 1
        reader = people.require_by_address(connection, "sue@example.com")
        assert (reader.id, reader.name, reader.status) == (7, "Sue", "active")
        assert people.newest_entry(connection) == 1
        assert people.highest_number(connection) == 7
        assert stored_version(connection) == HEAD
    context.engine.dispose()
    if (newsletter, subscribers) == (HEAD, people.HEAD):
        assert not list(folder.glob("before-*"))
        return
    copy = folder / f"before-{newsletter}.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with opened(f"sqlite:///{copy}", folder) as engine, snapshot(engine) as connection:
        assert stored_version(connection) == newsletter
        assert people.stored_version(connection) == subscribers
        kept = connection.execute(text("SELECT address, name FROM subscribers")).one()
        assert tuple(kept) == ("Sue@example.com", "Sue")
        assert connection.scalar(text("SELECT subject FROM issue")) == "Mud"
        frozen_at = connection.scalar(text("SELECT frozen_at FROM issue"))
        assert str(frozen_at).startswith("2026-11-29 14:00:00")


def test_the_copy_of_before_opens_as_a_newsletter_and_only_the_newest_stays(
    folder: Path, database_url: str
) -> None:
    release(database_url, folder, "0009", "0004")
    older = folder / "before-0003.db"
    older.write_text("older", "utf-8")

    result = upgrade_newsletter(folder, {})

    assert isinstance(result, Upgrade)
    assert (result.before, result.copy.name) == (("0009", "0004"), "before-0009.db")
    assert [path.name for path in folder.glob("before-*")] == ["before-0009.db"]
    assert upgrade_newsletter(folder, {}) is None
    again = open_newsletter(folder, {"NEWSLETTER_DATABASE_URL": "sqlite:///before-0009.db"})
    with snapshot(again.engine) as connection:
        assert people.require_by_address(connection, "sue@example.com").id == 7
    again.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_erased_reader_is_in_no_copy(folder: Path, database_url: str) -> None:
    release(database_url, folder, "0009", "0004")
    context = open_newsletter(folder, {})
    assert list(folder.glob("before-*"))

    erase(context, "sue@example.com", by="author")
    assert vacuum_erased(context)

    assert not list(folder.glob("before-*"))
    context.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_copy_nothing_is_migrated(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(database_url, folder, "0009", "0004")

    def fail(*_arguments: object) -> None:
        raise StorageError("The database cannot be used: database or disk is full.")

    with monkeypatch.context() as disk:
        disk.setattr("newsletter.backup.upgrade.copy_file", fail)
        with pytest.raises(StorageError, match="full"):
            open_newsletter(folder, {})
    with opened(database_url, folder) as engine, snapshot(engine) as connection:
        assert stored_version(connection) == "0009"
    assert not list(folder.glob("before-*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_upgrade_that_is_killed_is_done_by_the_next_command(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(database_url, folder, "0009", "0004")

    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    for step in ("_keep", "migrate_all"):
        with monkeypatch.context() as power:
            power.setattr(f"newsletter.backup.upgrade.{step}", stop)
            with pytest.raises(KeyboardInterrupt):
                open_newsletter(folder, {})
    context = open_newsletter(folder, {})
    context.engine.dispose()
    assert [path.name for path in folder.glob("before-*")] == ["before-0009.db"]


def test_a_newer_database_is_refused_in_a_sentence(folder: Path, database_url: str) -> None:
    release(database_url, folder, REVISIONS[-1], LISTS[-1])
    for table in ("newsletter_version", "subscribers_version"):
        with opened(database_url, folder) as engine, transaction(engine) as connection:
            before = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608  # our own names
            connection.execute(text(f"UPDATE {table} SET version_num = '9999'"))  # noqa: S608  # our own names
        with pytest.raises(Exception, match=r"[Nn]ewer") as refused:
            open_newsletter(folder, {})
        assert "nstall the new" in str(refused.value)
        with opened(database_url, folder) as engine, transaction(engine) as connection:
            connection.execute(text(f"UPDATE {table} SET version_num = '{before}'"))  # noqa: S608  # our own names
    assert not list(folder.glob("before-*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_it_did(folder: Path, database_url: str) -> None:
    release(database_url, folder, "0012", "0005")
    program = Program(folder)

    done = program("upgrade")
    assert done.code == 0, done
    assert "from version 0012/0005" in done.out
    assert "before-0012.db" in done.out
    again = program("upgrade", "--json")
    assert again.json == {"upgraded": False, "copy": None}


def test_the_first_database_needs_no_copy(tmp_path: Path, database_url: str) -> None:
    context = create_newsletter(tmp_path / "newsletter", database_url=database_url)
    context.engine.dispose()
    assert not list(context.folder.glob("before-*"))
    assert upgrade_newsletter(context.folder, {}) is None
