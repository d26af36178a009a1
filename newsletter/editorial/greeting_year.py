"""A year of greetings: those sent, and those to come as they stand now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.simulate import YearIssue, YearSlot, simulate_greetings
from newsletter.context import Context
from newsletter.editorial.greeting_choice import (
    greeting_memory,
    greetings_for,
    holiday_regions,
    load_greeting_book,
    sent_days,
)
from newsletter.errors import UsageError
from newsletter.models import Greeting, GreetingOverride, Hemisphere, Issue, Rhythm
from newsletter.resources import template_folders
from newsletter.schedule import Slot as DueSlot
from newsletter.schedule import slots_from
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot

_FARTHEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The issues of a year by their day, for readers of one hemisphere."""

    year: int
    hemisphere: Hemisphere
    weeks: tuple[YearIssue, ...]
    book: IntroBook


def greetings_of_year(
    context: Context,
    year: int | None = None,
    hemisphere: Hemisphere | None = None,
    rhythm: Rhythm | None = None,
) -> Year:
    """The greetings of `year` (this one when None) as readers of `hemisphere` get them who
    read in `rhythm` (the newsletter's own when None).

    What was sent is as it was; from the next issue on, every issue is played with the real
    memory, as if each went out, so that two calls agree. A hemisphere without readers is
    played as if one lived there. Raises UsageError for a year too far ahead.
    """
    today = context.clock().astimezone(context.zone).date()
    year = today.year if year is None else year
    hemisphere = hemisphere or context.settings.newsletter.hemisphere
    rhythm = rhythm or context.settings.issue.rhythm
    if year > today.year + _FARTHEST:
        raise UsageError(
            f"{year} is too far ahead to say.", cure=f"Up to {today.year + _FARTHEST} it can be."
        )
    book = load_greeting_book(context)
    with snapshot(context.engine) as connection:
        sent = tuple(_sent(context, connection, year, hemisphere, rhythm))
        coming = tuple(_coming(context, connection, book, year, hemisphere, rhythm))
    return Year(year=year, hemisphere=hemisphere, weeks=(*sent, *coming), book=book)


def _sent(
    context: Context, connection: Connection, year: int, hemisphere: Hemisphere, rhythm: Rhythm
) -> Iterator[YearIssue]:
    for issue in issues.frozen_days(connection, rhythm):
        day = issue.planned_for.astimezone(context.zone).date()
        greeting = issue.greeting(hemisphere)
        if day.year == year and greeting is not None and issue.status != "cancelled":
            yield YearIssue(number=issue.number, day=day, greeting=greeting, sent=True)


def _coming(
    context: Context,
    connection: Connection,
    book: IntroBook,
    year: int,
    hemisphere: Hemisphere,
    rhythm: Rhythm,
) -> Iterator[YearIssue]:
    turn = choose_next_slot(connection, context.config, rhythm, context.clock())
    *slots, after = _slots(context, connection, turn, year, rhythm)
    if not slots:
        return
    own = context.settings.newsletter
    draft = issues.unfrozen(connection, rhythm)
    number = draft.number if draft else issues.next_number(connection)
    days = sent_days(context, connection, rhythm)
    first = len(days) + 1
    played = simulate_greetings(
        book,
        tuple(YearSlot(key=s.key, number=n, day=s.day) for n, s in enumerate(slots, first)),
        hemispheres=tuple(
            dict.fromkeys((*reader_hemispheres(connection, context.settings, rhythm), hemisphere))
        ),
        author_hemisphere=own.hemisphere,
        language=own.language,
        timezone=own.timezone,
        earlier=days,
        memory=greeting_memory(connection, rhythm),
        after=after.day,
        wet_months=own.wet_months,
        regions=holiday_regions(own),
        settled=_settled(context, connection, book, turn, draft, rhythm),
    )
    for one in played:
        greeting = one.greeting(hemisphere)
        if one.slot.day.year == year and greeting is not None:
            yield YearIssue(
                number=number + one.slot.number - first,
                day=one.slot.day,
                greeting=greeting,
                sent=False,
            )


def _slots(
    context: Context, connection: Connection, turn: Target, year: int, rhythm: Rhythm
) -> tuple[DueSlot, ...]:
    """The issues from the next one to the end of `year`, and the one that follows them."""
    sent = sent_days(context, connection, rhythm)
    taken = {
        one.key
        for one in issues.all_issues(connection)
        if one.rhythm == rhythm and one.status not in issues.OPEN
    }
    schedule = context.schedule(sent[0] if sent else turn.slot.day, rhythm)
    ahead = (
        slot
        for slot in slots_from(schedule, turn.slot.day)
        if slot.key not in taken or slot == turn.slot
    )
    listed = []
    for slot in ahead:
        listed.append(slot)
        if slot.day.year > year:
            break
    return tuple(listed)


def _settled(
    context: Context,
    connection: Connection,
    book: IntroBook,
    turn: Target,
    draft: Issue | None,
    rhythm: Rhythm,
) -> dict[str, tuple[Greeting, ...]]:
    """The next issue's greetings: pinned if it is approved, else with the author's wish."""
    if draft is not None and draft.key == turn.slot.key and draft.status != "draft":
        return {turn.slot.key: draft.greetings}
    wish = draft.greeting_override if draft else GreetingOverride()
    return {turn.slot.key: greetings_for(context, connection, book, turn, wish, rhythm)}


def render_year(context: Context, found: Year) -> str:
    """The year as a page of HTML. Raises ComposeError for a broken template of one's own."""
    from newsletter.composer.year_page.page import draw_year

    own = context.settings.newsletter
    return draw_year(
        found.year,
        found.weeks,
        hemisphere=found.hemisphere,
        title=own.title,
        language=own.language,
        occasions={one.id: one.name for one in found.book.occasions},
        races=found.book.races,
        wet_months=own.wet_months,
        folders=template_folders("web", context.folder),
    )
