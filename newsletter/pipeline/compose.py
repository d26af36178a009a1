"""Puts the next issue together: posts, greeting, subject, the author's races."""

from __future__ import annotations

from sqlalchemy import Connection

from newsletter.composer.digest import DEFAULT_SUBJECT, preheader_line, subject_line
from newsletter.composer.intros import IntroBook
from newsletter.composer.seasons import season_word
from newsletter.models import Issue, Post, Wish
from newsletter.pipeline.context import Context
from newsletter.pipeline.greetings import greetings_for, next_races
from newsletter.pipeline.target import Target
from newsletter.storage import issues


def composed(
    context: Context,
    connection: Connection,
    book: IntroBook,
    old: Issue | None,
    chosen: tuple[Post, ...],
    turn: Target,
) -> Issue:
    """The draft for `turn` with the posts `chosen`, not stored yet.

    What the author gave the draft `old` (number, note, wish) goes over to it.
    """
    settings = context.settings
    own = settings.newsletter
    number = old.number if old else issues.next_number(connection)
    wish = old.wish if old else Wish()
    greetings = greetings_for(context, connection, book, turn, wish)
    mine = next(g for g in greetings if g.season.hemisphere == own.hemisphere)
    season = season_word(mine.season.name, own.language)
    subject = subject_line(
        chosen,
        template=settings.issue.subject or DEFAULT_SUBJECT,
        season_word=season,
        number=number,
        title=own.title,
        earlier=_subjects_before(connection, number),
    )
    return Issue(
        id=old.id if old else 0,
        key=turn.slot.key,
        number=number,
        rhythm=settings.issue.rhythm,
        planned_for=turn.slot.at,
        created_at=old.created_at if old else context.clock(),
        noticed_at=old.noticed_at if old else None,
        note=old.note if old else "",
        subject=subject,
        preheader=preheader_line(
            chosen, subject, template=settings.issue.preheader, season_word=season, number=number
        ),
        greetings=greetings,
        wish=wish,
        races=next_races(book, turn.slot.day, settings.issue.next_races),
        posts=chosen,
    )


def _subjects_before(connection: Connection, number: int) -> frozenset[str]:
    every = issues.all_issues(connection)
    return frozenset(one.subject for one in every if one.number != number)
