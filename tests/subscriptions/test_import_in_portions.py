"""On PostgreSQL a long file goes into the list in portions, between which others write."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.errors import StorageError
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.list_import import import_csv, undo_import
from subscribers import storage as people
from subscribers.errors import ImportRejected
from subscribers.models import ImportReport
from subscribers.transfer.exporting import export_csv
from tests.support.newsletter_folder import NOW, create_newsletter, status_of, subscribe
from tests.support.postgresql import PostgreSQL

PORTION, ROWS = 5_000, 6_000
READERS = "".join(f"reader{number}@example.net,\n" for number in range(ROWS))
FILE = f"email,status\n{READERS}"


@pytest.fixture
def context(tmp_path: Path, postgresql_server: PostgreSQL) -> Iterator[Context]:
    context = create_newsletter(
        tmp_path / "newsletter", database_url=postgresql_server.new_database()
    )
    yield context
    context.engine.dispose()


def load(context: Context, text: str = FILE, **options: bool) -> ImportReport:
    skip_bad = options.get("skip_bad", False)
    return import_csv(
        context, io.BytesIO(text.encode()), skip_bad=skip_bad, file_name="readers.csv"
    )


def on_list(context: Context) -> int:
    with snapshot(context.engine) as connection:
        return sum(people.count_by_status(connection).values())


def after_first_portion(context: Context, elsewhere: Context, act: Callable[[], Any]) -> list[int]:
    """Act once, when a transaction of `context` has ended and the list has grown by a portion.

    Return what others see on the list then, as soon as it has happened.
    """
    before = on_list(elsewhere)
    seen: list[int] = []

    @event.listens_for(context.engine, "checkin")
    def look(_connection: Any, _record: Any) -> None:
        if not seen and (count := on_list(elsewhere)) > before:
            seen.append(count)
            act()

    return seen


def test_readers_come_and_leave_between_two_portions(context: Context, elsewhere: Context) -> None:
    subscribe(context, "ann@example.com")

    def come_and_leave() -> None:
        subscribe(elsewhere, "late@example.com")
        with transaction(elsewhere.engine) as connection:
            ann = people.require_by_address(connection, "ann@example.com")
            people.unsubscribe(connection, ann.id, at=elsewhere.clock(), source="one-click")

    seen = after_first_portion(context, elsewhere, come_and_leave)
    report = load(context, f"{FILE}ann@example.com,active\n")

    assert seen == [1 + PORTION]
    assert (report.added, report.unchanged) == (ROWS, 1)
    assert on_list(context) == ROWS + 2
    assert status_of(context, "late@example.com") == "active"
    assert status_of(context, "ann@example.com") == "unsubscribed", "who left is not revived"


def test_a_bad_row_at_the_end_stops_the_import_before_its_first_portion(context: Context) -> None:
    with pytest.raises(ImportRejected, match="Nothing was imported: 1 line of 6,001"):
        load(context, f"{FILE}nobody\n")
    assert on_list(context) == 0

    assert load(context, f"{FILE}nobody\n", skip_bad=True).added == ROWS
    assert on_list(context) == ROWS


def test_a_later_line_for_a_person_of_an_earlier_portion_is_logged_and_undone(
    context: Context,
) -> None:
    report = load(context, f"{FILE}reader0@example.net,unsubscribed\n")

    assert (report.added, report.updated, report.unchanged) == (ROWS, 0, 1)
    assert dict(report.statuses) == {"active": ROWS - 1, "unsubscribed": 1}
    with snapshot(context.engine) as connection:
        first = people.require_by_address(connection, "reader0@example.net")
        log = people.consents_of(connection, first.id)
    assert [entry.event for entry in log] == ["imported", "unsubscribed"]
    assert undo_import(context).removed == ROWS
    assert on_list(context) == 0


def test_who_signs_up_meanwhile_stays_when_the_import_is_undone(
    context: Context, elsewhere: Context
) -> None:
    def come() -> None:
        later = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW.replace("12:", "13:")})
        subscribe(later, "late@example.com")
        later.engine.dispose()

    after_first_portion(context, elsewhere, come)
    load(context)

    assert undo_import(context).removed == ROWS
    assert on_list(context) == 1


@pytest.mark.parametrize("goes_on", [True, False], ids=["import again", "undo"])
def test_an_import_that_loses_the_database_goes_on_or_is_taken_back(
    context: Context, elsewhere: Context, *, goes_on: bool
) -> None:
    seen = after_first_portion(context, elsewhere, lambda: None)

    @event.listens_for(context.engine, "before_cursor_execute")
    def cut_off(_connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if seen == [PORTION] and statement.startswith("INSERT INTO consents"):
            seen.append(0)
            pid = cursor.connection.info.backend_pid
            with snapshot(elsewhere.engine) as connection:
                connection.execute(select(func.pg_terminate_backend(pid)))

    with pytest.raises(StorageError, match=r"The first 5,000 rows of the file are done\. Import"):
        load(context)

    assert on_list(context) == PORTION
    if goes_on:
        report = load(context)
        assert (report.added, report.unchanged) == (ROWS - PORTION, PORTION)
        assert on_list(context) == ROWS
    else:
        assert undo_import(context).removed == PORTION
        assert on_list(context) == 0


def test_an_import_that_is_undone_at_work_ends(context: Context, elsewhere: Context) -> None:
    after_first_portion(context, elsewhere, lambda: undo_import(elsewhere))

    with pytest.raises(ImportRejected, match="undone while it was at work"):
        load(context)

    assert on_list(context) == 0


def test_an_export_of_ours_keeps_its_links_and_tells_once_of_those_it_does_not_believe(
    context: Context,
) -> None:
    load(context)
    exported = io.BytesIO()
    with snapshot(context.engine) as connection:
        export_csv(connection, exported, secrets=context.secrets.require_signing())
        links = people.links_of_ids(connection, range(1, ROWS + 1))
    text = exported.getvalue().decode()
    for number in (0, ROWS - 1):
        text = text.replace(f"reader{number}@", f"stranger{number}@")
    undo_import(context)

    report = load(context, text)

    assert [note for note in report.notes if note.startswith("The link_id of 2 people")]
    assert len(report.notes) == 1
    with snapshot(context.engine) as connection:
        person = people.require_by_address(connection, "reader1@example.net")
    assert person.link_id in links.values()
