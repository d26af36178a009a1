"""Messages out of turn to single people: queued in the transaction that makes them due.

A letter is claimed for a while before it is sent. Should the process die then, it is sent
once more later: a second question does less harm than none, unlike a second issue.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, delete, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from subscribers.models import LetterKind, TransactionalMail
from subscribers.storage.rows import insert_new
from subscribers.storage.tables import UtcDateTime, letters, moves, subscribers

KINDS: tuple[LetterKind, ...] = ("confirm", "already", "move", "welcome")
_LEASE = timedelta(minutes=15)
_FIRST_WAIT = timedelta(minutes=1)
_MOST_TRIES = 10  # the last comes half a day after the first


def queue(conn: Connection, kind: LetterKind, subscriber_id: int, *, now: datetime) -> None:
    """One letter is due to a subscriber; one of the kind that waits already is enough."""
    row = {"subscriber_id": subscriber_id, "kind": kind, "not_before": now}
    conn.execute(insert_new(conn, letters, "subscriber_id", "kind"), row)


def ask(conn: Connection, subscriber_id: int, *, at: datetime, now: datetime) -> None:
    """One who is pending is asked, from `at` on; `now` is the real clock's."""
    pending = (subscribers.c.id == subscriber_id, subscribers.c.status == "pending")
    whole = at.replace(microsecond=0)
    if conn.execute(update(subscribers).where(*pending).values(asked_at=whole)).rowcount:
        queue(conn, "confirm", subscriber_id, now=now)


def ask_new(conn: Connection, *, after: int, at: datetime, now: datetime) -> int:
    """Everyone pending whom an import at `at` added with an id over `after` is asked.

    Returns how many letters are due. `now` is the real clock's.
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
    conn.execute(insert(letters).from_select(columns, due))
    whole = at.replace(microsecond=0)
    return conn.execute(update(subscribers).where(*new).values(asked_at=whole)).rowcount


def kinds_due(conn: Connection, *, now: datetime) -> tuple[LetterKind, ...]:
    """The kinds of which letters are due."""
    found = set(conn.scalars(select(letters.c.kind).where(letters.c.not_before <= now).distinct()))
    return tuple(kind for kind in KINDS if kind in found)


def claim(
    conn: Connection, kind: LetterKind, size: int, *, now: datetime
) -> tuple[TransactionalMail, ...]:
    """At most `size` letters of a kind that are due, for this caller alone for a while."""
    due = select(letters.c.id).where(letters.c.kind == kind, letters.c.not_before <= now)
    ids = conn.scalars(due.order_by(letters.c.id).limit(size)).all()
    if not ids:
        return ()
    taken = conn.scalars(
        update(letters)
        .where(letters.c.id.in_(ids), letters.c.not_before <= now)
        .values(not_before=now + _LEASE, tries=letters.c.tries + 1)
        .returning(letters.c.id)
    ).all()
    found = tuple(
        TransactionalMail(
            id=row.id,
            kind=kind,
            subscriber_id=row.subscriber_id,
            address=row.address,
            stamp=int(row.asked_at.timestamp()) if row.asked_at else 0,
            tries=row.tries,
        )
        for row in conn.execute(_addressed(kind).where(letters.c.id.in_(taken)))
    )
    # Who was erased, left or confirmed meanwhile gets none.
    settle(conn, set(taken) - {one.id for one in found})
    return found


def settle(conn: Connection, ids: Collection[int]) -> None:
    """These letters need not be sent any more."""
    conn.execute(delete(letters).where(letters.c.id.in_(list(ids))))


def put_off(conn: Connection, sent: TransactionalMail, *, now: datetime) -> None:
    """A letter that did not leave is tried again: later each time, and not for ever."""
    if sent.tries >= _MOST_TRIES:
        settle(conn, [sent.id])
        return
    wait = _FIRST_WAIT * 2 ** (sent.tries - 1)
    conn.execute(update(letters).where(letters.c.id == sent.id).values(not_before=now + wait))


def _addressed(kind: LetterKind) -> Select[tuple[int, int, int, str, datetime | None]]:
    """The letters of a kind with where they go, of those whom they still concern."""
    person = subscribers.c
    own = (letters.c.id, letters.c.subscriber_id, letters.c.tries)
    if kind == "move":
        return (
            select(*own, moves.c.address, moves.c.asked_at)
            .join(moves, moves.c.subscriber_id == letters.c.subscriber_id)
            .join(subscribers, person.id == letters.c.subscriber_id)
            .where(person.status == "active")
        )
    status = "pending" if kind == "confirm" else "active"
    return (
        select(*own, person.address, person.asked_at)
        .join(subscribers, person.id == letters.c.subscriber_id)
        .where(person.status == status)
    )
