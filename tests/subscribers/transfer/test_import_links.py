"""What an export of ours says of people's links, and what an import makes of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete, inspect

from subscribers import storage
from subscribers.errors import ImportRejected
from subscribers.link_ids import make_link_id
from subscribers.models import ImportReport, RowOutcome
from subscribers.storage.tables import former_links, subscribers, suppressions
from subscribers.transfer.exporting import export_csv
from tests.subscribers.conftest import NOW, SECRETS

Load = Callable[..., ImportReport]
ANN, BOB, CY = "ann@example.com", "bob@example.com", "cy@example.com"
X, Y, Z = "made-up-for_Ann_", "made-up-for_Bob_", "made-up-for_Cy__"
HEAD = "email,link_id,old_link_number\n"
LIST = f"{HEAD}{ANN},{X},7\n{BOB},{Y},\n{CY},,9\n"


def owner(engine: Engine, link: str) -> str:
    """Return the address of the person whom a link names, "" for nobody on the list."""
    with engine.begin() as connection:
        person = storage.find_by_link(connection, link)
    return person.address if person is not None else ""


def export(engine: Engine, secrets: tuple[str, ...] = SECRETS) -> str:
    stream = io.BytesIO()
    with engine.begin() as connection:
        export_csv(connection, stream, secrets=secrets, raw=True)
    return stream.getvalue().decode()


def empty(engine: Engine) -> None:
    """Make the list a new one, in which nobody ever was."""
    with engine.begin() as connection:
        for table in (subscribers, former_links, suppressions):
            connection.execute(delete(table))


def erase(engine: Engine, address: str) -> None:
    with engine.begin() as connection:
        storage.erase(connection, address, by="author", at=NOW, secrets=SECRETS)


def leave(engine: Engine, link: str) -> None:
    with engine.begin() as connection:
        storage.unsubscribe_by_link(connection, link, at=NOW, source="one-click", secrets=SECRETS)


def test_links_come_with_their_people_and_stay_theirs(load: Load, engine: Engine) -> None:
    report = load(LIST)

    assert (report.added, report.unread_columns, report.notes) == (3, (), ())
    assert [owner(engine, link) for link in (X, "7", Y, "9", "1", "2", "3")] == [
        *(ANN, ANN, BOB, CY),
        *("", "", ""),
    ]
    before = export(engine)
    assert load(before).unchanged == 3
    assert export(engine) == before
    empty(engine)
    assert load(before).added == 3
    assert export(engine) == before


def test_of_two_links_for_one_person_both_work(load: Load, engine: Engine) -> None:
    load("email\nANN@example.com\n")
    with engine.begin() as connection:
        own = storage.require_by_address(connection, ANN).link_id

    assert load(LIST).added == 2
    assert [owner(engine, link).lower() for link in (own, X, "7")] == [ANN] * 3
    content = export(engine)
    assert f'"{own};{X}","7"' in content
    empty(engine)
    assert load(content).added == 3
    assert [owner(engine, link).lower() for link in (own, X, "7")] == [ANN] * 3
    assert export(engine) == content
    erase(engine, ANN)
    assert [owner(engine, link) for link in (own, X, "7")] == [""] * 3


def test_a_link_of_somebody_else_stays_with_them(load: Load, engine: Engine) -> None:
    load(LIST)
    stolen = f"{HEAD}{ANN},{Y},9\ndee@example.com,,7\n"

    report = load(stolen)

    assert (report.added, report.unchanged) == (1, 1)
    assert [owner(engine, link) for link in (X, "7", Y, "9")] == [ANN, ANN, BOB, CY]


def test_an_id_names_one_person_whatever_their_address(load: Load, engine: Engine) -> None:
    load(LIST)

    report = load(f"email,link_id,status\nann@new.example.com,{X},unsubscribed\n")

    assert (report.added, report.updated) == (0, 1)
    with engine.begin() as connection:
        assert storage.find_by_address(connection, "ann@new.example.com") is None
        assert storage.require_by_address(connection, ANN).status == "unsubscribed"
    twice = f"{HEAD}dee@example.com,{make_link_id()},\n"
    report = load(twice + twice.partition("\n")[2].replace("dee@", "dee@new."))
    assert (report.added, report.unchanged) == (1, 1)


@pytest.mark.parametrize("is_known", [False, True])
def test_who_left_by_a_link_while_not_on_the_list_comes_back_as_unsubscribed(
    load: Load, engine: Engine, listed: Callable[[], dict[str, str]], is_known: bool
) -> None:
    for link in (X, "9"):
        leave(engine, link)
        leave(engine, link)
    if is_known:
        load(f"email\n{ANN}\n")

    report = load(LIST)

    assert listed() == {ANN: "unsubscribed", BOB: "active", CY: "unsubscribed"}
    assert report.added == (2 if is_known else 3)
    assert load(LIST).unchanged == 3


def test_who_was_erased_does_not_come_back_under_another_address(
    load: Load, engine: Engine
) -> None:
    load(LIST)
    erase(engine, ANN)
    with engine.begin() as connection:
        storage.remember_wish(connection, (Z,), "left", at=NOW, secrets=SECRETS)
        storage.remember_wish(connection, (Z,), "erased", at=NOW, secrets=(SECRETS[1],))
    again = f"{HEAD}ann@new.example.com,{X},\nann@newer.example.com,,7\nzoe@example.com,{Z},\n"
    told: list[RowOutcome] = []

    assert load(again).unchanged == 3
    assert load(again, observe=told.append).unchanged == 3
    assert {row.reason for row in told} == {"They wished to be erased."}
    assert [owner(engine, link) for link in (X, "7", Z)] == [""] * 3


def test_links_beside_another_address_are_not_believed(load: Load, engine: Engine) -> None:
    load(LIST)
    content = export(engine)
    rows = list(csv.reader(io.StringIO(content)))
    empty(engine)
    addresses = [row[0] for row in rows[1:]]
    for row, other in zip(rows[1:], [*addresses[1:], addresses[0]], strict=True):
        row[0] = other
    shuffled = io.StringIO()
    csv.writer(shuffled).writerows(rows)

    report = load(shuffled.getvalue())

    assert report.added == 3
    assert "The link_id of 3 people was not made for the address beside it" in report.notes[0]
    assert [owner(engine, link) for link in (X, "7", Y, "9")] == [""] * 4


def test_another_newsletter_s_numbers_mean_nothing_here(load: Load, engine: Engine) -> None:
    load(LIST)
    content = export(engine, ("another newsletter's secret",))
    empty(engine)

    report = load(content)

    assert "3 people" in report.notes[0]
    assert [owner(engine, link) for link in (X, "7", Y, "9")] == [""] * 4


def test_a_mangled_cell_gives_a_new_id(load: Load, engine: Engine) -> None:
    mangled = f"{HEAD}{ANN},1.23E+15,-7\n{BOB},'{'-' * 16},0\n{CY},{'x' * 17},{'9' * 16}\n"

    assert load(mangled).added == 3
    assert owner(engine, "-" * 16) == BOB
    with engine.begin() as connection:
        for page in storage.all_pages(connection):
            assert [person.old_link_number for person in page] == [0, 0, 0]
            assert {len(person.link_id) for person in page} == {16}


def test_the_ids_are_unique_after_the_first_import_and_after_one_that_failed(
    load: Load, engine: Engine
) -> None:
    def has_index() -> bool:
        indexes = inspect(engine).get_indexes("subscribers")
        return any(one["name"] == "uq_subscribers_link_id" and one["unique"] for one in indexes)

    with pytest.raises(ImportRejected):
        load(f"email\n{ANN}\nnobody\n")
    assert has_index()
    assert load(f"email\n{ANN}\n{BOB}\n{ANN}\n").added == 2
    assert has_index()
    assert load(f"email\n{CY}\n").added == 1
    assert has_index()
