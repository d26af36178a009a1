"""Puts the next issue together: posts, greeting, subject, the author's races."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.composer.digest import preheader_line, subject_line
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.phrase_files import load_phrases
from newsletter.context import Context
from newsletter.editorial.greeting_choice import greetings_for, next_races
from newsletter.models import GreetingOverride, Issue, Post, Rhythm
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import issues


def compose_issue(
    context: Context,
    connection: Connection,
    book: IntroBook,
    old: Issue | None,
    chosen: tuple[Post, ...],
    turn: Target,
    *,
    rhythm: Rhythm,
    since: dt.datetime | None,
) -> Issue:
    """The draft for `turn` with the posts `chosen`, not stored yet.

    What the author gave the draft `old` (number, note, wish) goes over to it.
    """
    settings = context.settings
    number = old.number if old else issues.next_number(connection)
    wish = old.greeting_override if old else GreetingOverride()
    made = Issue(
        id=old.id if old else 0,
        key=turn.slot.key,
        number=number,
        rhythm=rhythm,
        planned_for=turn.slot.at,
        created_at=old.created_at if old else context.clock(),
        noticed_at=old.noticed_at if old else None,
        note=old.note if old else "",
        greetings=greetings_for(context, connection, book, turn, wish, rhythm),
        greeting_override=wish,
        races=next_races(book, turn.slot.day, settings.issue.next_races),
        posts=chosen,
        since=since,
    )
    return _with_lines(context, made, earlier=_subjects_before(connection, made))


def select_posts(issue: Issue, post_ids: Collection[int]) -> Issue:
    """The issue with these posts of it alone; without any named, as it is."""
    if not post_ids:
        return issue
    return replace(issue, posts=tuple(post for post in issue.posts if post.id in post_ids))


def narrow_issue(context: Context, issue: Issue, post_ids: Collection[int]) -> Issue:
    """The issue for readers who get these posts of it alone, under a subject of its own.

    Where the whole issue's subject had to differ from an earlier one, this one's may have
    to as well, and does. The same for the same issue and settings.
    """
    if not post_ids:
        return issue
    part = _with_lines(context, select_posts(issue, post_ids))
    if _with_lines(context, issue).subject == issue.subject:
        return part
    return _with_lines(context, part, earlier=frozenset((part.subject,)))


def _with_lines(context: Context, issue: Issue, *, earlier: frozenset[str] = frozenset()) -> Issue:
    """The issue with the subject, none of those `earlier`, and the preheader of its posts."""
    own, settings = context.settings.newsletter, context.settings.issue
    mine = next(g for g in issue.greetings if g.season.hemisphere == own.hemisphere)
    words = load_phrases(own.language, context.email_templates)
    season = words.season(mine.season.name)
    subject = subject_line(
        issue.posts,
        phrases=words,
        template=settings.subject,
        season_word=season,
        number=issue.number,
        title=own.title,
        earlier=earlier,
    )
    preheader = preheader_line(
        issue.posts,
        subject,
        phrases=words,
        template=settings.preheader,
        season_word=season,
        number=issue.number,
    )
    return replace(issue, subject=subject, preheader=preheader)


def _subjects_before(connection: Connection, made: Issue) -> frozenset[str]:
    """What its readers may have seen: subjects of the other issues of its rhythm."""
    return frozenset(
        one.subject
        for one in issues.all_issues(connection)
        if one.number != made.number and one.rhythm == made.rhythm
    )
