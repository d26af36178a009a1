"""Override how one issue opens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.composer.greetings.book import MAX_WORDS, IntroBook
from newsletter.context import Context, NewsletterConfig
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
    """How an issue opens."""

    issue: Issue
    #: The greeting of each hemisphere with readers, the author's own first.
    greetings: tuple[Greeting, ...]
    #: Why an approval no longer holds, "" if it does.
    voided: str = ""


def issue_greetings(context: Context, name: str) -> IssueGreetings:
    """Return how the issue `name` opens. Raise NotFound."""
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        return _greetings_of(connection, context.config, issue)


def override_greeting(context: Context, name: str, override: GreetingOverride) -> IssueGreetings:
    """Open the issue `name` as the author says, now and at each later refresh of the draft.

    Voids an approval. Raise UsageError for a text without words or with too many, NotFound
    for a greeting that no file holds, NotReady if the greeting is not for the issue's day or
    the issue is frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        config = context.config
        issue = find_issue(connection, context.settings, name)
        if issue.frozen_at is not None or issue.status == "cancelled":
            raise NotReady(f"Issue {issue.number} is {issue.status}; its greeting stays as it is.")
        was_approved = issue.status == "approved"
        book = load_greeting_book(config)
        override = _validate(override, book)
        next_target = choose_next_slot(connection, config, issue.rhythm, context.clock())
        target = _target_of(config, issue, next_target)
        greetings = greetings_for(connection, config, book, target, override, issue.rhythm)
        changed = replace(
            issue,
            greetings=greetings,
            greeting_override=override,
            status="draft" if was_approved else issue.status,
            approved_hash="",
            void_reason="its greeting has changed" if was_approved else issue.void_reason,
        )
        own_greeting = changed.greeting(context.settings.newsletter.hemisphere)
        if override.kind == "intro" and (
            own_greeting is None or own_greeting.intro_id != override.words
        ):
            raise NotReady(
                f"The greeting “{override.words}” is not for an issue of {target.slot.day}.",
                cure="`when` in its file says what it is for. Nothing was changed.",
            )
        issues.save(connection, changed)
        voided = changed.void_sentence if was_approved else ""
        return replace(_greetings_of(connection, config, changed), voided=voided)


def _greetings_of(connection: Connection, config: NewsletterConfig, issue: Issue) -> IssueGreetings:
    hemispheres = reader_hemispheres(connection, config.settings, issue.rhythm)
    greetings = (issue.greeting(hemisphere) for hemisphere in hemispheres)
    return IssueGreetings(issue=issue, greetings=tuple(g for g in greetings if g is not None))


def _validate(override: GreetingOverride, book: IntroBook) -> GreetingOverride:
    """Return the override with its words on one line. Raise UsageError or NotFound."""
    words = one_line(override.words)
    if override.kind in ("auto", "none"):
        return GreetingOverride(kind=override.kind)
    if not words:
        raise UsageError("The greeting has no words.", cure="To do without one, use --none.")
    if override.kind == "text" and len(words.split()) > MAX_WORDS:
        raise UsageError(
            f"The greeting has {len(words.split())} words; {MAX_WORDS} are the most.",
            cure="The rest is better off in a post.",
        )
    if override.kind == "intro" and words not in {intro.id for intro in book.intros}:
        raise NotFound(
            f"There is no greeting “{words}”.",
            cure="Give the id that stands over it in templates/intros or your intros/.",
        )
    return GreetingOverride(kind=override.kind, words=words)


def _target_of(config: NewsletterConfig, issue: Issue, next_target: Target) -> Target:
    """Return the issue's own slot, which is not the next one if a stopped issue missed it."""
    if issue.key == next_target.slot.key:
        return next_target
    day = issue.planned_for.astimezone(config.zone).date()
    schedule = config.schedule(day, issue.rhythm)
    return Target(
        slot=slot_on(schedule, day), after=next(slots_from(schedule, day + _DAY)), due=False
    )
