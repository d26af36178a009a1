"""The schema that migrations create, as strict as the tables declare."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from newsletter.errors import NewsletterError, SettingsError
from newsletter.storage import feeds
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.tables import metadata


def test_migrations_make_exactly_the_tables_the_program_uses(
    database_url: str, tmp_path: Path
) -> None:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "newsletter_version"}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_changes_nothing(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    with transaction(engine) as connection:
        feeds.ensure_feed(connection, "https://trails.example/feed/")
    migrate(engine)
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed")) == 1
    engine.dispose()


def test_a_commit_is_on_disk(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///newsletter.db", tmp_path)
    with snapshot(engine) as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_a_failed_transaction_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    with pytest.raises(RuntimeError):
        _pull_the_plug_while_writing(engine)
    with snapshot(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM feed")) == 0
    engine.dispose()


def _pull_the_plug_while_writing(engine: Engine) -> None:
    with transaction(engine) as connection:
        feeds.ensure_feed(connection, "https://trails.example/feed/")
        raise RuntimeError("the plug was pulled")


@pytest.mark.parametrize("url", ["not a database", "mysql://localhost/x"])
def test_an_unusable_database_is_refused_with_a_clear_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="database"):
        open_engine(url, tmp_path)


def test_a_database_file_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    engine = open_engine("sqlite:///no/such/folder/newsletter.db", tmp_path)
    with pytest.raises(NewsletterError, match="cannot be used"), snapshot(engine):
        pass
    engine.dispose()
