"""Choose the greetings of an issue, none of which was used lately."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.composer.greetings.book import GreetingUse, IntroBook, without_weather
from newsletter.composer.greetings.choose import consider, greet
from newsletter.composer.greetings.load import load_book
from newsletter.composer.greetings.match import Home
from newsletter.composer.greetings.writer import Choice
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.seasons import calendar_of, season_at
from newsletter.config.places import climate_of, coordinates_of, countries_of
from newsletter.config.settings import NewsletterSettings
from newsletter.context import NewsletterConfig
from newsletter.models import (
    HEMISPHERES,
    Greeting,
    GreetingOverride,
    Hemisphere,
    Post,
    Race,
    Rhythm,
)
from newsletter.resources import file_versions, template_folders
from newsletter.scheduling.next_slot import Target
from newsletter.storage import greeting_uses, issues

#: Why an issue opens without a greeting.
LEFT_OUT = "left out by the author"
_YEAR = dt.timedelta(days=365)


def greetings_for(
    connection: Connection,
    config: NewsletterConfig,
    book: IntroBook,
    target: Target,
    override: GreetingOverride,
    rhythm: Rhythm,
    posts: tuple[Post, ...],
) -> tuple[Greeting, ...]:
    """Return one greeting for each hemisphere.

    The same target, sent issues, posts and override always give the same greetings.
    """
    days = sent_days(connection, config, rhythm)
    words = {hemisphere: _own_words(config, override, hemisphere) for hemisphere in HEMISPHERES}
    own = {
        hemisphere: _own_greeting(config, target, hemisphere, text, days)
        for hemisphere, text in words.items()
        if text is not None
    }
    if len(own) == len(HEMISPHERES):
        return tuple(own.values())
    memory = greeting_memory(connection, rhythm)
    home = home_of(config)
    book = book.without_parts(greeting_uses.unwanted_parts(connection))
    return tuple(
        own.get(hemisphere)
        or greet(
            book,
            home,
            issue_key=target.slot.key,
            day=target.slot.day,
            hemisphere=hemisphere,
            earlier=days,
            next_day=target.after.day,
            memory=memory,
            posts=posts,
            override=override,
        )
        for hemisphere in HEMISPHERES
    )


def _own_words(
    config: NewsletterConfig, override: GreetingOverride, hemisphere: Hemisphere
) -> str | None:
    """Return the author's words for readers of one hemisphere, None to choose a greeting."""
    own = dict(override.by_hemisphere)
    if hemisphere in own:
        return own[hemisphere]
    if override.kind == "text":
        return override.words
    return "" if override.kind == "none" or not config.settings.newsletter.greetings else None


def _own_greeting(
    config: NewsletterConfig,
    target: Target,
    hemisphere: Hemisphere,
    words: str,
    days: tuple[dt.date, ...],
) -> Greeting:
    season = season_at(
        target.slot.day,
        hemisphere,
        earlier=days,
        next_day=target.after.day,
        calendar=calendar_of(config.settings.newsletter),
    )
    return Greeting(
        text=words, season=season, reason="written by the author" if words else LEFT_OUT
    )


def candidates_for(
    connection: Connection,
    config: NewsletterConfig,
    book: IntroBook,
    target: Target,
    override: GreetingOverride,
    rhythm: Rhythm,
    posts: tuple[Post, ...],
    hemisphere: Hemisphere,
) -> Choice:
    """Return the greeting of one hemisphere with the candidates for each of its parts."""
    return consider(
        book.without_parts(greeting_uses.unwanted_parts(connection)),
        home_of(config),
        issue_key=target.slot.key,
        day=target.slot.day,
        hemisphere=hemisphere,
        earlier=sent_days(connection, config, rhythm),
        next_day=target.after.day,
        memory=greeting_memory(connection, rhythm),
        posts=posts,
        override=override,
    )


def home_of(config: NewsletterConfig) -> Home:
    """Return where the newsletter is written and how it speaks, by its settings."""
    newsletter = config.settings.newsletter
    zone = newsletter.timezone
    return Home(
        language=newsletter.language,
        timezone=zone,
        hemisphere=newsletter.hemisphere,
        regions=holiday_regions(newsletter),
        calendar=calendar_of(newsletter),
        climate=newsletter.climate or climate_of(zone, newsletter.hemisphere),
        location=newsletter.location or coordinates_of(zone),
        exact_location=newsletter.location is not None,
        voice=newsletter.voice,
        smileys=newsletter.smileys,
        weather=newsletter.weather_greetings,
        seed=newsletter.list_id or newsletter.blog,
        season_words=load_phrases(newsletter.language, config.email_templates).seasons,
    )


def load_greeting_book(config: NewsletterConfig) -> IntroBook:
    """Read the greeting files, the author's `intros/` before the ones that ship with us.

    They are read again once a file has changed, so that an open desk shows what the author has
    just written.
    """
    folders = (config.folder / "intros", *template_folders("intros", config.folder))
    book = _read_book(folders, config.zone, file_versions(folders))
    return book if config.settings.newsletter.weather_greetings else without_weather(book)


@lru_cache(maxsize=4)
def _read_book(
    folders: tuple[Path, ...],
    zone: ZoneInfo,
    _versions: tuple[tuple[str, int, int], ...],
) -> IntroBook:
    return load_book(folders, zone=zone)


def sent_days(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm
) -> tuple[dt.date, ...]:
    """Return the days of the issues of that rhythm that were sent, in the author's zone."""
    return tuple(
        issue.planned_for.astimezone(config.zone).date()
        for issue in issues.frozen_issues(connection, rhythm)
    )


def greeting_memory(connection: Connection, rhythm: Rhythm) -> tuple[GreetingUse, ...]:
    """Return which part of a greeting was used in which issue of that rhythm.

    Issues are counted from 1 within the rhythm: the issue numbers between them belong to the
    other rhythm, which has other readers.
    """
    frozen = issues.frozen_issues(connection, rhythm)
    counts = {issue.number: count for count, issue in enumerate(frozen, start=1)}
    return tuple(
        GreetingUse(intro_id=part_id, issue=counts[number], hemisphere=hemisphere, part=part)
        for hemisphere, part, part_id, number in greeting_uses.all_uses(connection, rhythm)
    )


def holiday_regions(newsletter: NewsletterSettings) -> frozenset[str]:
    """Return the countries whose holidays count: `regions`, else those of the time zone."""
    return frozenset(map(str.lower, newsletter.regions)) or countries_of(newsletter.timezone)


def next_races(book: IntroBook, day: dt.date, count: int) -> tuple[Race, ...]:
    """Return the author's next `count` races in the year that starts on `day`."""
    races = (race for race in book.races if day <= race.day < day + _YEAR)
    return tuple(races)[:count]


def book_warning(book: IntroBook) -> str:
    """Return one line on what the author should mend in the greeting files, "" if nothing."""
    if not book.problems:
        return ""
    first, more = book.problems[0], len(book.problems) - 1
    rest = f" ({more} more: see `newsletter intros`)" if more else ""
    return f"A greeting file needs a look, the rest works: {first}{rest}"
