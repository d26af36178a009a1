"""A change of address: asked for by who has the link, done by a word from the new mailbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from subscribers.address import identity, normalise
from subscribers.models import Consent, Subscriber
from subscribers.storage.consent_log import append
from subscribers.storage.double_opt_in import CONFIRM_WITHIN
from subscribers.storage.find import by_address, by_id
from subscribers.storage.rows import insert_new
from subscribers.storage.suppressions import may_ask, release
from subscribers.storage.tables import letters, moves, subscribers

SOURCE = "change of address"


def make_move(
    conn: Connection, subscriber_id: int, address: str, *, at: datetime, secrets: tuple[str, ...]
) -> bool:
    """Keeps the new address until it is confirmed; whether its mailbox is to be asked.

    It is not where the address is theirs already, or must never be written to again.
    """
    person = by_id(conn, subscriber_id)
    if person is None or person.status != "active":
        return False
    if identity(person.address) == identity(address) or not may_ask(conn, address, secrets):
        return False
    at = at.replace(microsecond=0)
    row = {"subscriber_id": subscriber_id, "address": normalise(address), "asked_at": at}
    if conn.execute(insert_new(conn, moves, "subscriber_id"), row).rowcount == 0:
        conn.execute(update(moves).where(moves.c.subscriber_id == subscriber_id).values(row))
    # Another address may wait for its letter: it will not get one now.
    conn.execute(
        delete(letters).where(letters.c.subscriber_id == subscriber_id, letters.c.kind == "move")
    )
    return True


def asked_move(conn: Connection, subscriber_id: int, stamp: int, *, at: datetime) -> str:
    """The address a change that was asked for at `stamp` would lead to, "" if too late."""
    row = conn.execute(select(moves).where(moves.c.subscriber_id == subscriber_id)).first()
    if row is None or int(row.asked_at.timestamp()) != stamp:
        return ""
    return "" if at - row.asked_at > CONFIRM_WITHIN else str(row.address)


def move(
    conn: Connection,
    subscriber_id: int,
    stamp: int,
    *,
    at: datetime,
    ip: str,
    secrets: tuple[str, ...],
) -> int:
    """The owner of the new mailbox says yes: from now on messages go there.

    Somebody may be on the list under that address already. Who answered owns both: the
    one stays as the address is there, with this one's choices, and this one leaves.
    Returns the id of who gets the messages now, 0 when it is too late.
    """
    address = asked_move(conn, subscriber_id, stamp, at=at)
    person = by_id(conn, subscriber_id)
    if not address or person is None or person.status != "active":
        return 0
    conn.execute(delete(moves).where(moves.c.subscriber_id == subscriber_id))
    other = by_address(conn, address)
    if other is not None and other.id != person.id:
        _merge(conn, person, other, at=at)
        person = other
    else:
        _readdress(conn, person, address)
    release(conn, address, secrets)
    line = Consent(
        subscriber_id=person.id, event="moved", at=at, actor="subscriber", source=SOURCE, ip=ip
    )
    append(conn, line)
    return person.id


def expire_moves(conn: Connection, *, at: datetime) -> int:
    """Forgets the new addresses nobody confirmed in time; returns how many."""
    old = delete(moves).where(moves.c.asked_at < at - CONFIRM_WITHIN)
    return conn.execute(old).rowcount


def _readdress(conn: Connection, person: Subscriber, address: str) -> None:
    conn.execute(
        update(subscribers)
        .where(subscribers.c.id == person.id)
        .values(address=address, address_key=identity(address))
    )


def _merge(conn: Connection, mover: Subscriber, there: Subscriber, *, at: datetime) -> None:
    conn.execute(
        update(subscribers)
        .where(subscribers.c.id == there.id)
        .values(
            status="active",
            was="",
            confirmed_at=at,
            name=mover.name or there.name,
            hemisphere=mover.hemisphere or there.hemisphere,
            rhythm=mover.rhythm or there.rhythm,
            topics=",".join(mover.topics or there.topics),
        )
    )
    conn.execute(
        update(subscribers).where(subscribers.c.id == mover.id).values(status="unsubscribed")
    )
    line = Consent(
        subscriber_id=mover.id, event="unsubscribed", at=at, actor="subscriber", source=SOURCE
    )
    append(conn, line)
