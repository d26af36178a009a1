"""Events that the mailer reports later (bounces, complaints, deliveries), and three of our own.

SendGrid sends an event more than once and in any order. A unique key (the column `mark`) lets
the table deduplicate them, so recording events is idempotent. Three facts are kept here as events
of our own kind: when the mailer's suppression list was last read, which issues are missing from
the database, and that the newsletter came to another machine.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from newsletter.storage.erasure import mask_addresses
from newsletter.storage.tables import event

_RECONCILED = "reconciled"
_MISSING, _ACKNOWLEDGED = "older backup", "older backup, borne"
_OTHER_MACHINE = "other machine"
# The first condition is the first column of the index.
_IS_MISSING = event.c.issue_id.is_(None) & (event.c.kind == _MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event to store."""

    #: The same for every copy of an event: the unique column `mark`.
    dedup_key: str
    kind: str
    at: dt.datetime
    #: None if the event is not about an issue we know.
    issue_id: int | None = None
    subscriber_id: int | None = None
    attempt_id: str = ""
    detail: str = ""


def add(connection: Connection, record: EventRecord) -> bool:
    """Store an event; return False if it is stored already."""
    if (
        connection.scalar(select(event.c.id).where(event.c.dedup_key == record.dedup_key))
        is not None
    ):
        return False
    connection.execute(
        insert(event).values(
            dedup_key=record.dedup_key,
            kind=record.kind,
            at=record.at,
            issue_id=record.issue_id,
            subscriber_id=record.subscriber_id,
            attempt_id=record.attempt_id,
            # A server's reply quotes the address, which must not outlive the reader's erasure.
            detail=mask_addresses(record.detail),
        )
    )
    return True


def count(connection: Connection, subscriber_id: int, kind: str) -> int:
    """Return the number of events of a kind about a subscriber."""
    query = select(func.count()).where(event.c.subscriber_id == subscriber_id, event.c.kind == kind)
    return int(connection.scalar(query) or 0)


def last_reconciled(connection: Connection) -> dt.datetime | None:
    """Return when the mailer's suppression list was last read to its end, None for never."""
    return connection.scalar(select(event.c.at).where(event.c.dedup_key == _RECONCILED))


def set_reconciled(connection: Connection, at: dt.datetime) -> None:
    """Store when the mailer's suppression list was read."""
    connection.execute(delete(event).where(event.c.dedup_key == _RECONCILED))
    connection.execute(insert(event).values(dedup_key=_RECONCILED, kind=_RECONCILED, at=at))


def add_missing_issue(
    connection: Connection, issue_key: str, at: dt.datetime, *, attempt_id: str = ""
) -> bool:
    """Store that an issue's deliveries are missing from the database; False if it was known.

    With `attempt_id`, that this attempt at a batch of it is missing.
    """
    if is_missing_stored(connection, issue_key, attempt_id):
        return False
    dedup_key = _missing_key(issue_key, attempt_id)
    connection.execute(
        insert(event).values(dedup_key=dedup_key, kind=_MISSING, at=at, detail=issue_key)
    )
    return True


def is_missing_stored(connection: Connection, issue_key: str, attempt_id: str) -> bool:
    """Whether it is stored that these deliveries are missing, acknowledged or not."""
    dedup_key = _missing_key(issue_key, attempt_id)
    query = select(event.c.id).where(event.c.dedup_key == dedup_key)
    return connection.scalar(query) is not None


def _missing_key(issue_key: str, attempt_id: str) -> str:
    return f"{_MISSING} {issue_key} {attempt_id}".strip()


def missing_issues(connection: Connection) -> tuple[str, ...]:
    """Return the keys of the issues whose deliveries are missing, until acknowledged."""
    keys = connection.scalars(select(event.c.detail).where(_IS_MISSING).order_by(event.c.id))
    return tuple(dict.fromkeys(keys))


def acknowledge_missing(connection: Connection) -> bool:
    """Accept that these deliveries stay missing; return False if none are."""
    query = update(event).where(_IS_MISSING).values(kind=_ACKNOWLEDGED)
    return connection.execute(query).rowcount > 0


def set_other_machine(connection: Connection, machine: str, at: dt.datetime) -> None:
    """Store that the newsletter came to this machine."""
    clear_other_machine(connection)
    values = {"dedup_key": _OTHER_MACHINE, "kind": _OTHER_MACHINE, "at": at, "detail": machine}
    connection.execute(insert(event).values(values))


def clear_other_machine(connection: Connection) -> None:
    """Store that the newsletter may be sent from where it is."""
    connection.execute(delete(event).where(event.c.dedup_key == _OTHER_MACHINE))


def other_machine(connection: Connection) -> str:
    """Return the machine that the newsletter came to, "" if the author knows of it."""
    query = select(event.c.detail).where(event.c.dedup_key == _OTHER_MACHINE)
    return str(connection.scalar(query) or "")
