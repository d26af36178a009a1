from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from subscribers import storage
from subscribers.errors import ImportRejected
from subscribers.models import ImportReport

Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]
ROWS = "name,email\r\nZoë Müller,zoe@example.com\r\nJosé,jose@example.com\r\n"


def names(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [person.name for page in storage.all_pages(connection) for person in page]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_every_usual_encoding_and_line_end_is_understood(
    load: Load, engine: Engine, encoding: str, ends: str
) -> None:
    load(ROWS.replace("\r\n", ends).encode(encoding))

    assert names(engine) == ["Zoë Müller", "José"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_understood(load: Load, engine: Engine, separator: str) -> None:
    load(ROWS.replace(",", separator))

    assert names(engine) == ["Zoë Müller", "José"]


def test_excel_s_own_hint_at_the_separator_is_followed(load: Load, engine: Engine) -> None:
    load("sep=;\r\n" + ROWS.replace(",", ";"))

    assert names(engine) == ["Zoë Müller", "José"]


def test_windows_1252_late_in_a_long_file_is_noticed(load: Load, engine: Engine) -> None:
    rows = "".join(f"Runner {number},runner{number}@example.com\n" for number in range(5_000))
    load(b"name,email\n" + rows.encode() + "Zoë,zoe@example.com\n".encode("cp1252"))

    assert names(engine)[-1] == "Zoë"


def test_a_bare_list_of_addresses_needs_no_header(load: Load, listed: Listed) -> None:
    report = load("ann@example.com\nbob@example.com\n\n")

    assert (report.read, list(listed())) == (2, ["ann@example.com", "bob@example.com"])


def test_quotation_marks_after_a_backslash_are_read_and_backslashes_kept(
    load: Load, engine: Engine
) -> None:
    load(
        "email,name,note\n"
        r'"ann@example.com","Ann \"The Hill\" Ro","says \"hi\""' + "\n"
        r'"bob@example.com","Bob \"",""' + "\n"
        r'"cleo@example.com","C:\","a"' + "\n"
        '"dora@example.com","Dora ""D"" Ray","over\nlines \\"\n'
    )

    assert names(engine) == ['Ann "The Hill" Ro', 'Bob "', "C:\\", 'Dora "D" Ray']


def test_a_quoted_cell_may_go_over_lines_and_the_count_goes_on_right(load: Load) -> None:
    report = load('email,notes\nann@example.com,"first\nsecond\nthird"\nbroken,\n', skip_bad=True)

    assert report.added == 1
    assert [reject.line for reject in report.rejected] == [5]


def test_short_rows_are_filled_and_long_rows_are_reported(load: Load, listed: Listed) -> None:
    report = load(
        "email,name,tags\nann@example.com\nbob@example.com,Bob,5k,,\n"
        "cleo@example.com,Runner, Cleo,5k\n",
        skip_bad=True,
    )

    assert list(listed()) == ["ann@example.com", "bob@example.com"]
    assert report.rejected[0].line == 4
    assert "quotation marks" in report.rejected[0].reason


@pytest.mark.parametrize(
    "row",
    [
        'bob@example.com,"Bob\n',
        'bob@example.com,"Bob "the rocket" Runner"\n',
        "bob@example.com,Bob\x00by\n",
        f"bob@example.com,{'Bob' * 100}\n",
        f"bob@example.com{',x' * 1_000}\n",
    ],
)
def test_a_row_that_makes_no_sense_is_named_by_its_line(
    load: Load, listed: Listed, row: str
) -> None:
    report = load(f"email,name\nann@example.com,Ann\n{row}", skip_bad=True)

    assert list(listed()) == ["ann@example.com"]
    assert [reject.line for reject in report.rejected] == [3]
    assert report.rejected[0].reason.endswith(".")


def test_an_open_quotation_mark_does_not_swallow_a_file_silently(load: Load) -> None:
    rows = "".join(f"runner{number}@example.com,Runner\n" for number in range(20_000))

    with pytest.raises(ImportRejected, match="quotation mark"):
        load(f'email,name\nann@example.com,"Ann\n{rows}')


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"name,phone\nAnn,1\n", "email"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG"),
        (b"PK\x03\x04\x00\x00\x00\x00", "not a text file but an archive"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "save it as CSV"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>ann@example.com</p>", "web page"),
        (b"BEGIN:VCARD\nEMAIL:ann@example.com\nEND:VCARD\n", "vCard"),
        (b'[{"email":"ann@example.com"}]', "JSON"),
        (b"Ann <ann@example.com>, bob@example.com\n", "several addresses"),
        (b"\x1a", "empty"),
        (b"email\n" + b"a" * 2_000_000, "more than 1,000,000 characters"),
        (b"," * 2_000_000, "more than 1,000,000 characters"),
        ("\ufeffemail\n".encode("utf-16-le") + b"\x00\xd8\x00\x00", "UTF-16"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_clear_error(
    load: Load, listed: Listed, content: bytes, says: str
) -> None:
    with pytest.raises(ImportRejected, match=says) as caught:
        load(content, skip_bad=True)

    assert caught.value.cure
    assert caught.value.report == ImportReport()
    assert listed() == {}
