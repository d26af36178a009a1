"""Finds the issue a person means by a number, `next` or `last`."""

from __future__ import annotations

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.errors import NotFound, UsageError
from newsletter.models import Issue, Rhythm
from newsletter.storage import issues

MONTHLY: Rhythm = "monthly"


def find_issue(context: Context, connection: Connection, name: str) -> Issue:
    """The issue called `name`. Raises NotFound, or UsageError for a word that is none."""
    if name == "next":
        return _next(context, connection)
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


def _next(context: Context, connection: Connection) -> Issue:
    """The issue due first of those not frozen yet; of two for one day, the newsletter's own."""
    own = context.settings.issue.rhythm
    drafts = (issues.unfrozen(connection, rhythm) for rhythm in dict.fromkeys((own, MONTHLY)))
    found = [one for one in drafts if one is not None]
    if not found:
        raise NotFound("There is no draft now.", cure="Make one with `newsletter draft`.")
    return min(found, key=lambda one: (one.planned_for, one.rhythm != own))
