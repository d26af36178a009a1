"""A year of greetings: those that were sent, and those to come as planned now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.choose import YearIssue, YearSlot, simulate_greetings
from newsletter.composer.seasons import calendar_of
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.greeting_choice import (
    LEFT_OUT,
    greeting_memory,
    greetings_for,
    home_of,
    load_greeting_book,
    sent_days,
)
from newsletter.errors import UsageError
from newsletter.models import AUTO_GREETING, Greeting, Hemisphere, Issue, Rhythm, UsedPart
from newsletter.resources import template_folders
from newsletter.schedule import Slot, slots_from
from newsletter.scheduling.next_slot import Target, choose_next_slot, taken_slots
from newsletter.storage import greeting_uses, issues
from newsletter.storage.database.engine import snapshot

_MAX_YEARS_AHEAD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The issues of a year in order, as readers of one hemisphere get them."""

    year: int
    hemisphere: Hemisphere
    weeks: tuple[YearIssue, ...]
    book: IntroBook


@dataclass(frozen=True, slots=True, kw_only=True)
class PartUses:
    """A part of a greeting, and the issues that it opened."""

    part: UsedPart
    id: str
    #: The issues' numbers, oldest first.
    issues: tuple[int, ...]
    #: Whether the author never wants it again.
    unwanted: bool


def greetings_of_year(
    context: Context,
    year: int | None = None,
    hemisphere: Hemisphere | None = None,
    rhythm: Rhythm | None = None,
) -> Year:
    """Return the greetings of `year`, by default this year's.

    They are those of one hemisphere and rhythm, by default the author's and the newsletter's
    own. Issues that were sent keep their greeting. Issues to come are simulated in order, as
    if each were sent, so two calls agree. A hemisphere without readers is simulated as if it
    had one. Raise UsageError for a year too far ahead.
    """
    config, now = context.config, context.clock()
    this_year = now.astimezone(config.zone).year
    year = this_year if year is None else year
    hemisphere = hemisphere or config.settings.newsletter.hemisphere
    rhythm = rhythm or config.settings.issue.rhythm
    last_year = this_year + _MAX_YEARS_AHEAD
    if year > last_year:
        raise UsageError(f"{year} is too far ahead to say.", cure=f"Up to {last_year} it can be.")
    book = load_greeting_book(config)
    with snapshot(context.engine) as connection:
        sent = tuple(_sent_issues(connection, config, year, hemisphere, rhythm))
        target = choose_next_slot(connection, config, rhythm, now)
        planned = tuple(_planned_issues(connection, config, book, target, year, hemisphere, rhythm))
    return Year(year=year, hemisphere=hemisphere, weeks=(*sent, *planned), book=book)


def uses_of_parts(connection: Connection) -> tuple[PartUses, ...]:
    """Return every part of a greeting that was sent, the one sent last first."""
    rows = greeting_uses.all_uses(connection)
    unwanted = greeting_uses.unwanted_parts(connection)
    numbers: dict[tuple[UsedPart, str], list[int]] = {}
    for _, part, part_id, number in rows:
        of_part = numbers.setdefault((part, part_id), [])
        if number not in of_part:
            of_part.append(number)
    uses = (
        PartUses(part=part, id=part_id, issues=tuple(sent), unwanted=part_id in unwanted)
        for (part, part_id), sent in numbers.items()
    )
    return tuple(sorted(uses, key=lambda use: (-use.issues[-1], use.part, use.id)))


def render_year(config: NewsletterConfig, year: Year) -> str:
    """Render the year as a page of HTML. Raise ComposeError if a template is faulty."""
    from newsletter.composer.year_page import draw_year

    newsletter = config.settings.newsletter
    return draw_year(
        year.year,
        year.weeks,
        hemisphere=year.hemisphere,
        title=newsletter.title,
        language=newsletter.language,
        occasions={occasion.id: occasion.name for occasion in year.book.occasions},
        races=year.book.races,
        seasons=calendar_of(newsletter),
        folders=template_folders("web", config.folder),
    )


def _sent_issues(
    connection: Connection,
    config: NewsletterConfig,
    year: int,
    hemisphere: Hemisphere,
    rhythm: Rhythm,
) -> Iterator[YearIssue]:
    for issue in issues.frozen_issues(connection, rhythm):
        day = issue.planned_for.astimezone(config.zone).date()
        greeting = issue.greeting(hemisphere)
        if day.year == year and greeting is not None and issue.status != "cancelled":
            yield YearIssue(number=issue.number, day=day, greeting=greeting, sent=True)


def _planned_issues(
    connection: Connection,
    config: NewsletterConfig,
    book: IntroBook,
    target: Target,
    year: int,
    hemisphere: Hemisphere,
    rhythm: Rhythm,
) -> Iterator[YearIssue]:
    days = sent_days(connection, config, rhythm)
    *slots, after = _slots_of_year(connection, config, target, year, rhythm, days)
    if not slots:
        return
    greets = config.settings.newsletter.greetings
    draft = issues.newest_unfrozen(connection, rhythm)
    number = draft.number if draft else issues.next_number(connection)
    first = len(days) + 1
    planned = simulate_greetings(
        book.without_parts(greeting_uses.unwanted_parts(connection)) if greets else IntroBook(),
        home_of(config),
        tuple(YearSlot(key=s.key, number=n, day=s.day) for n, s in enumerate(slots, first)),
        hemispheres=tuple(
            dict.fromkeys((*reader_hemispheres(connection, config.settings, rhythm), hemisphere))
        ),
        earlier=days,
        memory=greeting_memory(connection, rhythm),
        after=after.day,
        settled={target.slot.key: _next_greetings(connection, config, book, target, draft, rhythm)},
    )
    for issue in planned:
        greeting = issue.greeting(hemisphere)
        if issue.slot.day.year == year and greeting is not None:
            yield YearIssue(
                number=number + issue.slot.number - first,
                day=issue.slot.day,
                greeting=greeting if greets else replace(greeting, reason=LEFT_OUT),
                sent=False,
            )


def _slots_of_year(
    connection: Connection,
    config: NewsletterConfig,
    target: Target,
    year: int,
    rhythm: Rhythm,
    sent: tuple[dt.date, ...],
) -> tuple[Slot, ...]:
    """Return the free slots from the next issue to the end of `year`, and the one after."""
    taken = taken_slots(connection, rhythm)
    schedule = config.schedule(sent[0] if sent else target.slot.day, rhythm)
    # The author may have moved the next issue to a day that the schedule does not have.
    slots = [target.slot]
    following = (
        slot
        for slot in slots_from(schedule, target.slot.day)
        if slot.key not in taken and slot.key != target.slot.key
    )
    while slots[-1].day.year <= year:
        slots.append(next(following))
    return tuple(slots)


def _next_greetings(
    connection: Connection,
    config: NewsletterConfig,
    book: IntroBook,
    target: Target,
    draft: Issue | None,
    rhythm: Rhythm,
) -> tuple[Greeting, ...]:
    """Return the greetings of the next issue: pinned if it is approved, chosen otherwise."""
    if draft is not None and draft.key == target.slot.key and draft.status != "draft":
        return draft.greetings
    override = draft.greeting_override if draft else AUTO_GREETING
    posts = draft.posts if draft is not None and draft.key == target.slot.key else ()
    return greetings_for(connection, config, book, target, override, rhythm, posts)
