"""Override how one issue opens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_hemispheres
from newsletter.composer.greetings.book import MAX_OWN_WORDS, Intro, IntroBook
from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.greeting_choice import (
    candidates_for,
    greetings_for,
    load_greeting_book,
)
from newsletter.errors import NotFound, NotReady, UsageError
from newsletter.models import (
    AUTO_GREETING,
    PART_NAMES,
    Greeting,
    GreetingOverride,
    GreetingPart,
    Issue,
    PartName,
)
from newsletter.schedule import slot_on, slots_from
from newsletter.scheduling.next_slot import Target, choose_next_slot
from newsletter.storage import greeting_uses, issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.text import one_line, paragraphs_of

_DAY = dt.timedelta(days=1)
# How many candidates the author is shown for each part.
_CANDIDATES = 5


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
    candidates: tuple[tuple[PartName, tuple[GreetingPart, ...]], ...] = ()


def issue_greetings(context: Context, name: str) -> IssueGreetings:
    """Return how the issue `name` opens, and what else it could say. Raise NotFound."""
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        return _greetings_of(connection, context.config, issue, context.clock())


def override_greeting(context: Context, name: str, override: GreetingOverride) -> IssueGreetings:
    """Open the issue `name` as the author says, now and at each later refresh of the draft.

    Voids an approval. Raise UsageError for a text without words or with too many, NotFound
    for a part that no file holds, NotReady if a part is not for the issue's day or the issue
    is frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        book = load_greeting_book(context.config)
        override = _validate(override, book)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def choose_parts(context: Context, name: str, *ids: str) -> IssueGreetings:
    """Open the issue with these parts, each in the place of the one it had.

    Raise as `override_greeting` does.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        book = load_greeting_book(context.config)
        override = _automatic(issue.greeting_override)
        for part_id in ids:
            part = _find_part(book, part_id)
            if part.part == "thought":
                override = replace(override, kind="intro", words=part_id)
            else:
                others = (i for i in override.chosen if _find_part(book, i).part != part.part)
                override = replace(override, chosen=(*others, part_id))
            override = replace(
                override,
                passed_over=tuple(i for i in override.passed_over if i != part_id),
                left_out=tuple(name for name in override.left_out if name != part.part),
            )
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def pass_over(context: Context, name: str, part: PartName) -> IssueGreetings:
    """Take another part in the place of this one, for this issue. Raise as `override_greeting`.

    Raise NotReady if the greeting has no such part.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        override = _automatic(issue.greeting_override)
        greeting = issue.greeting(context.settings.newsletter.hemisphere)
        current = greeting.part(part) if greeting is not None else None
        if current is None:
            raise NotReady(
                f"The greeting of issue {issue.number} has no {part} to change.",
                cure="`newsletter greeting next` shows its parts.",
            )
        if override.kind == "intro" and override.words == current.id:
            override = replace(override, kind="auto", words="")
        override = replace(
            override,
            passed_over=(*override.passed_over, current.id),
            chosen=tuple(i for i in override.chosen if i != current.id),
        )
        book = load_greeting_book(context.config)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def leave_out(context: Context, name: str, part: PartName) -> IssueGreetings:
    """Open the issue without that part. Raise as `override_greeting` does."""
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        override = _automatic(issue.greeting_override)
        if part not in override.left_out:
            override = replace(override, left_out=(*override.left_out, part))
        book = load_greeting_book(context.config)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def never_again(context: Context, name: str, part_id: str) -> IssueGreetings:
    """Never use a part again, in this issue and in all to come. Raise NotFound, NotReady."""
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        book = load_greeting_book(context.config)
        _find_part(book, part_id)
        greeting_uses.set_unwanted(connection, part_id, context.clock(), wanted=False)
        override = issue.greeting_override
        if override.kind == "intro" and override.words == part_id:
            override = replace(override, kind="auto", words="")
        override = replace(override, chosen=tuple(i for i in override.chosen if i != part_id))
        if issue.frozen_at is not None or issue.status == "cancelled":
            return _greetings_of(connection, context.config, issue, context.clock())
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def allow_again(context: Context, name: str, part_id: str) -> IssueGreetings:
    """Let a part come again that the author never wanted. Raise NotFound if it was not so."""
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if part_id not in greeting_uses.unwanted_parts(connection):
            raise NotFound(f"“{part_id}” is not among the parts you never want.")
        greeting_uses.set_unwanted(connection, part_id, context.clock(), wanted=True)
        return _greetings_of(connection, context.config, issue, context.clock())


