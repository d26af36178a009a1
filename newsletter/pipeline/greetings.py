"""Chooses the greeting of each hemisphere's edition from the memory of those sent."""

from __future__ import annotations

from sqlalchemy import Connection

from newsletter.composer.intros import IntroBook, Use, greet, load
from newsletter.models import HEMISPHERES, Greeting
from newsletter.pipeline.context import Context
from newsletter.pipeline.target import Target
from newsletter.resources import template_folders
from newsletter.storage import issues


def greetings_for(context: Context, connection: Connection, turn: Target) -> tuple[Greeting, ...]:
    """One greeting for each hemisphere, the same for the same issue and memory."""
    own = context.settings.newsletter
    book = greeting_book(context)
    days = tuple(
        one.planned_for.astimezone(context.zone).date()
        for one in issues.frozen_days(connection, context.settings.issue.rhythm)
    )
    memory = tuple(
        Use(intro_id=intro_id, issue=issue, hemisphere=where)
        for where, intro_id, issue in issues.intros_used(connection)
    )
    return tuple(
        greet(
            book,
            issue_key=turn.slot.key,
            day=turn.slot.day,
            hemisphere=hemisphere,
            language=own.language,
            timezone=own.timezone,
            earlier=days,
            next_day=turn.after.day,
            memory=memory,
            author_hemisphere=own.hemisphere,
            wet_months=own.wet_months,
        )
        for hemisphere in HEMISPHERES
    )


def greeting_book(context: Context) -> IntroBook:
    """The greetings in force: the author's `intros/` before those that come with us.

    Read anew each time, so that a desk that stays open sees what the author wrote.
    """
    return load((context.folder / "intros", *template_folders("intros", context.folder)))
