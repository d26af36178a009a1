from __future__ import annotations

from datetime import date, timedelta

import pytest

from newsletter.composer.seasons import (
    SeasonCalendar,
    season_at,
    season_name,
    season_span,
    season_third,
    season_word,
)
from newsletter.models import HEMISPHERES, Hemisphere, Season, SeasonName


@pytest.mark.parametrize(
    ("month", "north", "south", "tropics"),
    [
        (1, "winter", "summer", "wet"),
        (2, "winter", "summer", "wet"),
        (3, "spring", "fall", "wet"),
        (4, "spring", "fall", "wet"),
        (5, "spring", "fall", "dry"),
        (6, "summer", "winter", "dry"),
        (7, "summer", "winter", "dry"),
        (8, "summer", "winter", "dry"),
        (9, "fall", "spring", "dry"),
        (10, "fall", "spring", "dry"),
        (11, "fall", "spring", "wet"),
        (12, "winter", "summer", "wet"),
    ],
)
def test_each_month_has_its_season(month: int, north: str, south: str, tropics: str) -> None:
    names = [season_name(date(2027, month, 15), hemisphere) for hemisphere in HEMISPHERES]
    assert names == [north, south, tropics]


@pytest.mark.parametrize(
    ("day", "hemisphere", "start", "end"),
    [
        (date(2028, 2, 29), "north", date(2027, 12, 1), date(2028, 3, 1)),
        (date(2027, 12, 1), "north", date(2027, 12, 1), date(2028, 3, 1)),
        (date(2027, 1, 31), "south", date(2026, 12, 1), date(2027, 3, 1)),
        (date(2027, 3, 1), "tropics", date(2026, 11, 1), date(2027, 5, 1)),
        (date(2027, 5, 1), "tropics", date(2027, 5, 1), date(2027, 11, 1)),
    ],
)
def test_a_season_runs_from_its_first_day_to_the_next_season(
    day: date, hemisphere: Hemisphere, start: date, end: date
) -> None:
    span = season_span(day, hemisphere)
    assert (span.start, span.end) == (start, end)


def test_a_winter_over_new_year_is_one_winter() -> None:
    assert season_span(date(2026, 12, 31), "north") == season_span(date(2027, 2, 28), "north")
    assert season_span(date(2027, 2, 28), "north") != season_span(date(2027, 12, 1), "north")
    span = season_span(date(2027, 1, 1), "north")
    assert (span.name, span.start) == ("winter", date(2026, 12, 1))


def test_the_author_says_which_months_are_wet() -> None:
    monsoon = SeasonCalendar(wet_months=(6, 7, 8, 9))
    assert season_name(date(2027, 7, 1), "tropics", calendar=monsoon) == "wet"
    span = season_span(date(2027, 12, 1), "tropics", calendar=monsoon)
    assert (span.start, span.end) == (date(2027, 10, 1), date(2028, 6, 1))


@pytest.mark.parametrize("wet_months", [(), tuple(range(1, 13))])
def test_where_it_never_changes_each_year_is_a_season(wet_months: tuple[int, ...]) -> None:
    calendar = SeasonCalendar(wet_months=wet_months)
    span = season_span(date(2027, 6, 1), "tropics", calendar=calendar)
    assert (span.name, span.start, span.end) == (
        "year-round",
        date(2027, 1, 1),
        date(2028, 1, 1),
    )
    season = season_at(
        date(2027, 1, 3), "tropics", earlier=(), next_day=date(2028, 1, 2), calendar=calendar
    )
    assert (season.name, season.phase) == ("year-round", "early")


@pytest.mark.parametrize(
    ("day", "north", "south"),
    [
        (date(2012, 9, 21), "summer", "winter"),
        (date(2012, 9, 22), "fall", "spring"),
        (date(2027, 12, 20), "fall", "spring"),
        (date(2027, 12, 21), "winter", "summer"),
        (date(2028, 1, 1), "winter", "summer"),
        (date(2028, 3, 19), "spring", "fall"),
    ],
)
def test_seasons_may_go_by_the_sun_where_the_author_lives(
    day: date, north: str, south: str
) -> None:
    sun = SeasonCalendar(borders="sun", timezone="America/Edmonton")
    assert season_name(day, "north", calendar=sun) == north
    assert season_name(day, "south", calendar=sun) == south


def test_seasons_may_go_by_dates_of_the_authors() -> None:
    dates = SeasonCalendar(borders="dates", dates=((4, 15), (6, 21), (9, 22), (11, 15)))
    assert season_name(date(2027, 4, 14), "north", calendar=dates) == "winter"
    assert season_name(date(2027, 4, 15), "north", calendar=dates) == "spring"
    assert season_name(date(2027, 11, 20), "north", calendar=dates) == "winter"
    span = season_span(date(2028, 2, 1), "north", calendar=dates)
    assert (span.start, span.end) == (date(2027, 11, 15), date(2028, 4, 15))


@pytest.mark.parametrize(
    ("name", "language", "word"),
    [
        ("fall", "en", "fall"),
        ("fall", "en-US", "fall"),
        ("fall", "en_CA", "fall"),
        ("fall", "en-GB", "autumn"),
        ("fall", "en-AU", "autumn"),
        ("fall", "en-Latn-ZA", "autumn"),
        ("winter", "en-GB", "winter"),
        ("wet", "en-AU", "wet season"),
        ("wet", "en-IN", "rainy season"),
        ("dry", "en", "dry season"),
    ],
)
def test_the_word_for_a_season_follows_the_language(
    name: SeasonName, language: str, word: str
) -> None:
    assert season_word(name, language) == word


def at(day: date, *, earlier: tuple[date, ...] = (), next_day: date | None = None) -> Season:
    return season_at(day, "north", earlier=earlier, next_day=next_day)


def test_the_first_issue_of_a_season_is_first_in_its_first_three_weeks() -> None:
    before = (date(2027, 8, 29),)
    assert at(date(2027, 9, 21), earlier=before).phase == "first"
    assert at(date(2027, 9, 22), earlier=before).phase == "early"
    assert at(date(2027, 10, 24), earlier=before).phase == "mid"
    assert at(date(2027, 9, 12), earlier=(date(2027, 9, 5),)).phase == "early"


def test_an_issue_of_the_same_season_last_year_does_not_count() -> None:
    assert at(date(2027, 9, 5), earlier=(date(2026, 9, 6), date(2026, 11, 29))).phase == "first"


def test_the_last_issue_is_the_one_before_another_season() -> None:
    earlier = (date(2027, 9, 5),)
    last = at(date(2027, 11, 28), earlier=earlier, next_day=date(2027, 12, 5))
    before = at(date(2027, 11, 21), earlier=earlier, next_day=date(2027, 11, 28))
    assert (last.phase, before.phase) == ("last", "late")


def test_an_issue_that_is_first_and_last_is_first() -> None:
    assert at(date(2027, 9, 12), next_day=date(2027, 12, 5)).phase == "first"


def test_the_calendar_divides_the_rest_into_thirds() -> None:
    start = date(2027, 9, 1)
    thirds = [season_third(start + timedelta(days=n), "north") for n in range(91)]
    assert [thirds.count("early"), thirds.count("mid"), thirds.count("late")] == [31, 30, 30]
    assert thirds == sorted(thirds, key=["early", "mid", "late"].index)


def test_an_issue_is_not_its_own_predecessor() -> None:
    day = date(2027, 9, 5)
    assert at(day, earlier=(day, date(2027, 9, 12))).phase == "first"
