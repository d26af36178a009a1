"""Override how one issue opens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.composer.greetings.book import MAX_OWN_WORDS, Intro, IntroBook
from newsletter.config.settings import Settings
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
from newsletter.text import one_line, paragraphs_of


def override_greeting(
    context: Context, name: str, override: GreetingOverride, *, seen: str = "", amend: bool = False
) -> IssueGreetings:
    """Open the issue `name` as the author says, now and at each later refresh of the draft.

    Voids an approval. Raise UsageError for a text without words or with too many, NotFound
    for a part that no file holds, NotReady if a part is not for the issue's day or the issue
    is frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        book = load_greeting_book(context.config)
        override = _validate(override, book)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock(), amend=amend
        )


def choose_parts(context: Context, name: str, *ids: str, seen: str = "") -> IssueGreetings:
    """Open the issue with these parts, each in the place of the one it had.

    Raise as `override_greeting` does.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        book = load_greeting_book(context.config)
        override = _automatic(context.settings, issue.greeting_override)
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


def pass_over(context: Context, name: str, part: PartName, *, seen: str = "") -> IssueGreetings:
    """Take another part in the place of this one, for this issue. Raise as `override_greeting`.

    Raise NotReady if the greeting has no such part.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        override = _automatic(context.settings, issue.greeting_override)
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


def leave_out(context: Context, name: str, part: PartName, *, seen: str = "") -> IssueGreetings:
    """Open the issue without that part. Raise as `override_greeting` does."""
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        override = _automatic(context.settings, issue.greeting_override)
        if part not in override.left_out:
            override = replace(override, left_out=(*override.left_out, part))
        book = load_greeting_book(context.config)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock()
        )


def never_again(context: Context, name: str, part_id: str, *, seen: str = "") -> IssueGreetings:
    """Never use a part again, in this issue and in all to come. Raise NotFound, NotReady."""
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        book = load_greeting_book(context.config)
        _find_part(book, part_id)
        greeting_uses.set_unwanted(connection, part_id, context.clock(), wanted=False)
        override = issue.greeting_override
        if override.kind == "intro" and override.words == part_id:
            override = replace(override, kind="auto", words="")
        override = replace(override, chosen=tuple(i for i in override.chosen if i != part_id))
        if issue.frozen_at is not None or issue.status == "cancelled":
            return greetings_of(connection, context.config, issue, context.clock())
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
        return greetings_of(connection, context.config, issue, context.clock())


def write_greeting(
    context: Context,
    name: str,
    hemisphere: Hemisphere,
    text: str,
    *,
    seen: str = "",
    amend: bool = False,
) -> IssueGreetings:
    """Open the editions of one hemisphere with these words, or without a greeting for "".

    Raise as `override_greeting` does.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = _find_issue(connection, context.config, name, seen)
        words = _clean_words(text) if text.strip() else ""
        others = (pair for pair in issue.greeting_override.by_hemisphere if pair[0] != hemisphere)
        override = replace(issue.greeting_override, by_hemisphere=(*others, (hemisphere, words)))
        book = load_greeting_book(context.config)
        return _override(
            connection, context.config, issue, override, book=book, now=context.clock(), amend=amend
        )


def _find_issue(connection: Connection, config: NewsletterConfig, name: str, seen: str) -> Issue:
    """Return the issue. Raise EditConflict if its greeting is not the one that was `seen`."""
    issue = find_issue(connection, config.settings, name)
    require_seen(issue, seen, {"greeting"})
    return issue


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


def _automatic(settings: Settings, override: GreetingOverride) -> GreetingOverride:
    """Return an override whose parts can be changed: a text of the author's has none."""
    if override.kind not in ("auto", "intro"):
        return AUTO_GREETING
    own = settings.newsletter.hemisphere
    others = tuple(pair for pair in override.by_hemisphere if pair[0] != own)
    return replace(override, by_hemisphere=others)


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
    if override.kind == "text":
        return GreetingOverride(kind="text", words=_clean_words(override.words))
    part_id = one_line(override.words)
    if not part_id:
        raise UsageError("The greeting has no words.", cure="To do without one, use --none.")
    _find_part(book, part_id)
    return GreetingOverride(kind="intro", words=part_id)


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
