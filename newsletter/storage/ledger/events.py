"""What the mailer's other side reported, each once; and when its list was last read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from newsletter.storage.erasure import without_addresses
from newsletter.storage.tables import event

_RECONCILED = "reconciled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event. `mark` is the same for each copy of it; `issue_id` None where unknown."""

    mark: str
    kind: str
    at: dt.datetime
    issue_id: int | None = None
    subscriber_id: int | None = None
    attempt_id: str = ""
    detail: str = ""


def add(connection: Connection, one: EventRecord) -> bool:
    """Keeps an event; false when it is there already."""
    if connection.scalar(select(event.c.id).where(event.c.mark == one.mark)) is not None:
        return False
    kept = {name: getattr(one, name) for name in one.__slots__}
    # Servers name the mailbox in their words: it would come back after it was erased.
    kept["detail"] = without_addresses(one.detail)
    connection.execute(insert(event).values(kept))
    return True


def count(connection: Connection, subscriber_id: int, kind: str) -> int:
    """How many events of a kind there are about a subscriber."""
    query = select(func.count()).where(event.c.subscriber_id == subscriber_id, event.c.kind == kind)
    return int(connection.scalar(query) or 0)


def last_reconciled(connection: Connection) -> dt.datetime | None:
    """When the mailer's own list was last read whole; None for never."""
    return connection.scalar(select(event.c.at).where(event.c.mark == _RECONCILED))


def set_reconciled(connection: Connection, at: dt.datetime) -> None:
    """Remembers that it was read."""
    connection.execute(delete(event).where(event.c.mark == _RECONCILED))
    connection.execute(insert(event).values(mark=_RECONCILED, kind=_RECONCILED, at=at))
