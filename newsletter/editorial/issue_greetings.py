"""How an issue opens, in each hemisphere, and what else it could say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.editorial.greeting_choice import (
    candidates_for,
    greetings_for,
    load_greeting_book,
)
from newsletter.models import PART_NAMES, Greeting, GreetingPart, Issue, PartName
from newsletter.schedule import slot_on, slots_from
from newsletter.scheduling.next_slot import Target, choose_next_slot

_DAY = dt.timedelta(days=1)
# How many candidates the author is shown for each part.
_CANDIDATES = 5


#: The alternatives to each part of a greeting, the chosen one first.
Candidates = tuple[tuple[PartName, tuple[GreetingPart, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueGreetings:
    """How an issue opens."""

    issue: Issue
    #: The greeting of each hemisphere with readers, the author's own first.
    greetings: tuple[Greeting, ...]
    #: Why an approval no longer holds, "" if it does.
    voided: str = ""
    #: The alternatives to each part for readers of the author's hemisphere, the chosen one
    #: first; empty once the issue is frozen.
    candidates: Candidates = ()


def greeting_candidates(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> Candidates:
    """Return what else an issue could open with, by part; () once that is settled."""
    if not _is_open(config.settings, issue):
        return ()
    book, slot = load_greeting_book(config), _own_slot(connection, config, issue, now)
    override, own = issue.greeting_override, config.settings.newsletter.hemisphere
    choice = candidates_for(
        connection, config, book, slot, override, issue.rhythm, issue.posts, own
    )
    return tuple(
        (name, choice.candidates[name][:_CANDIDATES])
        for name in PART_NAMES
        if name in choice.candidates
    )


def greet_again(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> Issue:
    """Return an open issue with the greetings that its override calls for. Stores nothing."""
    book, slot = load_greeting_book(config), _own_slot(connection, config, issue, now)
    override = issue.greeting_override
    greetings = greetings_for(connection, config, book, slot, override, issue.rhythm, issue.posts)
    return replace(issue, greetings=greetings)


def greetings_of(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> IssueGreetings:
    """Return how an issue opens for its readers, with the alternatives if it is still open."""
    hemispheres = reader_hemispheres(connection, config.settings, issue.rhythm)
    greetings = (issue.greeting(hemisphere) for hemisphere in hemispheres)
    return IssueGreetings(
        issue=issue,
        greetings=tuple(g for g in greetings if g is not None),
        candidates=greeting_candidates(connection, config, issue, now),
    )


def _is_open(settings: Settings, issue: Issue) -> bool:
    """Whether we still choose the greeting of the issue."""
    return (
        issue.frozen_at is None
        and issue.status != "cancelled"
        and issue.greeting_override.kind in ("auto", "intro")
        and settings.newsletter.greetings
    )


def _own_slot(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> Target:
    return slot_of(config, issue, choose_next_slot(connection, config, issue.rhythm, now))


def slot_of(config: NewsletterConfig, issue: Issue, next_target: Target) -> Target:
    """Return the issue's own slot, which is not the next one if a stopped issue missed it."""
    if issue.key == next_target.slot.key:
        return next_target
    day = issue.planned_for.astimezone(config.zone).date()
    schedule = config.schedule(day, issue.rhythm)
    return Target(
        slot=slot_on(schedule, day), after=next(slots_from(schedule, day + _DAY)), due=False
    )
