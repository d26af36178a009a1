"""Greet an issue of a newsletter that was sent every week before."""

from __future__ import annotations

from datetime import date, timedelta

from newsletter.composer.greetings.book import GreetingUse, IntroBook, Smileys, Voice
from newsletter.composer.greetings.choose import consider
from newsletter.composer.greetings.match import Home
from newsletter.composer.greetings.writer import Choice
from newsletter.composer.seasons import SeasonCalendar
from newsletter.config.places import climate_of, coordinates_of, countries_of, wet_months_of
from newsletter.models import AUTO_GREETING, Greeting, GreetingOverride, Hemisphere, Post

WEEK = timedelta(days=7)


def home_at(
    zone: str = "America/Edmonton",
    side: Hemisphere = "north",
    *,
    language: str = "en",
    calendar: SeasonCalendar | None = None,
    voice: Voice = "i",
    smileys: Smileys = "text",
    weather: bool = False,
    location: tuple[float, float] | None = None,
    seed: str = "",
) -> Home:
    """Return a newsletter's home in a time zone, as its settings would have it by default."""
    return Home(
        language=language,
        timezone=zone,
        hemisphere=side,
        regions=countries_of(zone),
        calendar=calendar or SeasonCalendar(wet_months=wet_months_of(zone), timezone=zone),
        climate=climate_of(zone, side),
        location=location or coordinates_of(zone),
        exact_location=location is not None,
        voice=voice,
        smileys=smileys,
        weather=weather,
        seed=seed,
    )


def choice_of(
    book: IntroBook,
    day: date,
    home: Home | None = None,
    *,
    key: str = "lot",
    side: Hemisphere | None = None,
    weeks_before: int = 30,
    earlier: tuple[date, ...] | None = None,
    next_day: date | None = None,
    memory: tuple[GreetingUse, ...] = (),
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Choice:
    """Return how the issue of `day` opens, with its candidates."""
    home = home or home_at()
    if earlier is None:
        earlier = tuple(day - n * WEEK for n in range(weeks_before, 0, -1))
    return consider(
        book,
        home,
        issue_key=key,
        day=day,
        hemisphere=side or home.hemisphere,
        earlier=earlier,
        next_day=next_day or day + WEEK,
        memory=memory,
        posts=posts,
        override=override,
    )


def opens(
    book: IntroBook,
    day: date,
    home: Home | None = None,
    *,
    key: str = "lot",
    side: Hemisphere | None = None,
    weeks_before: int = 30,
    earlier: tuple[date, ...] | None = None,
    next_day: date | None = None,
    memory: tuple[GreetingUse, ...] = (),
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Greeting:
    """Return how the issue of `day` opens."""
    return choice_of(
        book,
        day,
        home,
        key=key,
        side=side,
        weeks_before=weeks_before,
        earlier=earlier,
        next_day=next_day,
        memory=memory,
        posts=posts,
        override=override,
    ).greeting
