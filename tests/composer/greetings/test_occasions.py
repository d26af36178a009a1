from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.occasions import (
    IssueDays,
    Occasion,
    confirmed_rule,
    dates_rule,
    nearby_occasions,
    parse_rule,
    range_rule,
)
from newsletter.composer.greetings.wording import when_phrase
from newsletter.composer.seasons import solar_event
from newsletter.models import Hemisphere

EDMONTON = ZoneInfo("America/Edmonton")


@pytest.mark.parametrize(
    ("turn", "year", "moment"),
    [
        ("december solstice", 2026, "2026-12-21T20:50"),
        ("march equinox", 2027, "2027-03-20T20:24"),
        ("june solstice", 2027, "2027-06-21T14:10"),
        ("september equinox", 2027, "2027-09-23T06:01"),
        ("december solstice", 2027, "2027-12-22T02:42"),
        ("march equinox", 2028, "2028-03-20T02:17"),
    ],
)
def test_the_sun_turns_within_two_minutes_of_the_almanac(turn: str, year: int, moment: str) -> None:
    almanac = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert abs(solar_event(turn, year) - almanac) < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("words", "zone", "day"),
    [
        ("fourth Thursday of November", "UTC", date(2027, 11, 25)),
        ("first Wednesday of June", "UTC", date(2027, 6, 2)),
        ("third monday in april", "UTC", date(2027, 4, 19)),
        ("last Sunday of February", "UTC", date(2027, 2, 28)),
        ("1 January", "UTC", date(2027, 1, 1)),
        ("29 February", "UTC", date(2027, 2, 28)),
        ("December solstice", "America/Edmonton", date(2027, 12, 21)),
        ("December solstice", "Australia/Sydney", date(2027, 12, 22)),
        ("clocks go forward", "America/New_York", date(2027, 3, 14)),
        ("clocks go back", "America/New_York", date(2027, 11, 7)),
        ("clocks go forward", "Europe/Berlin", date(2027, 3, 28)),
        ("clocks go back", "Europe/Berlin", date(2027, 10, 31)),
        ("clocks go back", "Australia/Sydney", date(2027, 4, 4)),
        ("clocks go forward", "Pacific/Auckland", date(2027, 9, 26)),
        ("clocks go back", "America/Santiago", date(2027, 4, 4)),
    ],
)
def test_a_rule_in_words_finds_its_day(words: str, zone: str, day: date) -> None:
    assert parse_rule(words)(2027, ZoneInfo(zone)) == (day,)


@pytest.mark.parametrize("zone", ["Australia/Brisbane", "Africa/Johannesburg", "Asia/Singapore"])
def test_where_clocks_stay_nothing_changes(zone: str) -> None:
    assert parse_rule("clocks go back")(2027, ZoneInfo(zone)) == ()
    assert parse_rule("clocks go forward")(2027, ZoneInfo(zone)) == ()


@pytest.mark.parametrize("words", ["30 February", "0 May", "the day after", "fifth Sunday of May"])
def test_an_unparsable_rule_is_refused_with_a_clear_error(words: str) -> None:
    with pytest.raises(ValueError, match=r"does not exist|not a rule we know"):
        parse_rule(words)


def occasion(name: str, *days: date, priority: int = 50, window: int = 5) -> Occasion:
    return Occasion(
        id=name,
        name=name,
        rule=dates_rule(days),
        before=window,
        after=window,
        priority=priority,
    )


def week_of(day: date) -> IssueDays:
    week = timedelta(days=7)
    return IssueDays(day=day, previous=day - week, following=day + week)


def ids(
    occasions: tuple[Occasion, ...],
    day: date,
    hemisphere: Hemisphere = "north",
    zone: ZoneInfo = EDMONTON,
) -> list[str]:
    occasion_dates = nearby_occasions(
        occasions, week_of(day), hemisphere=hemisphere, author_hemisphere="north", zone=zone
    )
    return [moment.occasion.id for moment in occasion_dates]


def test_the_important_occasion_comes_first_then_the_nearer() -> None:
    day = date(2027, 5, 1)
    far, close = occasion("far", date(2027, 5, 4)), occasion("close", date(2027, 5, 2))
    main = occasion("main", date(2027, 5, 5), priority=60)
    assert ids((far, close, main), day) == ["main", "close", "far"]


def test_a_window_reaches_over_new_year() -> None:
    first = Occasion(id="ny", name="ny", rule=parse_rule("1 January"), before=6, after=12)
    inside = [date(2026, 12, 26), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 13)]
    outside = [date(2026, 12, 25), date(2027, 1, 14)]
    assert [ids((first,), day) for day in inside] == [["ny"]] * 4
    assert [ids((first,), day) for day in outside] == [[]] * 2


def test_every_day_of_a_period_is_the_day_itself() -> None:
    rest = Occasion(id="rest", name="rest", rule=range_rule(date(2026, 12, 20), date(2027, 1, 10)))
    moments = nearby_occasions(
        (rest,),
        week_of(date(2027, 1, 3)),
        hemisphere="north",
        author_hemisphere="north",
        zone=EDMONTON,
    )
    assert [(m.days, m.timing) for m in moments] == [(0, "on")]


