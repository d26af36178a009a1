"""Erasure: what is known of a person goes, and a mark stays that names nobody.

The right to be forgotten (GDPR Art. 17) and the wish never to be written to again pull
apart: without any memory the author's next import of an old file would bring the person
back. So the HMAC of the address stays as a suppression (see suppression.py), and the
consent log keeps what happened and when, under a number that leads to nobody.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, func, select, update

from subscribers.address import identity, mentions, normalise
from subscribers.models import Actor, Consent, Erased, Subscriber, SuppressionReason
from subscribers.storage.consent_log import append
from subscribers.storage.find import by_address
from subscribers.storage.suppressions import leave_mark
from subscribers.storage.tables import consents, letters, moves, sign_ups, subscribers

FORGOTTEN = "(erased)"


def erase(
    conn: Connection, address: str, *, by: Actor, at: datetime, secrets: tuple[str, ...]
) -> Erased:
    """Forget a person, whatever the status; safe to repeat.

    The address can come back by the person's own confirmed wish, as somebody new, and by
    nothing the author adds or imports. A complaint or the author's suppression stays the
    reason. Raises InvalidAddress.
    """
    plain = normalise(address)
    person = by_address(conn, plain)
    marked = person is not None and _forget(conn, person, plain, by=by, at=at, secrets=secrets)
    _drop_requests(conn, plain)
    for table, column in (
        (consents, consents.c.source),
        (subscribers, subscribers.c.name),
        (subscribers, subscribers.c.source),
        (subscribers, subscribers.c.tags),
        (subscribers, subscribers.c.topics),
    ):
        sweep(conn, table, column, plain)
    return Erased(subscriber_id=person.id if person else None, marked=marked)


def sweep(conn: Connection, table: Table, column: Column[str], address: str) -> None:
    """Take a normalised address out of a column of free text, however it is capitalised.

    A longer address that merely ends in it stays.
    """
    key = identity(address)
    asked = select(table.c.id, column).where(func.lower(column).contains(key, autoescape=True))
    for row in conn.execute(asked).all():
        without = mentions(address).sub(FORGOTTEN, row[1])
        if without != row[1]:
            conn.execute(update(table).where(table.c.id == row[0]).values({column: without}))


def _forget(
    conn: Connection,
    person: Subscriber,
    address: str,
    *,
    by: Actor,
    at: datetime,
    secrets: tuple[str, ...],
) -> bool:
    conn.execute(delete(subscribers).where(subscribers.c.id == person.id))
    for table in (letters, moves):
        conn.execute(delete(table).where(table.c.subscriber_id == person.id))
    # Where they came from and in which network they were could tell who they are.
    conn.execute(
        update(consents).where(consents.c.subscriber_id == person.id).values(source="", ip="")
    )
    append(conn, Consent(subscriber_id=person.id, event="erased", at=at, actor=by))
    reason: SuppressionReason = "complained" if person.status == "complained" else "erased"
    return leave_mark(conn, address, reason=reason, at=at, secrets=secrets)


def _drop_requests(conn: Connection, address: str) -> None:
    """What somebody has asked for under this address, and nobody has answered yet."""
    key = identity(address)
    conn.execute(delete(moves).where(func.lower(moves.c.address) == key))
    waiting = func.lower(sign_ups.c.wish).contains(f'"{key}"', autoescape=True)
    conn.execute(update(sign_ups).where(waiting).values(waiting=False, wish=""))
