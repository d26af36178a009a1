from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.reader.parsing.dates import parse_date
from newsletter.reader.parsing.items import Item, assign_guids


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year to minute


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sun, 22 Nov 2026 07:30:00 +0100", _utc(2026, 11, 22, 6, 30)),
        ("22 Nov 2026 07:30 GMT", _utc(2026, 11, 22, 7, 30)),
        ("Sun, 22 Nov 2026 07:30:00", _utc(2026, 11, 22, 7, 30)),
        ("Wed, 15 Jul 2026 07:30:00 CEST", _utc(2026, 7, 15, 5, 30)),
        ("Wed, 15 Jul 2026 07:30:00 MDT", _utc(2026, 7, 15, 13, 30)),
        ("Wed, 15 Jul 2026 07:30:00 AEST", _utc(2026, 7, 14, 21, 30)),
        ("ned., 22 Nov 2026 07:30:00 +0000", _utc(2026, 11, 22, 7, 30)),
        ("Sun, 22 Nov 2026 24:00:00 GMT", _utc(2026, 11, 23, 0, 0)),
        ("2026-11-22T07:30:00Z", _utc(2026, 11, 22, 7, 30)),
        ("2026-11-22T07:30:00-07:00", _utc(2026, 11, 22, 14, 30)),
        ("2026-11-22 07:30:00", _utc(2026, 11, 22, 7, 30)),
        ("2026-11-22", _utc(2026, 11, 22, 0, 0)),
        ("22.11.2026", _utc(2026, 11, 22, 0, 0)),
        ("22. 11. 2026 7:30", _utc(2026, 11, 22, 7, 30)),
        ("1795332600", _utc(2026, 11, 22, 7, 30)),
        ("1795332600000", _utc(2026, 11, 22, 7, 30)),
    ],
)
def test_dates_are_read_however_they_are_written(raw: str, expected: datetime) -> None:
    assert parse_date(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "soon",
        "0001-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "2026-13-45",
        "9999-12-31",
        "Sun, 99 Nov 2026 07:00:00 GMT",
        "31.02.2026",
        "x" * 10000,
        "Sun, 22 Nov 2026 07:30:00 +9999999",
    ],
)
def test_impossible_dates_are_none(raw: str) -> None:
    assert parse_date(raw) is None


def test_feedparsers_reading_is_the_fallback() -> None:
    struct = _utc(2026, 11, 22, 7, 30).timetuple()
    assert parse_date("Κυρ, 22 Νοε 2026 07:30:00", struct) == _utc(2026, 11, 22, 7, 30)


BARE = Item(guid="", url="https://blog.example/a", title="A", content="a")


def test_an_item_without_guid_is_named_by_its_link() -> None:
    assert [item.guid for item in assign_guids([BARE])] == ["https://blog.example/a"]


def test_an_item_without_guid_and_link_is_named_by_title_and_date() -> None:
    nameless = replace(BARE, url="")
    first, again, edited = (
        assign_guids([item])[0].guid
        for item in (nameless, nameless, replace(nameless, content="b"))
    )
    assert first == again == edited
    assert first != assign_guids([replace(nameless, title="B")])[0].guid


def test_a_name_stays_with_the_older_item_when_a_newer_one_shares_its_link() -> None:
    newer = replace(BARE, title="B", content="b")
    alone, both = assign_guids([BARE]), assign_guids([newer, BARE])
    assert both[1].guid == alone[0].guid
    assert both[0].guid != both[1].guid


def test_given_guids_count_once_and_the_first_wins() -> None:
    one, two = replace(BARE, guid="1"), replace(BARE, guid="1", title="B")
    assert [item.title for item in assign_guids([one, two])] == ["A"]


def test_a_given_guid_is_never_given_to_another_item() -> None:
    owner = replace(BARE, guid=BARE.url, title="Owner")
    assert len({item.guid for item in assign_guids([BARE, owner])}) == 2


def test_endless_guids_are_shortened_to_a_hash() -> None:
    assert len(assign_guids([replace(BARE, guid="x" * 5000)])[0].guid) < 100
