"""Ten years of every rhythm in every hemisphere."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from newsletter.composer.greetings.book import IntroBook, uses_of
from newsletter.composer.greetings.choose import SimulatedIssue, YearSlot, simulate_greetings
from newsletter.composer.greetings.match import Home
from newsletter.composer.greetings.selection import REST_ISSUES
from newsletter.composer.seasons import Span, season_name, season_span
from newsletter.models import HEMISPHERES, Hemisphere

YEARS = 10
ZONES: dict[Hemisphere, str] = {
    "north": "America/Edmonton",
    "south": "Australia/Melbourne",
    "tropics": "Australia/Darwin",
}


def every(first: date, days: int) -> list[date]:
    return [first + timedelta(days=n * days) for n in range(YEARS * 365 // days)]


def monthly_with_gaps() -> list[date]:
    lots = random.Random(11)  # noqa: S311  # reproducible, no secret
    months = [(2026 + n // 12, n % 12 + 1) for n in range(11, 11 + YEARS * 12)]
    firsts = [date(year, month, 1) for year, month in months]
    sundays = [day + timedelta(days=(6 - day.weekday()) % 7) for day in firsts]
    return [day for day in sundays if lots.random() > 0.15]


def weekly_with_gaps() -> list[date]:
    lots = random.Random(7)  # noqa: S311  # reproducible, no secret
    return [day for day in every(date(2026, 12, 6), 7) if lots.random() > 0.2]


RHYTHMS = {
    "weekly Sunday": every(date(2026, 12, 6), 7),
    "weekly Thursday": every(date(2026, 12, 3), 7),
    "weekly with gaps": weekly_with_gaps(),
    "fortnightly": every(date(2026, 12, 6), 14),
    "monthly with gaps": monthly_with_gaps(),
}


def slots(days: list[date]) -> tuple[YearSlot, ...]:
    return tuple(
        YearSlot(key=f"{day.isocalendar().year}-W{day.isocalendar().week:02}", number=n, day=day)
        for n, day in enumerate(days, 1)
    )


def home_in(hemisphere: Hemisphere, language: str = "en") -> Home:
    return Home(language=language, timezone=ZONES[hemisphere], hemisphere=hemisphere)


def simulate(
    book: IntroBook, rhythm: str, hemispheres: tuple[Hemisphere, ...]
) -> tuple[SimulatedIssue, ...]:
    return simulate_greetings(
        book,
        home_in(hemispheres[0]),
        slots(RHYTHMS[rhythm]),
        hemispheres=hemispheres,
    )


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_ten_years_without_a_repeat_or_a_wrong_season(
    shipped: IntroBook, hemisphere: Hemisphere, rhythm: str
) -> None:
    issues = simulate(shipped, rhythm, (hemisphere,))
    greetings = [issue.greetings[0] for issue in issues]
    assert all(greeting.text for greeting in greetings)
    for number, greeting in enumerate(greetings):
        recent = greetings[max(0, number - REST_ISSUES) : number]
        # What is said of a day of the year may come back with that day.
        assert greeting.occasion or greeting.text not in {other.text for other in recent}
    for issue in issues:
        greeting = issue.greetings[0]
        assert greeting.season.hemisphere == hemisphere
        assert greeting.season.name == season_name(issue.slot.day, hemisphere)


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_every_season_is_opened_once_by_its_first_issue(
    shipped: IntroBook, hemisphere: Hemisphere, rhythm: str
) -> None:
    opened: Counter[Span] = Counter()
    seasons = set()
    for issue in simulate(shipped, rhythm, (hemisphere,)):
        greeting = issue.greetings[0]
        season = season_span(issue.slot.day, hemisphere)
        opens = greeting.part("hello") is not None
        is_new = issue.slot.day - season.start < timedelta(weeks=3)
        assert opens == (is_new and season not in seasons)
        seasons.add(season)
        opened[season] += opens
    assert set(opened.values()) <= {0, 1}
    assert sum(opened.values()) > YEARS


def test_three_editions_share_a_list_without_any_of_them_repeating(shipped: IntroBook) -> None:
    issues = simulate(shipped, "weekly Sunday", HEMISPHERES)
    for hemisphere in HEMISPHERES:
        texts = [g.text for issue in issues if (g := issue.greeting(hemisphere)) is not None]
        assert len(texts) == len(issues)
        for number, text in enumerate(texts):
            assert text
            assert text not in texts[max(0, number - REST_ISSUES) : number]


def test_simulating_twice_or_in_two_parts_gives_the_same_year(shipped: IntroBook) -> None:
    whole = simulate(shipped, "weekly Sunday", ("north", "south"))
    assert simulate(shipped, "weekly Sunday", ("north", "south")) == whole
    half = 100
    sent, rest = whole[:half], whole[half:]
    assert rest == simulate_greetings(
        shipped,
        home_in("north"),
        tuple(issue.slot for issue in rest),
        hemispheres=("north", "south"),
        earlier=tuple(issue.slot.day for issue in sent),
        memory=tuple(
            use
            for issue in sent
            for greeting in issue.greetings
            for use in uses_of(greeting, issue.slot.number)
        ),
    )


def test_an_author_who_moves_in_mid_season_is_greeted_where_they_live(
    shipped: IntroBook,
) -> None:
    north = simulate(shipped, "weekly Sunday", ("north",))[:19]
    moved = simulate_greetings(
        shipped,
        home_in("south", "en-AU"),
        slots(RHYTHMS["weekly Sunday"])[19:60],
        hemispheres=("south",),
        memory=tuple(
            replace(use, hemisphere=None)
            for issue in north
            for use in uses_of(issue.greetings[0], issue.slot.number)
        ),
    )
    assert north[-1].greetings[0].season.name == "spring"
    assert moved[0].greetings[0].season.name == "fall"
    assert not any("fall" in issue.greetings[0].text.split() for issue in moved)
    texts = [issue.greetings[0].text for issue in (*north, *moved)]
    assert len(set(texts[:41])) == 41


def test_the_years_hold_a_week_53_and_leap_days(shipped: IntroBook) -> None:
    issues = simulate(shipped, "weekly Sunday", ("north",))
    week_53 = next(issue for issue in issues if issue.slot.key == "2026-W53")
    assert week_53.slot.day == date(2027, 1, 3)
    assert week_53.greetings[0].occasion == "new-year"
    thursdays = simulate(shipped, "weekly Thursday", ("north",))
    leap = next(issue for issue in thursdays if issue.slot.day == date(2036, 2, 28))
    assert leap.greetings[0].season.phase == "last"
