"""Store which greetings were sent with which issue, so that none is repeated too soon."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from newsletter.models import Greeting, Hemisphere, Rhythm
from newsletter.storage.tables import intro_use, issue


def add_uses(connection: Connection, issue_id: int, greetings: Iterable[Greeting]) -> None:
    """Store the greetings of a frozen issue. The author's own words have no id and are left out."""
    for greeting in greetings:
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
    """Return (hemisphere, intro id, issue number) of each greeting sent, oldest first.

    `rhythm` limits them to its issues.
    """
    query = (
        select(intro_use.c.hemisphere, intro_use.c.intro_id, issue.c.number)
        .join(issue, issue.c.id == intro_use.c.issue_id)
        .order_by(issue.c.number)
    )
    if rhythm is not None:
        query = query.where(issue.c.rhythm == rhythm)
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query))
