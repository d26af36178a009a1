"""Override how one issue opens.

GreetingChange ─▶ apply_change (pure) ─▶ GreetingOverride ─▶ the issue, with new greetings
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.composer.greetings.book import MAX_OWN_WORDS, Intro, IntroBook
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.edit_request import require_seen, with_edits
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.greeting_choice import greetings_for, load_greeting_book
from newsletter.editorial.issue_greetings import IssueGreetings, greetings_of, slot_of
from newsletter.errors import NotFound, NotReady, UsageError
from newsletter.models import AUTO_GREETING, GreetingOverride, Hemisphere, Issue, PartName
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.storage import greeting_uses, issues
from newsletter.storage.database.engine import transaction
from newsletter.text import paragraphs_of

GreetingAct = Literal["write", "none", "auto", "use", "another", "without", "never", "allow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingChange:
    """What the author wants of the greeting of an issue."""

    #: `write` their own words · `none`: no greeting · `auto`: ours again · `use` these parts, each
    #: in the place of the one it had · `another` one in the place of a part · `without` a part ·
    #: `never` use a part again, in any issue · `allow` one that was never wanted.
    act: GreetingAct
    #: The words to write.
    words: str = ""
    #: The ids of the parts to use, never to use, or to allow.
    ids: tuple[str, ...] = ()
    #: The part to replace or to leave out.
    part: PartName = "thought"
    #: Whose greeting is written or left out, None for everybody's.
    hemisphere: Hemisphere | None = None


def change_greeting(
    context: Context, name: str, change: GreetingChange, *, seen: str = "", amend: bool = False
) -> IssueGreetings:
    """Open the issue `name` as the author says, now and at each later refresh of the draft.

    `seen` is the token of the own edits that the author looked at, "" for no page. `amend` goes
    on with the last edit, so that both are undone at once.

    Voids an approval, unless a part is only allowed again. Raise UsageError for a text without
    words or with too many, NotFound for a part that no file holds, EditConflict if the greeting
    was changed since it was `seen`, and NotReady if a part is not for the issue's day or the issue
    is frozen or cancelled. A part may be banished or allowed again all the same.
    """
    config = context.config
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, config.settings, name)
        require_seen(issue, seen, {"greeting"})
        book, now = load_greeting_book(config), context.clock()
        if change.act in ("never", "allow"):
            _set_wanted(connection, change, book, now)
        is_settled = issue.frozen_at is not None or issue.status == "cancelled"
        if change.act == "allow" or (change.act == "never" and is_settled):
            return greetings_of(connection, config, issue, now)
        override = apply_change(change, issue, book, config.settings.newsletter.hemisphere)
        return _override(connection, config, issue, override, book=book, now=now, amend=amend)


def _set_wanted(
    connection: Connection, change: GreetingChange, book: IntroBook, now: dt.datetime
) -> None:
    """Store which parts the author never wants again, or after all."""
    wanted = change.act == "allow"
    for part_id in change.ids:
        if not wanted:
            _find_part(book, part_id)
        elif part_id not in greeting_uses.unwanted_parts(connection):
            raise NotFound(f"“{part_id}” is not among the parts you never want.")
        greeting_uses.set_unwanted(connection, part_id, now, wanted=wanted)


def apply_change(
    change: GreetingChange, issue: Issue, book: IntroBook, own_hemisphere: Hemisphere
) -> GreetingOverride:
    """Return the override of an issue after a change. Raise as `change_greeting` does."""
    override = issue.greeting_override
    match change.act:
        case "write" | "none":
            words = _clean_words(change.words) if change.act == "write" else ""
            if change.hemisphere is None:
                return GreetingOverride(kind="text" if words else "none", words=words)
            others = (pair for pair in override.by_hemisphere if pair[0] != change.hemisphere)
            return replace(override, by_hemisphere=(*others, (change.hemisphere, words)))
        case "use":
            return _use_parts(_automatic(override, own_hemisphere), change.ids, book)
        case "another":
            greeting = issue.greeting(own_hemisphere)
            current = greeting.part(change.part) if greeting is not None else None
            if current is None:
                raise NotReady(
                    f"The greeting of issue {issue.number} has no {change.part} to change.",
                    cure="`newsletter greeting next` shows its parts.",
                )
            override = _without_part(_automatic(override, own_hemisphere), current.id)
            return replace(override, passed_over=(*override.passed_over, current.id))
        case "without":
            override = _automatic(override, own_hemisphere)
            if change.part in override.left_out:
                # In another order it would count as another edit.
                return override
            return replace(override, left_out=(*override.left_out, change.part))
        case "never":
            for part_id in change.ids:
                override = _without_part(override, part_id)
            return override
    return AUTO_GREETING


def _use_parts(
    override: GreetingOverride, ids: tuple[str, ...], book: IntroBook
) -> GreetingOverride:
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
    return override


def _without_part(override: GreetingOverride, part_id: str) -> GreetingOverride:
    """Return the override without a part that was chosen."""
    if override.kind == "intro" and override.words == part_id:
        override = replace(override, kind="auto", words="")
    return replace(override, chosen=tuple(i for i in override.chosen if i != part_id))


def _override(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    override: GreetingOverride,
    *,
    book: IntroBook,
    now: dt.datetime,
    amend: bool = False,
) -> IssueGreetings:
    if issue.frozen_at is not None or issue.status == "cancelled":
        raise NotReady(f"Issue {issue.number} is {issue.status}; its greeting stays as it is.")
    next_target = choose_next_slot(connection, config, issue.rhythm, now)
    target = slot_of(config, issue, next_target)
    greetings = greetings_for(connection, config, book, target, override, issue.rhythm, issue.posts)
    was_approved = bool(issue.approved_hash)
    edits = replace(issue.own_edits, greeting=override)
    changed = replace(
        with_edits(issue, edits, amend=amend) if edits != issue.own_edits else issue,
        greetings=greetings,
        status="draft" if issue.status == "approved" else issue.status,
        approved_hash="",
        void_reason="its greeting has changed" if was_approved else issue.void_reason,
    )
    own_hemisphere = config.settings.newsletter.hemisphere
    own_greeting = changed.greeting(own_hemisphere)
    wanted = {*override.chosen, *([override.words] if override.kind == "intro" else [])}
    part_ids = {part.id for part in own_greeting.parts} if own_greeting else set()
    is_written = own_hemisphere in dict(override.by_hemisphere)
    if not is_written and (unfit := min(wanted - part_ids, default="")):
        raise NotReady(
            f"The greeting “{unfit}” is not for an issue of {target.slot.day}.",
            cure="`when` in its file says what it is for. Nothing was changed.",
        )
    issues.save(connection, changed)
    voided = changed.void_sentence if was_approved else ""
    return replace(greetings_of(connection, config, changed, now), voided=voided)


def _automatic(override: GreetingOverride, own_hemisphere: Hemisphere) -> GreetingOverride:
    """Return an override whose parts can be changed: a text of the author's has none."""
    if override.kind not in ("auto", "intro"):
        return AUTO_GREETING
    others = tuple(pair for pair in override.by_hemisphere if pair[0] != own_hemisphere)
    return replace(override, by_hemisphere=others)


def _find_part(book: IntroBook, part_id: str) -> Intro:
    for part in book.parts:
        if part.id == part_id:
            return part
    raise NotFound(
        f"There is no greeting “{part_id}”.",
        cure="Give the id that stands over it in templates/intros or your intros/.",
    )


def _clean_words(text: str) -> str:
    words = paragraphs_of(text)
    if not words:
        raise UsageError("The greeting has no words.", cure="To do without one, use --none.")
    if len(words.split()) > MAX_OWN_WORDS:
        raise UsageError(
            f"The greeting has {len(words.split())} words; {MAX_OWN_WORDS} are the most.",
            cure="The rest is better off in a post.",
        )
    return words
