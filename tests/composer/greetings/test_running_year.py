"""Twelve dates of a running year, and the greeting that fits each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.choose import greet
from newsletter.config.locale_defaults import countries_of
from newsletter.models import Greeting, Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    day: date
    season: str
    phase: str
    side: Hemisphere = "north"
    zone: str = "America/New_York"
    occasion: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


MOMENTS = {
    "turkey trot on Thursday": Moment(
        day=date(2026, 11, 22),
        season="fall",
        phase="late",
        occasion="turkey-trot",
        says=("turkey", "trot", "gravy"),
    ),
    "the last of fall": Moment(day=date(2026, 11, 29), season="fall", phase="last"),
    "winter opens": Moment(
        day=date(2026, 12, 6),
        season="winter",
        phase="first",
        says=("Hello winter running season!!",),
    ),
    "summer opens in Melbourne": Moment(
        day=date(2026, 12, 6),
        season="summer",
        phase="first",
        side="south",
        zone="Australia/Melbourne",
        says=("Hello summer running season!!",),
        never=("snow", "winter", "cold snap"),
    ),
    "the shortest day tomorrow": Moment(
        day=date(2026, 12, 20),
        season="winter",
        phase="early",
        occasion="shortest-day-north",
        says=("shortest day",),
    ),
    "the new year, in week 53 of the old": Moment(
        day=date(2027, 1, 3),
        season="winter",
        phase="mid",
        occasion="new-year",
        says=("new year", "few days ago", "last year", "days of a year"),
        never=("you should", "must"),
    ),
    "the last of winter": Moment(
        day=date(2027, 2, 28), season="winter", phase="last", says=("winter", "spring", "turns")
    ),
    "the lost hour": Moment(
        day=date(2027, 3, 14),
        season="spring",
        phase="early",
        occasion="clocks-forward",
        says=("clocks", "new time"),
    ),
    "Boston tomorrow": Moment(
        day=date(2027, 4, 18),
        season="spring",
        phase="mid",
        occasion="boston",
        says=("Boston", "Marathon Monday"),
    ),
    "the last of fall in Queensland": Moment(
        day=date(2027, 5, 30),
        season="fall",
        phase="last",
        side="south",
        zone="Australia/Brisbane",
        never=("Gold Coast", "spring is"),
    ),
    "Global Running Day on Wednesday": Moment(
        day=date(2027, 5, 30),
        season="spring",
        phase="last",
        occasion="global-running-day",
        says=("Global Running Day is on Wednesday", "run on Wednesday"),
    ),
    "the middle of summer": Moment(
        day=date(2027, 7, 18),
        season="summer",
        phase="mid",
        never=("it is hot", "it's hot", "heat wave"),
    ),
    "the build-up in Darwin": Moment(
        day=date(2027, 11, 14),
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
        says=("Hello spring running season!!",),
    ),
}


def greeting_at(book: IntroBook, moment: Moment, key: str) -> Greeting:
    """Return the greeting of a Sunday newsletter that was sent every week before."""
    week = timedelta(days=7)
    return greet(
        book,
        issue_key=key,
        day=moment.day,
        hemisphere=moment.side,
        language="en",
        timezone=moment.zone,
        earlier=tuple(moment.day - n * week for n in range(60, 0, -1)),
        next_day=moment.day + week,
        memory=(),
        author_hemisphere=moment.side,
        regions=countries_of(moment.zone),
    )


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
        assert not moment.says or any(words.lower() in text for words in moment.says), text
        assert not any(words in text for words in moment.never), text
        assert greeting.reason


def test_a_newsletter_that_paused_over_a_new_season_still_opens_it(
    shipped: IntroBook,
) -> None:
    greeting = greet(
        shipped,
        issue_key="2027-W39",
        day=date(2027, 10, 3),
        hemisphere="north",
        language="en",
        timezone="America/Edmonton",
        earlier=(date(2027, 8, 22), date(2027, 8, 29)),
        next_day=date(2027, 10, 10),
        memory=(),
        author_hemisphere="north",
    )
    assert greeting.text.startswith("Hello fall running season!!")
