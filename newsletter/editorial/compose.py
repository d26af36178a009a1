"""Compose an issue: its posts, greetings, races, subject and preheader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.composer.digest import arrange_posts, with_own_excerpts
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.subject_and_preheader import preheader_line, subject_line
from newsletter.context import NewsletterConfig
from newsletter.editorial.greeting_choice import greetings_for, next_races
from newsletter.models import NO_EDITS, Issue, OwnEdits, Post, Rhythm
from newsletter.reader.clean.note import clean_note
from newsletter.scheduling.next_slot import Target
from newsletter.storage import issues
from newsletter.storage.own_edits import kept_own_edits


def compose_issue(
    connection: Connection,
    config: NewsletterConfig,
    posts: tuple[Post, ...],
    *,
    book: IntroBook,
    stored: Issue | None,
    target: Target,
    rhythm: Rhythm,
    since: dt.datetime | None,
    now: dt.datetime,
) -> Issue:
    """Return the draft of the issue for `target` with these posts. Stores nothing.

    It keeps the id, number, greeting override and own edits of the draft `stored` before. Own
    edits of a draft that was deleted are taken up again.
    """
    history = edit_history(connection, stored, rhythm, target)
    own_edits = history[-1]
    posts = arrange_posts(posts, own_edits)
    issue = Issue(
        id=stored.id if stored else 0,
        key=target.slot.key,
        number=stored.number if stored else issues.next_number(connection),
        rhythm=rhythm,
        planned_for=target.slot.at,
        created_at=stored.created_at if stored else now,
        noticed_at=stored.noticed_at if stored else None,
        void_reason=stored.void_reason if stored else "",
        missed_for=stored.missed_for if stored else None,
        own_edits=own_edits,
        earlier_edits=history[:-1],
        later_edits=stored.later_edits if stored else (),
        note=stored.note if stored else clean_note(own_edits.note, config.settings.newsletter.blog),
        greetings=greetings_for(
            connection, config, book, target, own_edits.greeting, rhythm, posts
        ),
        races=next_races(book, target.slot.day, config.settings.issue.next_races),
        posts=posts,
        since=since,
    )
    return write_lines_again(connection, config, issue)


def edit_history(
    connection: Connection, stored: Issue | None, rhythm: Rhythm, target: Target
) -> tuple[OwnEdits, ...]:
    """Return the own edits of the draft for `target`, oldest first: the last are in force.

    Those of a draft that was deleted count again.
    """
    if stored is not None:
        return (*stored.earlier_edits, stored.own_edits)
    return kept_own_edits(connection, rhythm, target.slot.key) or (NO_EDITS,)


def write_lines_again(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return the issue with the subject and the preheader that its posts call for."""
    return _write_lines(config, issue, earlier=_earlier_subjects(connection, issue))


def select_posts(issue: Issue, post_ids: Collection[int]) -> Issue:
    """Return the issue with only these of its posts; with all of them if none is named.

    A greeting loses its bridge to posts that are not among them.
    """
    if not post_ids:
        return issue
    return replace(
        issue,
        posts=tuple(post for post in issue.posts if post.id in post_ids),
        greetings=tuple(
            greeting if set(greeting.bridge_posts) <= set(post_ids) else greeting.without_bridge()
            for greeting in issue.greetings
        ),
    )


def narrow_issue(config: NewsletterConfig, issue: Issue, post_ids: Collection[int]) -> Issue:
    """Return the issue for readers who get only these posts, with its own subject.

    If the whole issue's subject had to differ from an earlier one, this one may have to as
    well, and does. The result depends on issue and settings alone.
    """
    if not post_ids:
        return issue
    part = _write_lines(config, select_posts(issue, post_ids))
    if _write_lines(config, issue).subject == issue.subject:
        return part
    return _write_lines(config, part, earlier=frozenset((part.subject,)))


def _write_lines(
    config: NewsletterConfig, issue: Issue, *, earlier: frozenset[str] = frozenset()
) -> Issue:
    """Return the issue with a subject that is not one of `earlier`, and a preheader.

    The author's own stay as they are.
    """
    edits, posts = issue.own_edits, with_own_excerpts(issue.posts, issue.own_edits)
    newsletter, settings = config.settings.newsletter, config.settings.issue
    greeting = next(g for g in issue.greetings if g.season.hemisphere == newsletter.hemisphere)
    phrases = load_phrases(newsletter.language, config.email_templates)
    season = phrases.season(greeting.season.name)
    subject = edits.subject or subject_line(
        posts,
        phrases=phrases,
        template=settings.subject,
        season_word=season,
        number=issue.number,
        title=newsletter.title,
        earlier=earlier,
    )
    preheader = edits.preheader or preheader_line(
        posts,
        subject,
        phrases=phrases,
        template=settings.preheader,
        season_word=season,
        number=issue.number,
    )
    return replace(issue, subject=subject, preheader=preheader)


def _earlier_subjects(connection: Connection, issue: Issue) -> frozenset[str]:
    """Return the subjects of the other issues of its rhythm, which readers may have seen."""
    return frozenset(
        other.subject
        for other in issues.all_issues(connection)
        if other.number != issue.number and other.rhythm == issue.rhythm
    )
