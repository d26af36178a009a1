"""A long file is staged beside the database; what comes of it is the same as without."""

from __future__ import annotations

import io
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from subscribers import storage
from subscribers.errors import ImportRejected
from subscribers.link_ids import make_link_id
from subscribers.models import ImportReport
from subscribers.storage import import_log, staging
from subscribers.storage.tables import subscribers
from subscribers.transfer.exporting import export_csv
from subscribers.transfer.import_file import open_file
from subscribers.transfer.importing import import_csv
from subscribers.transfer.staged_import import merge_stage, stage_rows
from tests.subscribers.conftest import NOW, SECRETS, create_prepared_engine

SOURCE = "imported from people.csv"
LATER = NOW + timedelta(days=1)
PEOPLE = tuple(f"{name}@example.com" for name in ("ann", "bob", "cy", "dee", "eve"))
HEAD = "email,name,status,hemisphere,source,link_id\n"
LINKS = ("", *(f"made-up-for_{name}"[:16].ljust(16, "_") for name in "abc"))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["", "Someone", "A Runner"]),
        st.sampled_from(["", "active", "pending", "unsubscribed", "bounced"]),
        st.sampled_from(["", "north", "south"]),
        st.sampled_from(["", "a form", SOURCE]),
        st.sampled_from(LINKS),
    ),
    max_size=8,
)
THEN = st.lists(st.tuples(st.sampled_from(["leave", "erase", "join"]), st.sampled_from(PEOPLE)))
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty list in a file."""
    path = tmp_path_factory.mktemp("staged") / "list.db"
    engine = create_prepared_engine(f"sqlite:///{path}")
    storage.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def file_engine(template: Path, tmp_path: Path) -> Iterator[Engine]:
    with list_in_file(template, tmp_path) as engine:
        yield engine


@contextmanager
def list_in_file(template: Path, folder: Path) -> Iterator[Engine]:
    path = folder / f"list{next(_NUMBERS)}.db"
    shutil.copy(template, path)
    engine = create_prepared_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
    path.unlink()


def load(engine: Engine, text: str, **options: Any) -> ImportReport:
    now = options.get("now", NOW)
    with engine.begin() as connection:
        return import_csv(
            connection,
            io.BytesIO(text.encode()),
            skip_bad=False,
            source=SOURCE,
            now=now,
            secrets=SECRETS,
        )


def load_staged(
    engine: Engine,
    text: str,
    meanwhile: Callable[[], None] = lambda: None,
    **options: Any,
) -> ImportReport:
    now, skip_bad = options.get("now", NOW), options.get("skip_bad", False)
    database = Path(str(engine.url.database))
    with (
        open_file(io.BytesIO(text.encode()), skip_bad=skip_bad) as file,
        engine.connect() as connection,
        staging.open_stage(connection, database, at=now, source=SOURCE) as stage,
    ):
        stage_rows(stage, file, skip_bad=skip_bad, secrets=SECRETS)
        meanwhile()
        with connection.begin():
            return merge_stage(connection, stage, file, source=SOURCE, now=now, secrets=SECRETS)


def contents(engine: Engine) -> dict[str, object]:
    """Return what the list and its logs hold, but for the numbers and ids that are made up."""
    with engine.begin() as connection:
        people = {
            row.id: row.address_key
            for row in connection.execute(subscribers.select().order_by(subscribers.c.id))
        }
        rows = connection.execute(subscribers.select()).mappings()
        made_up = {"id", "link_id"}
        log = connection.exec_driver_sql(
            "SELECT subscriber_id, event, at, actor, source FROM consents"
        )
        changes = connection.exec_driver_sql("SELECT id, previous, written FROM import_changes")
        links = connection.exec_driver_sql("SELECT link, subscriber_id FROM former_links")
        return {
            "people": sorted(
                [str({k: v for k, v in row.items() if k not in made_up}) for row in rows]
            ),
            "given links": {
                row.address_key: row.link_id
                for row in connection.execute(subscribers.select())
                if row.link_id in LINKS
            },
            "log": sorted((people.get(row[0], ""), *row[1:]) for row in log),
            "changes": sorted((people.get(row[0], ""), *row[1:]) for row in changes),
            "links": sorted((row[0], people[row[1]]) for row in links if row[0] in LINKS),
        }


def act(connection: Connection, deed: str, address: str) -> None:
    person = storage.find_by_address(connection, address)
    if deed == "leave" and person is not None:
        storage.unsubscribe(connection, person.id, at=LATER, source="one-click")
    if deed == "erase":
        storage.erase(connection, address, by="author", at=LATER, secrets=SECRETS)
    if deed == "join" and person is None:
        values: dict[str, Any] = {"address": address, "address_key": address, "status": "pending"}
        values |= {"created_at": LATER, "link_id": make_link_id()}
        connection.execute(insert(subscribers), values)


@given(old=ROWS, new=ROWS, then=THEN, with_links=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_staged_import_is_as_one_after_all_that_happened_while_it_was_staged(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    old: list[tuple[str, ...]],
    new: list[tuple[str, ...]],
    then: list[tuple[str, str]],
    *,
    with_links: bool,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    width = 6 if with_links else 5
    before, text = (
        "\n".join(",".join(row[:width]) for row in (HEAD.strip().split(","), *rows)) + "\n"
        for rows in (old, new)
    )

    def happen(engine: Engine) -> None:
        with engine.begin() as connection:
            for deed, address in then:
                act(connection, deed, address)

    with (
        list_in_file(template, folder) as staged,
        list_in_file(template, folder) as direct,
    ):
        for engine in (staged, direct):
            load(engine, before, now=NOW - timedelta(days=1))
        report = load_staged(staged, text, lambda: happen(staged))
        happen(direct)
        assert report == load(direct, text)
        assert contents(staged) == contents(direct)
        with staged.begin() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_people_keep_the_order_of_the_file_and_no_number_is_given_twice(
    file_engine: Engine,
) -> None:
    load(file_engine, "email\nold@example.com\n")
    load_staged(file_engine, "email\n" + "".join(f"{n}@example.com\n" for n in (3, 1, 2, 5)))
    with file_engine.begin() as connection:
        act(connection, "join", "new@example.com")
        people = [person for page in storage.all_pages(connection) for person in page]

    assert [person.address.partition("@")[0] for person in people] == [
        *("old", "3", "1", "2", "5", "new")
    ]
    assert len({person.id for person in people}) == 6


def test_the_import_is_undone_as_any_other(file_engine: Engine) -> None:
    load(file_engine, "email,name\nann@example.com,\n")
    before = contents(file_engine)["people"]
    text = "email,name\nann@example.com,Ann\n" + "".join(f"{n}@example.com,\n" for n in range(20))
    assert load_staged(file_engine, text, now=LATER).added == 20

    with file_engine.begin() as connection:
        last = import_log.last_import(connection)
        assert last is not None
        assert import_log.undo(connection, last, at=LATER).removed == 20
    assert contents(file_engine)["people"] == before


def test_a_list_that_is_longer_than_the_file_is_added_to(file_engine: Engine) -> None:
    load(file_engine, "email\n" + "".join(f"{n}@example.com\n" for n in range(50)))
    report = load_staged(file_engine, "email\n" + "".join(f"{n}@example.com\n" for n in (7, 50)))

    assert (report.added, report.unchanged) == (1, 1)


@pytest.mark.parametrize(("listed", "is_sorted"), [(30, True), (90, False)])
def test_the_indexes_of_a_list_of_middle_length_are_built_in_one_sort(
    file_engine: Engine, listed: int, *, is_sorted: bool
) -> None:
    load(file_engine, "email\n" + "".join(f"old{n}@example.com\n" for n in range(listed)))
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    statements: list[str] = []
    with file_engine.connect() as connection:
        before = connection.exec_driver_sql(schema).all()
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)

    load_staged(file_engine, "email\n" + "".join(f"new{n}@example.com\n" for n in range(40)))

    of_list = (row for row in before if row.tbl_name == "subscribers" and row.type == "index")
    indexes = {row.sql for row in of_list if row.sql}
    assert indexes
    assert indexes.intersection(statements) == (indexes if is_sorted else set())
    with file_engine.connect() as connection:
        assert connection.exec_driver_sql(schema).all() == before
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_bad_row_refuses_the_whole_file(file_engine: Engine) -> None:
    with pytest.raises(ImportRejected, match="1 line of 3 cannot go in"):
        load_staged(file_engine, "email\na@example.com\nnobody\nb@example.com\n")
    assert contents(file_engine)["people"] == []
    assert load_staged(file_engine, "email\na@example.com\nnobody\n", skip_bad=True).added == 1


def test_nobody_waits_and_nobody_else_may_read_what_is_staged(file_engine: Engine) -> None:
    database = Path(str(file_engine.url.database))

    def look() -> None:
        paths = [*database.parent.glob(f"{database.name}.import-*")]
        assert {path.stat().st_mode & 0o077 for path in paths} == {0}
        with closing(sqlite3.connect(database, timeout=0)) as other:
            other.execute("UPDATE subscribers SET name = 'meanwhile'")
            other.commit()
        staging.remove_abandoned(database)
        assert [*database.parent.glob(f"{database.name}.import-*")] == paths

    load(file_engine, "email\nann@example.com\n")
    load_staged(file_engine, "email\n" + "".join(f"{n}@example.com\n" for n in range(9)), look)

    assert [path.name for path in database.parent.glob("*.import-*")] == []


def test_what_a_killed_import_left_is_removed(template: Path, tmp_path: Path) -> None:
    database = tmp_path / "list.db"
    shutil.copy(template, database)
    for name in ("list.db.import-0a1b", "list.db.import-0a1b-journal", "list.db.import-77"):
        (tmp_path / name).write_bytes(b"half a database")

    staging.remove_abandoned(database)

    assert [path.name for path in tmp_path.iterdir()] == ["list.db"]


def test_a_file_with_links_gives_them_to_their_people(file_engine: Engine) -> None:
    load(file_engine, f"email,link_id\nann@example.com,{LINKS[1]}\n")
    stream = io.BytesIO()
    with file_engine.begin() as connection:
        export_csv(connection, stream, secrets=SECRETS, raw=True)
        act(connection, "erase", "ann@example.com")

    report = load_staged(file_engine, stream.getvalue().decode())

    assert (report.added, report.unchanged) == (0, 1)
