"""The author's say in how one issue opens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.schema import MAX_WORDS
from newsletter.context import Context
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.greeting_choice import greetings_for, load_greeting_book
from newsletter.errors import NotFound, NotReady, UsageError
from newsletter.models import Greeting, GreetingOverride, Issue
from newsletter.schedule import slot_on, slots_from
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.text import one_line

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueGreetings:
    """How an issue opens: a greeting for each edition that has readers, the author's own
    first. `voided` says that an approval no longer holds.
    """

    issue: Issue
    greetings: tuple[Greeting, ...]
    voided: str = ""


def issue_greetings(context: Context, name: str) -> IssueGreetings:
    """How the issue `name` opens. Raises NotFound."""
    with snapshot(context.engine) as connection:
        return _told(context, connection, find_issue(context, connection, name))


def override_greeting(context: Context, name: str, wish: GreetingOverride) -> IssueGreetings:
    """Greets in the issue `name` as the author wishes, and goes on doing so at each draft.

    An approval is void by it. Raises UsageError for a text without words or with too many,
    NotFound for a greeting that is in no file, and NotReady where the greeting is not true
    of the issue's day or the issue is on its way.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(context, connection, name)
        if issue.frozen_at is not None or issue.status == "cancelled":
            raise NotReady(f"Issue {issue.number} is {issue.status}; its greeting stays as it is.")
        book = load_greeting_book(context)
        wish = _checked(wish, book)
        turn = _turn_of(
            context,
            issue,
            choose_next_slot(connection, context.config, issue.rhythm, context.clock()),
        )
        greetings = greetings_for(context, connection, book, turn, wish, issue.rhythm)
        changed = replace(
            issue,
            greetings=greetings,
            greeting_override=wish,
            status="draft" if issue.status == "approved" else issue.status,
            approved_hash="",
        )
        own = changed.greeting(context.settings.newsletter.hemisphere)
        if wish.kind == "intro" and (own is None or own.intro_id != wish.words):
            raise NotReady(
                f"The greeting “{wish.words}” is not for an issue of {turn.slot.day}.",
                cure="`when` in its file says what it is for. Nothing was changed.",
            )
        issues.save(connection, changed)
        void = (
            ""
            if issue.status != "approved"
            else (f"The approval of issue {issue.number} is void: its greeting has changed.")
        )
        return _told(context, connection, changed, void)


def _told(
    context: Context, connection: Connection, issue: Issue, voided: str = ""
) -> IssueGreetings:
    where = reader_hemispheres(connection, context.settings, issue.rhythm)
    found = (issue.greeting(one) for one in where)
    return IssueGreetings(
        issue=issue, greetings=tuple(g for g in found if g is not None), voided=voided
    )


def _checked(wish: GreetingOverride, book: IntroBook) -> GreetingOverride:
    words = one_line(wish.words)
    if wish.kind in ("auto", "none"):
        return GreetingOverride(kind=wish.kind)
    if not words:
        raise UsageError("The greeting has no words.", cure="To do without one, use --none.")
    if wish.kind == "text" and len(words.split()) > MAX_WORDS:
        raise UsageError(
            f"The greeting has {len(words.split())} words; {MAX_WORDS} are the most.",
            cure="The rest is better off in a post.",
        )
    if wish.kind == "intro" and words not in {intro.id for intro in book.intros}:
        raise NotFound(
            f"There is no greeting “{words}”.",
            cure="Give the id that stands over it in templates/intros or your intros/.",
        )
    return GreetingOverride(kind=wish.kind, words=words)


def _turn_of(context: Context, issue: Issue, turn: Target) -> Target:
    """The issue's own place in time: a stopped one may have missed its turn."""
    if issue.key == turn.slot.key:
        return turn
    day = issue.planned_for.astimezone(context.zone).date()
    schedule = context.schedule(day, issue.rhythm)
    return Target(
        slot=slot_on(schedule, day), after=next(slots_from(schedule, day + _DAY)), due=False
    )
