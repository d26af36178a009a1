"""The queue of transactional mail, filled in the transaction that makes a message due.

    enqueue ──▶ queued ──claim──▶ leased ──┬──dequeue──▶ (sent)
                   ▲                       └──retry_later──▶ queued, with backoff
                   └──────lease expires────┘

A worker claims a message under a lease before it sends it. If the worker dies, the message
may go out twice (at least once): a repeated question does less harm than a lost one. Issues
are delivered the other way (see newsletter/delivery).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from subscribers.models import MailKind, TransactionalMail
from subscribers.storage.rows import insert_new
from subscribers.storage.tables import UtcDateTime, letters, moves, subscribers

KINDS: tuple[MailKind, ...] = ("confirm", "already", "move", "welcome")
_LEASE = timedelta(minutes=15)
_FIRST_BACKOFF = timedelta(minutes=1)
_MAX_TRIES = 10  # the last attempt is half a day after the first


def enqueue(connection: Connection, kind: MailKind, subscriber_id: int, *, now: datetime) -> None:
    """Queue one message for a subscriber; a queued one of the same kind is enough."""
    row = {"subscriber_id": subscriber_id, "kind": kind, "not_before": now}
    connection.execute(insert_new(connection, letters, "subscriber_id", "kind"), row)


def enqueue_confirmation(
    connection: Connection, subscriber_id: int, *, at: datetime, now: datetime
) -> None:
    """Ask a pending person to confirm, as of `at`; `now` is the real clock's time."""
    pending = (subscribers.c.id == subscriber_id, subscribers.c.status == "pending")
    seconds = at.replace(microsecond=0)
    if connection.execute(update(subscribers).where(*pending).values(asked_at=seconds)).rowcount:
        enqueue(connection, "confirm", subscriber_id, now=now)


def enqueue_import_confirmations(
    connection: Connection, *, after: int, at: datetime, now: datetime
) -> int:
    """Ask each pending person whom an import at `at` added with an id above `after`.

    Return how many messages are due. `now` is the real clock's time.
    """
    table = subscribers.c
    new: tuple[ColumnElement[bool], ...] = (
        table.id > after,
        table.created_at == at,
        table.status == "pending",
        table.asked_at.is_(None),
    )
    due: Select[tuple[int, str, datetime]] = select(
        table.id, literal("confirm"), literal(now, UtcDateTime())
    ).where(*new)
    columns = ["subscriber_id", "kind", "not_before"]
    connection.execute(insert(letters).from_select(columns, due))
    seconds = at.replace(microsecond=0)
    return connection.execute(update(subscribers).where(*new).values(asked_at=seconds)).rowcount


def kinds_due(connection: Connection, *, now: datetime) -> tuple[MailKind, ...]:
    """Return the kinds of which messages are due."""
    due = set(
        connection.scalars(select(letters.c.kind).where(letters.c.not_before <= now).distinct())
    )
    return tuple(kind for kind in KINDS if kind in due)


def claim(
    connection: Connection, kind: MailKind, size: int, *, now: datetime
) -> tuple[TransactionalMail, ...]:
    """Lease at most `size` due messages of a kind to this caller.

    Messages whose subscriber was erased, left or confirmed meanwhile are dropped.
    """
    due = select(letters.c.id).where(letters.c.kind == kind, letters.c.not_before <= now)
    ids = connection.scalars(due.order_by(letters.c.id).limit(size)).all()
    if not ids:
        return ()
    leased = connection.scalars(
        update(letters)
        .where(letters.c.id.in_(ids), letters.c.not_before <= now)
        .values(not_before=now + _LEASE, tries=letters.c.tries + 1)
        .returning(letters.c.id)
    ).all()
    claimed = tuple(
        TransactionalMail(
            id=row.id,
            kind=kind,
            subscriber_id=row.subscriber_id,
            link_id=row.link_id,
            address=row.address,
            stamp=int(row.asked_at.timestamp()) if row.asked_at else 0,
            tries=row.tries,
        )
        for row in connection.execute(_select_addressed(kind).where(letters.c.id.in_(leased)))
    )
    dequeue(connection, set(leased) - {mail.id for mail in claimed})
    return claimed


def dequeue(connection: Connection, ids: Collection[int]) -> None:
    """Remove messages from the queue: sent, given up, or needed no more."""
    connection.execute(delete(letters).where(letters.c.id.in_(list(ids))))


def retry_later(connection: Connection, mail: TransactionalMail, *, now: datetime) -> None:
    """Schedule another attempt with exponential backoff; give up after the last."""
    if mail.tries >= _MAX_TRIES:
        dequeue(connection, [mail.id])
        return
    backoff = _FIRST_BACKOFF * 2 ** (mail.tries - 1)
    connection.execute(
        update(letters).where(letters.c.id == mail.id).values(not_before=now + backoff)
    )


def _select_addressed(kind: MailKind) -> Select[tuple[int, int, int, str, str, datetime | None]]:
    """Return the messages of a kind with their address, of subscribers they still concern."""
    person = subscribers.c
    columns = (letters.c.id, letters.c.subscriber_id, letters.c.tries, person.link_id)
    if kind == "move":
        return (
            select(*columns, moves.c.address, moves.c.asked_at)
            .join(moves, moves.c.subscriber_id == letters.c.subscriber_id)
            .join(subscribers, person.id == letters.c.subscriber_id)
            .where(person.status == "active")
        )
    status = "pending" if kind == "confirm" else "active"
    return (
        select(*columns, person.address, person.asked_at)
        .join(subscribers, person.id == letters.c.subscriber_id)
        .where(person.status == status)
    )