def test_clock_changes_of_the_author_are_for_the_authors_hemisphere(
    shipped: IntroBook,
) -> None:
    day = date(2027, 3, 14)
    assert "clocks-forward" in ids(shipped.occasions, day, "north")
    assert "clocks-forward" not in ids(shipped.occasions, day, "south")


def test_the_longest_day_of_one_side_is_the_shortest_of_the_other(shipped: IntroBook) -> None:
    day = date(2026, 12, 20)
    assert ids(shipped.occasions, day, "north") == ["shortest-day-north"]
    assert ids(shipped.occasions, day, "south") == ["longest-day-south"]
    assert ids(shipped.occasions, day, "tropics") == []


@pytest.mark.parametrize(
    ("race", "country", "days"),
    [
        ("boston", "us", [date(2028, 4, 17), date(2031, 4, 21)]),
        ("chicago", "us", [date(2027, 10, 10), date(2033, 10, 9)]),
        ("calgary", "ca", [date(2027, 5, 30), date(2034, 5, 28)]),
        ("melbourne", "au", [date(2029, 10, 14)]),
        ("gold-coast", "au", [date(2027, 7, 4), date(2030, 7, 7)]),
    ],
)
def test_races_go_on_by_their_rule_where_they_are_followed(
    shipped: IntroBook, race: str, country: str, days: list[date]
) -> None:
    for day in days:
        for region, expected in ((country, True), ("sg", False), ("no", False)):
            near = nearby_occasions(
                shipped.occasions,
                week_of(day - timedelta(days=3)),
                hemisphere="north",
                author_hemisphere="north",
                zone=EDMONTON,
                regions=frozenset({region}),
            )
            assert ((race, day) in [(n.occasion.id, n.date) for n in near]) == expected


def test_a_confirmed_date_wins_over_the_rule_for_its_year_alone() -> None:
    rule = confirmed_rule((date(2026, 4, 12),), parse_rule("last Sunday of April"))
    assert rule(2026, EDMONTON) == (date(2026, 4, 12),)
    assert rule(2027, EDMONTON) == (date(2027, 4, 25),)


@pytest.mark.parametrize(
    ("weekday", "issue"),
    [(n, "before") for n in range(7)] + [(n, "after") for n in range(7)],
)
def test_every_date_belongs_to_an_issue_whatever_the_weekday(weekday: int, issue: str) -> None:
    first = date(2027, 3, 1) + timedelta(days=weekday)
    issues = [first + timedelta(days=7 * n) for n in range(6)]
    for offset in range(8, 15):
        event = Occasion(id="e", name="e", rule=dates_rule((date(2027, 3, 1 + offset),)))
        timings = [
            near[0].timing
            for day in issues
            if (
                near := nearby_occasions(
                    (event,),
                    week_of(day),
                    hemisphere="north",
                    author_hemisphere="north",
                    zone=EDMONTON,
                )
            )
        ]
        assert timings in (["before", "after"], ["on", "after"])
        assert issue == "before" or timings[-1] == "after"


def test_the_clocks_are_told_of_before_they_change(shipped: IntroBook) -> None:
    assert "clocks-back" in ids(shipped.occasions, date(2027, 10, 31))
    assert "clocks-back" in ids(shipped.occasions, date(2027, 11, 7))


HOLIDAYS = [
    ("canada-day", "ca", date(2027, 7, 1)),
    ("independence-day", "us", date(2027, 7, 4)),
    ("christmas", "nz", date(2033, 12, 25)),
    ("matariki", "nz", date(2027, 6, 25)),
    ("lunar-new-year", "sg", date(2027, 2, 6)),
    ("heritage-day", "za", date(2027, 9, 24)),
    ("canadian-thanksgiving", "ca", date(2027, 10, 11)),
    ("easter", "gb", date(2027, 3, 28)),
    ("mothers-day-lent", "ie", date(2027, 3, 7)),
    ("victoria-day", "ca", date(2027, 5, 24)),
]


@pytest.mark.parametrize(("holiday", "country", "day"), HOLIDAYS)
def test_a_holiday_is_kept_in_its_country_alone(
    shipped: IntroBook, holiday: str, country: str, day: date
) -> None:
    def near(region: str) -> list[str]:
        dates = nearby_occasions(
            shipped.occasions,
            week_of(day),
            hemisphere="north",
            author_hemisphere="north",
            zone=EDMONTON,
            regions=frozenset({region}),
        )
        return [each.occasion.id for each in dates if each.days == 0]

    assert holiday in near(country)
    assert holiday not in near("de")


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (1, "en-US", "tomorrow"),
        (3, "en-US", "on Wednesday"),
        (7, "en-US", "in a week"),
        (9, "en-US", "in nine days"),
        (21, "en-US", "in three weeks"),
        (31, "en-US", "on June 16"),
        (31, "en-GB", "on 16 June"),
        (-3, "en-US", "last Thursday"),
        (-7, "en-US", "last Sunday"),
        (-9, "en-US", "nine days ago"),
    ],
)
def test_a_day_is_told_as_people_tell_it(days: int, language: str, words: str) -> None:
    today = date(2027, 5, 16)
    assert when_phrase(days, today + timedelta(days=days), language) == words
