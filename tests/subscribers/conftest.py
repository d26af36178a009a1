from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from subscribers import storage
from subscribers.models import ImportReport
from subscribers.transfer.importing import import_csv

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECRETS = ("a new secret of good length", "an old secret of good length")
Importer = Callable[..., ImportReport]


def create_prepared_engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    engine = create_prepared_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    storage.migrate(empty_engine)
    return empty_engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def secrets() -> tuple[str, ...]:
    return SECRETS


@pytest.fixture
def load(engine: Engine) -> Importer:
    """Import a text or bytes in a separate transaction."""

    def load(content: str | bytes, **options: Any) -> ImportReport:
        raw = content.encode() if isinstance(content, str) else content
        settings: dict[str, Any] = {"skip_bad": False, "source": "import", "now": NOW}
        with engine.begin() as connection:
            return import_csv(
                connection, io.BytesIO(raw), **{**settings, "secrets": SECRETS, **options}
            )

    return load


@pytest.fixture
def listed(engine: Engine) -> Callable[[], dict[str, str]]:
    """Return the whole list, from address to status."""

    def list_statuses() -> dict[str, str]:
        with engine.begin() as connection:
            return {
                person.address: person.status
                for page in storage.all_pages(connection)
                for person in page
            }

    return list_statuses
