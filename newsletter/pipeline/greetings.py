"""Chooses the greeting of each hemisphere's edition from the memory of those sent."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from newsletter.composer.intros import IntroBook, Use, greet, load
from newsletter.models import HEMISPHERES, Greeting, Hemisphere
from newsletter.pipeline.context import Context
from newsletter.pipeline.target import Target
from newsletter.resources import template_folders
from newsletter.storage import issues


def greetings_for(
    context: Context, connection: Connection, turn: Target, number: int
) -> tuple[Greeting, ...]:
    """One greeting for each hemisphere, the same for the same issue and memory."""
    own = context.settings.newsletter
    days = tuple(
        one.planned_for.astimezone(context.zone).date()
        for one in issues.frozen_days(connection, context.settings.issue.rhythm)
    )
    used = issues.intros_used(connection)
    return tuple(
        greet(
            book(template_folders("intros", context.folder)),
            issue_key=turn.slot.key,
            day=turn.slot.day,
            hemisphere=hemisphere,
            language=own.language,
            timezone=own.timezone,
            earlier=days,
            next_day=turn.after.day,
            memory=_memory(used, hemisphere, number),
            author_hemisphere=own.hemisphere,
        )
        for hemisphere in HEMISPHERES
    )


@lru_cache(maxsize=4)
def book(folders: tuple[Path, ...]) -> IntroBook:
    """The greeting files, read once a run."""
    return load(folders)


def _memory(
    used: tuple[tuple[str, str, int], ...], hemisphere: Hemisphere, number: int
) -> tuple[Use, ...]:
    """What readers of this hemisphere have met, and all that the issue before said: a
    reader may move, and the author reads every edition."""
    return tuple(
        Use(intro_id=intro_id, issue_number=issue)
        for where, intro_id, issue in used
        if where == hemisphere or issue == number - 1
    )
