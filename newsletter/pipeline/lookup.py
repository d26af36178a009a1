"""Finds the issue a person means by a number, `next` or `last`."""

from __future__ import annotations

from sqlalchemy import Connection

from newsletter.errors import NotFound, UsageError
from newsletter.models import Issue
from newsletter.pipeline.context import Context
from newsletter.storage import issues


def find(context: Context, connection: Connection, name: str) -> Issue:
    """The issue called `name`. Raises NotFound, or UsageError for a word that is none."""
    if name == "next":
        found = issues.unfrozen(connection, context.settings.issue.rhythm)
        if found is None:
            raise NotFound("There is no draft now.", cure="Make one with `newsletter draft`.")
        return found
    if name == "last":
        found = issues.newest_frozen(connection)
        if found is None:
            raise NotFound("No issue has gone out yet.")
        return found
    if not name.isdecimal():
        raise UsageError(f"{name!r} names no issue.", cure="Give a number, `next` or `last`.")
    found = issues.by_number(connection, int(name))
    if found is None:
        raise NotFound(
            f"There is no issue {int(name)}.", cure="`newsletter issues` lists them all."
        )
    return found
