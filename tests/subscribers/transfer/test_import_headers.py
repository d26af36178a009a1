"""Where the header is, and what it may look like."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from subscribers import storage
from subscribers.models import ImportReport, Subscriber

Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]


def people(engine: Engine) -> list[Subscriber]:
    with engine.begin() as connection:
        return [person for page in storage.all_pages(connection) for person in page]


def test_title_lines_above_the_header_are_skipped_and_lines_are_counted_on(
    load: Load, listed: Listed
) -> None:
    report = load(
        "Readers of Pine & Pace\n\nas of 4 March, all of them\nemail;name\n"
        "ida@example.com;Ida\nbroken;\n",
        skip_bad=True,
    )

    assert listed() == {"ida@example.com": "active"}
    assert [row.line for row in report.rejected] == [6]


@pytest.mark.parametrize(
    "title", ["Export of ida@example.com, 4 March", "Questions? write to help@example.com"]
)
def test_a_title_that_names_an_address_is_no_person(load: Load, listed: Listed, title: str) -> None:
    load(f"{title}\nemail,name\notto@example.com,Otto\n")

    assert listed() == {"otto@example.com": "active"}


def test_a_quoted_header_may_go_over_two_lines(load: Load, engine: Engine) -> None:
    report = load('"Email\naddress","Full\r\nname"\nida@example.com,Ida\nbroken,\n', skip_bad=True)

    assert [(person.address, person.name) for person in people(engine)] == [
        ("ida@example.com", "Ida")
    ]
    assert [row.line for row in report.rejected] == [5]


def test_a_quotation_mark_that_closes_nowhere_takes_no_lines_away(
    load: Load, listed: Listed
) -> None:
    load('The 5" list\nemail,name\nida@example.com,Ida\n')

    assert listed() == {"ida@example.com": "active"}


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\n\x1a\r\n"])
def test_the_ctrl_z_at_the_end_of_an_old_file_is_no_row(
    load: Load, engine: Engine, end: str
) -> None:
    report = load(f"email,name\nida@example.com,Ida\notto@example.com,Otto{end}")

    assert report.read == 2
    assert [person.name for person in people(engine)] == ["Ida", "Otto"]


@pytest.mark.parametrize(
    "header",
    [
        "E-Mail-Adresse;Vorname;Nachname",
        "Adresse e-mail;Prénom;Nom",
        "Correo electrónico;Nombre;Apellidos",
        "Indirizzo email;Nome;Cognome",
        "E-mailadres;Voornaam;Achternaam",
        "Endereço de e-mail;Nome;Sobrenome",
        "mail;first name;last name",
    ],
)
def test_headings_may_be_in_any_of_our_languages(load: Load, engine: Engine, header: str) -> None:
    load(f"{header}\nida@example.com;Ida;Moor\n")

    assert [(person.address, person.name) for person in people(engine)] == [
        ("ida@example.com", "Ida Moor")
    ]


def test_addresses_are_read_as_people_write_them(load: Load, engine: Engine) -> None:
    load("email\nIda Moor <ida@example.com>\nmailto:otto@example.com\n")

    assert [(person.address, person.name) for person in people(engine)] == [
        ("ida@example.com", "Ida Moor"),
        ("otto@example.com", ""),
    ]


def test_a_foreign_id_is_never_read_as_ours(load: Load, engine: Engine) -> None:
    report = load("id,email\n77,ida@example.com\n")

    assert [person.id for person in people(engine)] == [1]
    assert report.unread_columns == ("id",)


def test_a_date_that_no_calendar_holds_rejects_its_line_alone(load: Load, listed: Listed) -> None:
    report = load(
        "email,confirmed_at\nida@example.com,2024-02-30\notto@example.com,\n"
        "ute@example.com,0001-01-01T00:00:00+14:00\n",
        skip_bad=True,
    )

    assert list(listed()) == ["otto@example.com"]
    assert [row.line for row in report.rejected] == [2, 4]