def _override(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    override: GreetingOverride,
    *,
    book: IntroBook,
    now: dt.datetime,
) -> IssueGreetings:
    if issue.frozen_at is not None or issue.status == "cancelled":
        raise NotReady(f"Issue {issue.number} is {issue.status}; its greeting stays as it is.")
    next_target = choose_next_slot(connection, config, issue.rhythm, now)
    target = _target_of(config, issue, next_target)
    greetings = greetings_for(connection, config, book, target, override, issue.rhythm, issue.posts)
    was_approved = issue.status == "approved"
    changed = replace(
        issue,
        greetings=greetings,
        greeting_override=override,
        status="draft" if was_approved else issue.status,
        approved_hash="",
        void_reason="its greeting has changed" if was_approved else issue.void_reason,
    )
    own_greeting = changed.greeting(config.settings.newsletter.hemisphere)
    wanted = {*override.chosen, *([override.words] if override.kind == "intro" else [])}
    part_ids = {part.id for part in own_greeting.parts} if own_greeting else set()
    if unfit := min(wanted - part_ids, default=""):
        raise NotReady(
            f"The greeting “{unfit}” is not for an issue of {target.slot.day}.",
            cure="`when` in its file says what it is for. Nothing was changed.",
        )
    issues.save(connection, changed)
    voided = changed.void_sentence if was_approved else ""
    return replace(_greetings_of(connection, config, changed, now), voided=voided)


def _automatic(override: GreetingOverride) -> GreetingOverride:
    """Return an override whose parts can be changed: a text of the author's has none."""
    return override if override.kind in ("auto", "intro") else AUTO_GREETING


def _greetings_of(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> IssueGreetings:
    hemispheres = reader_hemispheres(connection, config.settings, issue.rhythm)
    greetings = (issue.greeting(hemisphere) for hemisphere in hemispheres)
    is_open = _is_open(config.settings, issue)
    candidates = _candidates(connection, config, issue, now) if is_open else ()
    return IssueGreetings(
        issue=issue,
        greetings=tuple(g for g in greetings if g is not None),
        candidates=candidates,
    )


def _is_open(settings: Settings, issue: Issue) -> bool:
    """Whether we still choose the greeting of the issue."""
    return (
        issue.frozen_at is None
        and issue.status != "cancelled"
        and issue.greeting_override.kind in ("auto", "intro")
        and settings.newsletter.greetings
    )


def _candidates(
    connection: Connection, config: NewsletterConfig, issue: Issue, now: dt.datetime
) -> tuple[tuple[PartName, tuple[GreetingPart, ...]], ...]:
    next_target = choose_next_slot(connection, config, issue.rhythm, now)
    choice = candidates_for(
        connection,
        config,
        load_greeting_book(config),
        _target_of(config, issue, next_target),
        issue.greeting_override,
        issue.rhythm,
        issue.posts,
        config.settings.newsletter.hemisphere,
    )
    return tuple(
        (name, choice.candidates[name][:_CANDIDATES])
        for name in PART_NAMES
        if name in choice.candidates
    )


def _find_part(book: IntroBook, part_id: str) -> Intro:
    for part in book.parts:
        if part.id == part_id:
            return part
    raise NotFound(
        f"There is no greeting “{part_id}”.",
        cure="Give the id that stands over it in templates/intros or your intros/.",
    )


def _validate(override: GreetingOverride, book: IntroBook) -> GreetingOverride:
    """Return the override with clean words. Raise UsageError or NotFound."""
    if override.kind in ("auto", "none"):
        return GreetingOverride(kind=override.kind)
    words = paragraphs_of(override.words) if override.kind == "text" else one_line(override.words)
    if not words:
        raise UsageError("The greeting has no words.", cure="To do without one, use --none.")
    if override.kind == "text" and len(words.split()) > MAX_OWN_WORDS:
        raise UsageError(
            f"The greeting has {len(words.split())} words; {MAX_OWN_WORDS} are the most.",
            cure="The rest is better off in a post.",
        )
    if override.kind == "intro":
        _find_part(book, words)
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
