"""Choose the greetings of an issue, none of which was used lately."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from newsletter.composer.greetings.book import GreetingUse, IntroBook, without_weather
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.load import load_book
from newsletter.composer.seasons import season_at
from newsletter.config.locale_defaults import countries_of
from newsletter.config.settings import NewsletterSettings
from newsletter.context import NewsletterConfig
from newsletter.models import HEMISPHERES, Greeting, GreetingOverride, Race, Rhythm
from newsletter.resources import template_folders
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import greeting_uses, issues

_YEAR = dt.timedelta(days=365)


def greetings_for(
    connection: Connection,
    config: NewsletterConfig,
    book: IntroBook,
    target: Target,
    override: GreetingOverride,
    rhythm: Rhythm,
) -> tuple[Greeting, ...]:
    """Return one greeting for each hemisphere.

    The same target, sent issues and override always give the same greetings.
    """
    newsletter = config.settings.newsletter
    days = sent_days(connection, config, rhythm)
    if override.kind in ("text", "none"):
        reason = "written by the author" if override.kind == "text" else "left out by the author"
        seasons = (
            season_at(
                target.slot.day,
                hemisphere,
                earlier=days,
                next_day=target.after.day,
                wet_months=newsletter.wet_months,
            )
            for hemisphere in HEMISPHERES
        )
        return tuple(
            Greeting(text=override.words, season=season, reason=reason) for season in seasons
        )
    memory = greeting_memory(connection, rhythm)
    return tuple(
        greet(
            book,
            issue_key=target.slot.key,
            day=target.slot.day,
            hemisphere=hemisphere,
            language=newsletter.language,
            timezone=newsletter.timezone,
            earlier=days,
            next_day=target.after.day,
            memory=memory,
            author_hemisphere=newsletter.hemisphere,
            wanted=override.words,
            wet_months=newsletter.wet_months,
            regions=holiday_regions(newsletter),
        )
        for hemisphere in HEMISPHERES
    )


def load_greeting_book(config: NewsletterConfig) -> IntroBook:
    """Read the greeting files, the author's `intros/` before the ones that ship with us.

    They are read on each call, so that an open desk shows what the author has just written.
    """
    folders = (config.folder / "intros", *template_folders("intros", config.folder))
    book = load_book(folders, zone=config.zone)
    return book if config.settings.newsletter.weather_greetings else without_weather(book)


def sent_days(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm
) -> tuple[dt.date, ...]:
    """Return the days of the issues of that rhythm that were sent, in the author's zone."""
    return tuple(
        issue.planned_for.astimezone(config.zone).date()
        for issue in issues.frozen_issues(connection, rhythm)
    )


def greeting_memory(connection: Connection, rhythm: Rhythm) -> tuple[GreetingUse, ...]:
    """Return which greeting was used in which issue of that rhythm.

    Issues are counted from 1 within the rhythm: the issue numbers between them belong to the
    other rhythm, which has other readers.
    """
    frozen = issues.frozen_issues(connection, rhythm)
    counts = {issue.number: count for count, issue in enumerate(frozen, start=1)}
    return tuple(
        GreetingUse(intro_id=intro_id, issue=counts[number], hemisphere=hemisphere)
        for hemisphere, intro_id, number in greeting_uses.all_uses(connection, rhythm)
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
