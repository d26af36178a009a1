"""The editions of frozen issues, byte for byte as they are sent."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, insert, select

from newsletter.models import Edition, Issue
from newsletter.storage.tables import edition as editions


def add_editions(connection: Connection, issue_id: int, rendered: Iterable[Edition]) -> None:
    """Insert the editions of an issue that is being frozen."""
    for edition in rendered:
        values = {name: getattr(edition, name) for name in edition.__slots__ if name != "issue"}
        connection.execute(insert(editions).values(issue_id=issue_id, **values))


def editions_of(connection: Connection, frozen: Issue) -> tuple[Edition, ...]:
    """Return the editions of a frozen issue, byte for byte as they are sent."""
    query = select(editions).where(editions.c.issue_id == frozen.id).order_by(editions.c.key)
    return tuple(_to_edition(row, frozen) for row in connection.execute(query).mappings())


def _to_edition(row: RowMapping, frozen: Issue) -> Edition:
    values = {name: value for name, value in row.items() if name != "issue_id"}
    lists = {name: tuple(row[name]) for name in ("topics", "posts")}
    return Edition(issue=frozen.number, **values | lists)
