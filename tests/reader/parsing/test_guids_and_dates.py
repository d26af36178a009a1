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
        ("2026/11/22", _utc(2026, 11, 22)),
        ("2026.11.22", _utc(2026, 11, 22)),
        ("20261122T073000Z", _utc(2026, 11, 22, 7, 30)),
        ("2026年11月22日", _utc(2026, 11, 22)),
        ("2026年11月22日(日) 午後7:30", _utc(2026, 11, 22, 19, 30)),
        ("2026년 11월 22일 오전 7:30", _utc(2026, 11, 22, 7, 30)),
        ("22-11-2026 07:30", _utc(2026, 11, 22, 7, 30)),
        ("02-10-2026 07:30", _utc(2026, 10, 2, 7, 30)),
        ("22/11/2026 07:30", _utc(2026, 11, 22, 7, 30)),
        ("11/22/2026 7:30:00 PM", _utc(2026, 11, 22, 19, 30)),
        ("22-Nov-2026 07:30:00", _utc(2026, 11, 22, 7, 30)),
        ("November 22nd, 2026 at 12:05 a.m.", _utc(2026, 11, 22, 0, 5)),
        ("Nov 22 2026", _utc(2026, 11, 22)),
        ("Sun Nov 22 07:30:00 CET 2026", _utc(2026, 11, 22, 6, 30)),
        ("Sun, 22 Nov 2026 07:30:00 PM", _utc(2026, 11, 22, 19, 30)),
        ("Sun, 22 Nov 26 07:30:00 GMT", _utc(2026, 11, 22, 7, 30)),
        ("Sun, 22 Nov 2026 07:24:00 GMT", _utc(2026, 11, 22, 7, 24)),
        ("2026-11-22T07:30:00.25Z", _utc(2026, 11, 22, 7, 30, 0, 250_000)),
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
        "Sun, 22 Nov 2026 25:30:00 GMT",
        "12:30",
        "2026",
        "2026-11",
        "2026年11月",
        "November 2026",
        "22 November",
        "2026-326",
        "26-11-22",
        "22 Foo 2026",
        "2026-11-22 or so",
        "Sun, 22 Nov 20261 07:30:00 +0000",
    ],
)
def test_impossible_and_unfinished_dates_are_none(raw: str) -> None:
    assert parse_date(raw) is None


@pytest.mark.parametrize(
    "zone",
    [
        "+1100",
        "+11:00",
        "+11",
        "GMT+11",
        "GMT+1100",
        "UTC+11:00",
        "GMT+1100 (Australian Eastern Daylight Time)",
        "+1100 AEDT",
        "AEDT",
        "Australia/Sydney",
        "+11:00[Australia/Sydney]",
    ],
)
def test_a_zone_counts_however_it_is_written(zone: str) -> None:
    for date in ("Sun, 04 Oct 2026 05:30:00", "2026-10-04T05:30:00", "04.10.2026 05:30"):
        assert parse_date(f"{date} {zone}") == _utc(2026, 10, 3, 18, 30)


@pytest.mark.parametrize("zone", ["IST", "XYZ", "+99:00", "Trail/Nowhere", "local time"])
def test_no_date_is_better_than_one_in_an_unknown_zone(zone: str) -> None:
    assert parse_date(f"Sun, 22 Nov 2026 07:30:00 {zone}") is None


@pytest.mark.parametrize(
    "raw",
    [
        "Κυρ, 22 Νοε 2026 07:30:00",
        "вс, 22 ноября 2026 07:30",
        "dim, 22 Nov 2026 07:30",
        "22 novembre 2026 à 7h30",
        "22 de noviembre de 2026 07:30",
        "domingo, 22 de novembro de 2026 07:30",
        "Sonntag, 22. November 2026, 7:30 Uhr",
        "2026. november 22. 07:30",
    ],
)
def test_months_are_read_in_many_languages(raw: str) -> None:
    assert parse_date(raw) == _utc(2026, 11, 22, 7, 30)


def test_a_name_that_is_of_two_months_is_no_month() -> None:
    assert parse_date("22 listopada 2026") is None, "October in Croatian, November in Polish"


def test_the_weekday_decides_between_day_and_month() -> None:
    assert parse_date("Fri, 10/02/2026 - 07:00") == _utc(2026, 10, 2, 7)
    assert parse_date("Fri, 02/10/2026 - 07:00") == _utc(2026, 10, 2, 7)
    assert parse_date("02/10/2026 07:00") is None
    assert parse_date("Mon, 02/10/2026 07:00") is None


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
    first, second = replace(BARE, guid="1"), replace(BARE, guid="1", title="B")
    assert [item.title for item in assign_guids([first, second])] == ["A"]


def test_a_given_guid_is_never_given_to_another_item() -> None:
    owner = replace(BARE, guid=BARE.url, title="Owner")
    assert len({item.guid for item in assign_guids([BARE, owner])}) == 2


def test_endless_guids_are_shortened_to_a_hash() -> None:
    assert len(assign_guids([replace(BARE, guid="x" * 5000)])[0].guid) < 100
