from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from subscribers import storage
from subscribers.link_ids import seal_links
from subscribers.models import ImportReport, Subscriber
from subscribers.transfer.exporting import COLUMNS, export_csv
from subscribers.transfer.importing import import_csv

SECRETS = ("a secret of the tests",)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
Load = Callable[..., ImportReport]
PEOPLE = (
    Subscriber(
        address="ann@example.com",
        name='Ann "Rocket" Müller, the first',
        hemisphere="south",
        rhythm="monthly",
        topics=("races", "gear"),
        tags=("5k",),
        confirmed_at=datetime(2026, 5, 1, 6, 0, 30, tzinfo=UTC),
        source="expo",
        signed_up_at=datetime(2024, 2, 3, tzinfo=UTC),
    ),
    Subscriber(address="+bob@example.com", name="=1+1", status="unsubscribed", source="x"),
    Subscriber(address="cleo@example.com", name="＝HYPERLINK", status="bounced", source="-1"),
    Subscriber(address="dan@example.com", name="@SUM(A1)", status="pending", source="+1"),
    Subscriber(address="eve@example.com", name="O'Hara", status="complained", source="x"),
    Subscriber(address="fay@example.com", name="'=1+1", tags=("-5k", "@home"), source="x"),
)


def fill(connection: Connection) -> None:
    for person in PEOPLE:
        storage.add(connection, person, at=NOW, source="test", secrets=SECRETS)


def export(connection: Connection, *, raw: bool) -> bytes:
    stream = io.BytesIO()
    assert export_csv(connection, stream, secrets=SECRETS, raw=raw) == len(PEOPLE)
    return stream.getvalue()


def test_the_export_has_the_columns_of_the_import(connection: Connection) -> None:
    fill(connection)

    rows = list(csv.reader(io.StringIO(export(connection, raw=True).decode())))

    assert tuple(rows[0]) == COLUMNS
    person = storage.require_by_address(connection, "ann@example.com")
    assert rows[1] == [
        "ann@example.com",
        'Ann "Rocket" Müller, the first',
        "active",
        "south",
        "monthly",
        "races;gear",
        "5k",
        "2026-05-01T06:00:30+00:00",
        "2024-02-03T00:00:00+00:00",
        "expo",
        person.link_id,
        "",
        seal_links("ann@example.com", person.links, SECRETS[0]),
    ]


def test_no_cell_of_the_export_is_a_formula_to_a_spreadsheet(connection: Connection) -> None:
    fill(connection)

    rows = list(csv.reader(io.StringIO(export(connection, raw=False).decode())))

    cells = [cell for row in rows for cell in row]
    assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in cells)
    assert [row[1] for row in rows[2:]] == [
        "'=1+1",
        "'＝HYPERLINK",
        "'@SUM(A1)",
        "O'Hara",
        "''=1+1",
    ]
    assert rows[2][0] == "'+bob@example.com"


@pytest.mark.parametrize("raw", [True, False])
def test_an_export_imported_elsewhere_makes_the_same_list(
    connection: Connection, tmp_path: Path, raw: bool
) -> None:
    fill(connection)
    content = export(connection, raw=raw)

    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    storage.migrate(other)
    with other.begin() as there:
        report = import_csv(
            there,
            io.BytesIO(content),
            skip_bad=False,
            source="",
            now=NOW,
            secrets=SECRETS,
        )
        again = export(there, raw=raw)
        addresses = [subscriber.address for page in storage.all_pages(there) for subscriber in page]
        people = [subscriber for page in storage.all_pages(there) for subscriber in page]
    other.dispose()

    assert report.added == len(PEOPLE)
    assert addresses == [person.address for person in PEOPLE]
    assert [person.status for person in people] == [person.status for person in PEOPLE]
    if raw:
        assert again == content
    else:
        # What was guarded against the spreadsheet is as it was.
        assert [(person.name, person.tags, person.source) for person in people] == [
            (person.name, person.tags, person.source) for person in PEOPLE
        ]


def test_the_stream_is_left_open(connection: Connection) -> None:
    stream = io.BytesIO()
    fill(connection)
    export_csv(connection, stream, secrets=SECRETS)
    assert not stream.closed


def test_an_empty_list_gives_a_header_alone(connection: Connection) -> None:
    stream = io.BytesIO()
    assert export_csv(connection, stream, secrets=SECRETS) == 0
    assert stream.getvalue().decode().count("\n") == 1
