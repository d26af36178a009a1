"""Issues of which deliveries are missing here: an older backup of the database was put back.

Kept among the events, a row an issue: it is said once, however many events tell of it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, insert, select, update

from newsletter.storage.tables import event

_SEEN, _BORNE = "older backup", "older backup, borne"
_OPEN = event.c.issue_id.is_(None) & (event.c.kind == _SEEN)  # the index begins with the first


def add_missing_issue(connection: Connection, issue_key: str, at: dt.datetime) -> bool:
    """Remembers that deliveries of an issue are missing; false where that was known."""
    mark = f"{_SEEN} {issue_key}"
    if connection.scalar(select(event.c.id).where(event.c.mark == mark)) is not None:
        return False
    connection.execute(insert(event).values(mark=mark, kind=_SEEN, at=at, detail=issue_key))
    return True


def missing_issues(connection: Connection) -> tuple[str, ...]:
    """The keys of these issues, until somebody bears it."""
    return tuple(connection.scalars(select(event.c.detail).where(_OPEN).order_by(event.c.id)))


def acknowledge(connection: Connection) -> bool:
    """A person's word: what is missing of these issues stays missing. False if nothing is."""
    return connection.execute(update(event).where(_OPEN).values(kind=_BORNE)).rowcount > 0
