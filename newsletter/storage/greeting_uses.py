"""Which greetings went out with which issue: what keeps them from being heard too often."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from newsletter.models import Greeting, Hemisphere, Rhythm
from newsletter.storage.tables import intro_use, issue


def add_uses(connection: Connection, issue_id: int, used: Iterable[Greeting]) -> None:
    """These went out with the issue; a greeting of the author's own words has no id to note."""
    for greeting in used:
        if greeting.intro_id:
            connection.execute(
                insert(intro_use).values(
                    issue_id=issue_id,
                    hemisphere=greeting.season.hemisphere,
                    intro_id=greeting.intro_id,
                )
            )


def all_uses(
    connection: Connection, rhythm: Rhythm | None = None
) -> tuple[tuple[Hemisphere, str, int], ...]:
    """(hemisphere, intro id, issue number) of every greeting sent, oldest first; in issues
    of that rhythm alone, where one is named.
    """
    query = (
        select(intro_use.c.hemisphere, intro_use.c.intro_id, issue.c.number)
        .join(issue, issue.c.id == intro_use.c.issue_id)
        .order_by(issue.c.number)
    )
    if rhythm is not None:
        query = query.where(issue.c.rhythm == rhythm)
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))
