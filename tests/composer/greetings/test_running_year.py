"""Twelve dates of a running year, and the greeting that fits each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.models import Greeting, Hemisphere
from tests.composer.greetings.opening import home_at, opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    day: date
    season: str
    phase: str
    side: Hemisphere = "north"
    zone: str = "America/New_York"
    occasion: str = ""
    never: tuple[str, ...] = ()


MOMENTS = {
    "turkey trot on Thursday": Moment(
        day=date(2026, 11, 22),
        season="fall",
        phase="late",
        occasion="turkey-trot",
    ),
    "the last of fall": Moment(
        day=date(2026, 11, 29), season="fall", phase="last", zone="Europe/Berlin"
    ),
    "winter opens": Moment(
        day=date(2026, 12, 6),
        season="winter",
        phase="first",
    ),
    "summer opens in Melbourne": Moment(
        day=date(2026, 12, 6),
        season="summer",
        phase="first",
        side="south",
        zone="Australia/Melbourne",
        never=("snow", "winter", "cold snap"),
    ),
    "the shortest day tomorrow": Moment(
        day=date(2026, 12, 20),
        season="winter",
        phase="early",
        zone="Europe/Berlin",
        occasion="shortest-day-north",
    ),
    "the new year, in week 53 of the old": Moment(
        day=date(2027, 1, 3),
        season="winter",
        phase="mid",
        occasion="new-year",
        never=("you should", "must"),
    ),
    "the last of winter": Moment(day=date(2027, 2, 28), season="winter", phase="last"),
    "the lost hour": Moment(
        day=date(2027, 3, 14),
        season="spring",
        phase="early",
        occasion="clocks-forward",
    ),
    "Boston tomorrow": Moment(
        day=date(2027, 4, 18),
        season="spring",
        phase="mid",
        occasion="boston",
    ),
    "the last of fall in Queensland": Moment(
        day=date(2027, 5, 30),
        season="fall",
        phase="last",
        side="south",
        zone="Australia/Brisbane",
        occasion="global-running-day",
        never=("Gold Coast", "spring is"),
    ),
    "Global Running Day on Wednesday": Moment(
        day=date(2027, 5, 30),
        season="spring",
        phase="last",
        occasion="global-running-day",
    ),
    "the middle of summer": Moment(
        day=date(2027, 7, 18),
        season="summer",
        phase="mid",
        never=("it is hot", "it's hot", "heat wave"),
    ),
    "the build-up in Darwin": Moment(
        day=date(2027, 11, 21),
        season="wet",
        phase="early",
        side="tropics",
        zone="Australia/Darwin",
        never=("autumn", "fall", "winter", "spring", "summer"),
    ),
    "European clocks go back": Moment(
        day=date(2027, 10, 31),
        season="fall",
        phase="mid",
        zone="Europe/Berlin",
        occasion="clocks-back",
    ),
    "spring opens in the south": Moment(
        day=date(2027, 9, 5),
        season="spring",
        phase="first",
        side="south",
        zone="Pacific/Auckland",
        occasion="fathers-day-september",
    ),
}


def greeting_at(book: IntroBook, moment: Moment, key: str) -> Greeting:
    """Return the greeting of a Sunday newsletter that was sent every week before."""
    home = home_at(moment.zone, moment.side)
    return opens(book, moment.day, home, key=key, weeks_before=60)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_every_possible_greeting_fits_its_date(shipped: IntroBook, moment: Moment) -> None:
    for number in range(60):
        greeting = greeting_at(shipped, moment, f"lot-{number}")
        season = greeting.season
        assert (season.name, season.phase, season.hemisphere) == (
            moment.season,
            moment.phase,
            moment.side,
        )
        assert greeting.occasion == moment.occasion
        text = greeting.text.lower()
        assert (greeting.part("hello") is not None) == (moment.phase == "first")
        assert not any(words in text for words in moment.never), text
        assert greeting.reason


def test_a_newsletter_that_paused_over_a_new_season_does_not_call_it_new(
    shipped: IntroBook,
) -> None:
    earlier = (date(2027, 8, 22), date(2027, 8, 29))
    late = opens(shipped, date(2027, 10, 3), earlier=earlier)
    assert late.occasion == "after-a-pause"
    assert late.part("hello") is None
    soon = opens(shipped, date(2027, 9, 12), earlier=earlier)
    assert soon.part("hello") is not None


def test_a_newsletter_that_starts_late_in_a_season_does_not_call_it_new(
    shipped: IntroBook,
) -> None:
    first = opens(shipped, date(2026, 11, 29), earlier=())
    assert first.occasion == "first-issue"
    assert first.part("hello") is None


MONTH = timedelta(days=35)
ANNOUNCED = {
    "the clocks": (date(2027, 10, 3), "clocks-back", "on November 7"),
    "Global Running Day": (date(2027, 5, 2), "global-running-day", "on June 2"),
    "Easter": (date(2028, 4, 2), "easter", "Easter"),
}


@pytest.mark.parametrize(("day", "occasion", "words"), ANNOUNCED.values(), ids=ANNOUNCED)
def test_a_monthly_issue_announces_what_is_weeks_ahead(
    shipped: IntroBook, day: date, occasion: str, words: str
) -> None:
    home = home_at("America/New_York")
    earlier = tuple(day - n * MONTH for n in range(6, 0, -1))
    for number in range(20):
        greeting = opens(
            shipped, day, home, key=f"lot {number}", earlier=earlier, next_day=day + MONTH
        )
        opener = greeting.part("opener")
        assert opener is not None
        assert greeting.occasion == occasion
        assert words in opener.text
        assert "Happy" not in opener.text
        assert "week of" not in greeting.text


def test_nothing_light_hearted_is_said_on_a_day_of_mourning(shipped: IntroBook) -> None:
    home = home_at("Europe/London")
    for number in range(20):
        greeting = opens(shipped, date(2029, 11, 11), home, key=f"lot {number}")
        assert greeting.occasion == "remembrance-day"
        assert {part.id.startswith("remembrance-day") for part in greeting.parts} == {True}
