"""Store what the greetings that were sent are made of, so that no part comes again too soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from newsletter.models import Greeting, Hemisphere, Rhythm, UsedPart
from newsletter.storage.tables import greeting_part, issue, unwanted_part


def add_uses(connection: Connection, issue_id: int, greetings: Iterable[Greeting]) -> None:
    """Store the parts of a frozen issue's greetings. The author's own words have none."""
    for greeting in greetings:
        for part, part_id in greeting.used_parts():
            connection.execute(
                insert(greeting_part).values(
                    issue_id=issue_id,
                    hemisphere=greeting.season.hemisphere,
                    part=part,
                    part_id=part_id,
                )
            )


def all_uses(
    connection: Connection, rhythm: Rhythm | None = None
) -> tuple[tuple[Hemisphere, UsedPart, str, int], ...]:
    """Return (hemisphere, part, its id, issue number) of each part sent, oldest first.

    `rhythm` limits them to its issues.
    """
    columns = greeting_part.c
    query = (
        select(columns.hemisphere, columns.part, columns.part_id, issue.c.number)
        .join(issue, issue.c.id == columns.issue_id)
        .order_by(issue.c.number)
    )
    if rhythm is not None:
        query = query.where(issue.c.rhythm == rhythm)
    return tuple((row[0], row[1], row[2], row[3]) for row in connection.execute(query))


def unwanted_parts(connection: Connection) -> frozenset[str]:
    """Return the ids of the parts that the author never wants again."""
    return frozenset(connection.scalars(select(unwanted_part.c.part_id)))


def set_unwanted(connection: Connection, part_id: str, now: dt.datetime, *, wanted: bool) -> None:
    """Remember that the author never wants a part again, or wants it after all."""
    connection.execute(delete(unwanted_part).where(unwanted_part.c.part_id == part_id))
    if not wanted:
        connection.execute(insert(unwanted_part).values(part_id=part_id, since=now))
