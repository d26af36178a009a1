"""SQLite's page cache is large for a while, and then as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from subscribers.models import ImportReport
from subscribers.storage.page_cache import enlarge_page_cache


@pytest.fixture
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def cache_size(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())


def statements_of(engine: Engine) -> list[str]:
    """Return a list to which each statement is appended from now on."""
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        statements.append(statement)

    return statements


def test_the_cache_is_large_in_the_block_alone(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        usual = cache_size(connection)
        with enlarge_page_cache(connection):
            assert cache_size(connection) == -24_000
        assert cache_size(connection) == usual


def test_it_is_as_before_after_a_block_that_fails(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        usual = cache_size(connection)
        with pytest.raises(ValueError, match="no"), enlarge_page_cache(connection):
            raise ValueError("no")
        assert cache_size(connection) == usual


def test_only_sqlite_is_asked(engine: Engine, load: Callable[..., ImportReport]) -> None:
    statements = statements_of(engine)
    load("email\nida@example.com\n")
    settings = [one.partition("=")[0].strip() for one in statements if "cache_size" in one]
    is_sqlite = engine.dialect.name == "sqlite"
    assert settings == ["PRAGMA cache_size"] * (3 if is_sqlite else 0)
