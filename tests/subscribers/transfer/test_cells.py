from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import InvalidAddress
from subscribers.transfer.cells import FORMULA_STARTS, guard, read_address, read_moment, unguard


@pytest.mark.parametrize(
    ("cell", "address", "name"),
    [
        ("jane@Example.com", "jane@example.com", ""),
        ("Jane Doe <jane@example.com>", "jane@example.com", "Jane Doe"),
        ('"Doe, Jane" <jane@example.com>', "jane@example.com", "Doe, Jane"),
        ("<jane@example.com>", "jane@example.com", ""),
        ("Jane <mailto:jane@example.com>", "jane@example.com", "Jane"),
        ("mailto:jane@example.com", "jane@example.com", ""),
        ("MAILTO:jane@example.com?subject=Hello", "jane@example.com", ""),
    ],
)
def test_an_address_is_found_as_people_write_it(cell: str, address: str, name: str) -> None:
    assert read_address(cell) == (address, name)


@pytest.mark.parametrize("cell", ["", "Jane", "Jane <>", "mailto:", "a@b@c", "Jane <jane@>"])
def test_a_cell_without_an_address_is_refused(cell: str) -> None:
    with pytest.raises(InvalidAddress):
        read_address(cell)


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("2024-01-02T03:04:05.678Z", None, datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2024-01-02 03:04:05.99 +0000 UTC", None, datetime(2024, 1, 2, 3, 4, 5, 0, UTC)),
        ("2024-01-02 03:04:05 -0500", None, datetime(2024, 1, 2, 8, 4, 5, 0, UTC)),
        ("2024-03-24 10:23:10 UTC", None, datetime(2024, 3, 24, 10, 23, 10, 0, UTC)),
        ("03-04-2024 07:10", True, datetime(2024, 4, 3, 7, 10, 0, 0, UTC)),
        ("03/04/24 07:10 PM", False, datetime(2024, 3, 4, 19, 10, 0, 0, UTC)),
        ("24/03/2024", None, datetime(2024, 3, 24, 0, 0, 0, 0, UTC)),
        ("03/04/2024", None, None),
        ("Jan 02 2024", None, datetime(2024, 1, 2, 0, 0, 0, 0, UTC)),
    ],
)
def test_dates_are_read_in_the_forms_that_programs_write(
    text: str, day_first: bool | None, moment: datetime | None
) -> None:
    assert read_moment(text, day_first) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30", "0000-00-00 00:00:00", "31/31/2024", "2024-13-01 10:00:00 UTC"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "yesterday", ""),
    ],
)
def test_a_date_that_no_calendar_holds_is_no_date(text: str) -> None:
    assert read_moment(text) is None


@given(st.text(), st.sampled_from(["", "'", "''", *FORMULA_STARTS]))
def test_what_is_guarded_against_spreadsheets_comes_back_as_it_was(text: str, start: str) -> None:
    cell = start + text

    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(FORMULA_STARTS)
