"""Chooses the greeting of each hemisphere's edition from the memory of those sent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from newsletter.composer.greetings.book import GreetingUse, IntroBook, without_weather
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.load import load_book
from newsletter.composer.seasons import season_at
from newsletter.config.locale_defaults import countries_of
from newsletter.config.settings import NewsletterSettings
from newsletter.context import Context
from newsletter.models import HEMISPHERES, Greeting, GreetingOverride, Race, Rhythm
from newsletter.resources import template_folders
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import greeting_uses, issues

_AHEAD = dt.timedelta(days=365)


def greetings_for(
    context: Context,
    connection: Connection,
    book: IntroBook,
    turn: Target,
    wish: GreetingOverride,
    rhythm: Rhythm,
) -> tuple[Greeting, ...]:
    """One greeting for each hemisphere, the same for the same issue, memory and wish."""
    own = context.settings.newsletter
    days = sent_days(context, connection, rhythm)
    if wish.kind in ("text", "none"):
        reason = "written by the author" if wish.kind == "text" else "left out by the author"
        seasons = (
            season_at(
                turn.slot.day,
                hemisphere,
                earlier=days,
                next_day=turn.after.day,
                wet_months=own.wet_months,
            )
            for hemisphere in HEMISPHERES
        )
        return tuple(Greeting(text=wish.words, season=one, reason=reason) for one in seasons)
    memory = greeting_memory(connection, rhythm)
    return tuple(
        greet(
            book,
            issue_key=turn.slot.key,
            day=turn.slot.day,
            hemisphere=hemisphere,
            language=own.language,
            timezone=own.timezone,
            earlier=days,
            next_day=turn.after.day,
            memory=memory,
            author_hemisphere=own.hemisphere,
            wanted=wish.words,
            wet_months=own.wet_months,
            regions=holiday_regions(own),
        )
        for hemisphere in HEMISPHERES
    )


def load_greeting_book(context: Context) -> IntroBook:
    """The greetings in force: the author's `intros/` before those that come with us.

    Read anew each time, so that a desk that stays open sees what the author wrote.
    """
    folders = (context.folder / "intros", *template_folders("intros", context.folder))
    book = load_book(folders, zone=context.zone)
    return book if context.settings.newsletter.weather_greetings else without_weather(book)


def sent_days(context: Context, connection: Connection, rhythm: Rhythm) -> tuple[dt.date, ...]:
    """The days of the issues sent in that rhythm, by the author's calendar."""
    return tuple(
        one.planned_for.astimezone(context.zone).date()
        for one in issues.frozen_days(connection, rhythm)
    )


def greeting_memory(connection: Connection, rhythm: Rhythm) -> tuple[GreetingUse, ...]:
    """The memory: which greeting stood in which issue sent in that rhythm.

    The issues are counted from 1: numbers between them belong to the other rhythm, whose
    readers see another newsletter.
    """
    frozen = issues.frozen_days(connection, rhythm)
    places = {one.number: place for place, one in enumerate(frozen, start=1)}
    return tuple(
        GreetingUse(intro_id=intro_id, issue=places[issue], hemisphere=where)
        for where, intro_id, issue in greeting_uses.all_uses(connection, rhythm)
    )


def holiday_regions(own: NewsletterSettings) -> frozenset[str]:
    """The countries whose holidays the author keeps: as said, else by the time zone."""
    return frozenset(map(str.lower, own.regions)) or countries_of(own.timezone)


def next_races(book: IntroBook, day: dt.date, count: int) -> tuple[Race, ...]:
    """The next `count` races of the author's in the year from `day` on."""
    coming = (race for race in book.races if day <= race.day < day + _AHEAD)
    return tuple(coming)[:count]


def book_warning(book: IntroBook) -> str:
    """One line on what the author should mend in their files, "" when all is well."""
    if not book.problems:
        return ""
    first, more = book.problems[0], len(book.problems) - 1
    rest = f" ({more} more: see `newsletter intros`)" if more else ""
    return f"A greeting file needs a look, the rest works: {first}{rest}"
