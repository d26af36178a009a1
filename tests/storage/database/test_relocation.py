"""Rows go from one database to another and are the same there; what is left behind is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, null, select, text, update

from newsletter.errors import StorageError
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.database.relocation import (
    all_tables,
    copy_rows,
    digest_rows,
    empty_tables,
    refuse_changes,
)
from newsletter.storage.tables import event, feed, picture, post
from subscribers import storage as people
from subscribers.storage.tables import consents, subscribers
from tests.support.postgresql import PostgreSQL

NOW = dt.datetime(2026, 11, 29, 14, 0, 0, 123456, tzinfo=dt.UTC)
TABLES = all_tables(people.metadata)


@pytest.fixture
def engines(tmp_path: Path, postgresql_server: PostgreSQL) -> Iterator[dict[str, Engine]]:
    with postgresql_server.borrow_database() as url:
        pair = {
            "sqlite": open_engine("sqlite:///one.db", tmp_path),
            "postgresql": open_engine(url, tmp_path),
        }
        for engine in pair.values():
            migrate(engine)
            with transaction(engine) as connection:
                people.migrate(connection)
        yield pair
        for engine in pair.values():
            engine.dispose()


def fill(connection: Connection) -> None:
    """Store rows with everything that the two databases write differently."""
    connection.execute(
        insert(feed).values(id=7, url="https://blog.example/feed/", marks=[["a", 1]])
    )
    for number, image in ((3, null()), (4, None), (5, {"url": "https://x.example/ü.jpg"})):
        connection.execute(
            insert(post).values(
                id=number,
                feed_id=7,
                guid=f"{number}",
                url="",
                fingerprint="",
                title="Nul \0, emoji \N{RUNNER}, \\u0000",
                author="",
                published=NOW,
                html="<p>x</p>",
                excerpt="",
                image=image,
                categories=["ä", "z\0"],
                comments_url="",
                reading_minutes=1,
                protected=number == 4,
                state="waiting",
                reason="",
            )
        )
    for name in ("b", "B", "ä", "a-", "a_"):
        connection.execute(insert(picture).values(name=name, body=b"\0\xff" + name.encode()))
    for number in (2, 9):
        connection.execute(
            insert(subscribers).values(
                id=number,
                address=f"{number}@x.example",
                address_key=f"{number}@x.example",
                status="active",
                created_at=NOW,
            )
        )
        connection.execute(
            insert(consents).values(subscriber_id=number, event="added", at=NOW, actor="author")
        )


@pytest.mark.parametrize("first", ["sqlite", "postgresql"])
def test_every_row_is_the_same_on_the_other_side(engines: dict[str, Engine], first: str) -> None:
    source, target = engines[first], engines[{"sqlite": "postgresql"}.get(first, "sqlite")]
    with transaction(source) as connection:
        fill(connection)

    with snapshot(source) as before, transaction(target) as after:
        empty_tables(after, TABLES)
        copy_rows(before, after, TABLES)
        digests = digest_rows(before, TABLES)
        assert digest_rows(after, TABLES) == digests

    assert (digests["post"].rows, digests["picture"].rows, digests["identity"].rows) == (3, 5, 1)
    with transaction(target) as connection:
        assert people.highest_number(connection) == 9
        images = connection.execute(text("SELECT image IS NULL FROM post ORDER BY id")).scalars()
        assert [bool(image) for image in images] == [True, False, False]
        # A new row has a new number on either database.
        connection.execute(insert(event).values(dedup_key="x", kind="x", at=NOW))
        connection.execute(
            insert(consents).values(subscriber_id=2, event="left", at=NOW, actor="author")
        )
        assert connection.scalar(select(picture.c.body).where(picture.c.name == "B")) == b"\0\xffB"
        changed = digest_rows(connection, TABLES)
    assert changed["consents"].rows == 3
    assert {name for name in digests if changed[name] != digests[name]} == {"consents", "event"}


def test_one_changed_byte_is_seen(engines: dict[str, Engine]) -> None:
    with transaction(engines["sqlite"]) as connection:
        fill(connection)
        before = digest_rows(connection, TABLES)
        connection.execute(update(picture).where(picture.c.name == "b").values(body=b"\0\xfeb"))
        after = digest_rows(connection, TABLES)
    assert {name for name in before if after[name] != before[name]} == {"picture"}


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_what_is_left_behind_takes_no_row_from_anybody(
    engines: dict[str, Engine], name: str
) -> None:
    engine = engines[name]
    with transaction(engine) as connection:
        fill(connection)
        refuse_changes(connection, TABLES)
        refuse_changes(connection, TABLES)

    for statement in (
        insert(event).values(dedup_key="x", kind="x", at=NOW),
        update(subscribers).values(status="unsubscribed"),
        picture.delete(),
    ):
        with pytest.raises(StorageError, match="moved to another database"):
            change(engine, statement)
    with snapshot(engine) as connection:
        assert connection.scalar(select(picture.c.name).limit(1))


def change(engine: Engine, statement: object) -> None:
    with transaction(engine) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # any statement


def test_emptied_postgresql_takes_rows_again(engines: dict[str, Engine]) -> None:
    engine = engines["postgresql"]
    with transaction(engine) as connection:
        fill(connection)
        refuse_changes(connection, TABLES)
    with transaction(engine) as connection:
        empty_tables(connection, TABLES)
        fill(connection)
        assert digest_rows(connection, TABLES)["post"].rows == 3


def test_a_value_that_does_not_fit_is_told_with_its_table(engines: dict[str, Engine]) -> None:
    with transaction(engines["sqlite"]) as connection:
        connection.execute(insert(event).values(dedup_key="x" * 300, kind="x", at=NOW))
    with (
        snapshot(engines["sqlite"]) as before,
        pytest.raises(StorageError, match="table `event` does not fit"),
        transaction(engines["postgresql"]) as after,
    ):
        copy_rows(before, after, [event])
