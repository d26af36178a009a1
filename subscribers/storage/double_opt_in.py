"""Joining by one's own wish: asked for by anybody, done by a word from the mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, case, delete, insert, literal, select, update

from subscribers.lifecycle import may_become
from subscribers.models import Consent, LetterKind, SignUp, Subscriber
from subscribers.storage.change import store
from subscribers.storage.consent_log import append
from subscribers.storage.find import by_address, by_id, required
from subscribers.storage.rows import insert_new, to_row
from subscribers.storage.suppressions import may_ask, release
from subscribers.storage.tables import UtcDateTime, consents, letters, moves, subscribers

# How long a confirmation link works, and so how long anybody stays pending.
CONFIRM_WITHIN = timedelta(days=7)
# A second letter within these days asks about the first request, so that both links work.
_SAME_REQUEST = timedelta(days=4)
SOURCE = "sign-up form"

Confirmed = Literal["now", "before", "too late"]


def due_letter(
    conn: Connection, address: str, secrets: tuple[str, ...]
) -> tuple[LetterKind, Subscriber | None] | None:
    """Which letter a sign-up under this address calls for, and who is there; None for none.

    None is for those who have said that they never want to be written to again.
    """
    known = by_address(conn, address)
    if not may_ask(conn, known.address if known else address, secrets):
        return None
    return ("already" if known is not None and known.status == "active" else "confirm"), known


def make_pending(
    conn: Connection, known: Subscriber | None, wish: SignUp, *, at: datetime
) -> Subscriber:
    """The person who wishes to join, pending from `at` on and brought up to their wish.

    Their choices count once they confirm: somebody else may have made them.
    """
    at = at.replace(microsecond=0)
    person = _wished(known or Subscriber(address=wish.address), wish)
    if known is None:
        person = replace(person, status="pending", source=SOURCE, created_at=at, asked_at=at)
        conn.execute(insert_new(conn, subscribers, "address_key"), to_row(person))
        person = required(conn, wish.address)
    elif known.status == "pending":
        again = known.asked_at is not None and at - known.asked_at < _SAME_REQUEST
        person = replace(person, asked_at=known.asked_at if again else at)
        store(conn, person)
    elif may_become(known.status, "pending", "subscriber"):
        person = replace(person, status="pending", was=known.status, asked_at=at)
        store(conn, person)
    line = Consent(
        subscriber_id=person.id,
        event="subscribed",
        at=at,
        actor="subscriber",
        source=SOURCE,
        wording=wish.wording,
        ip=wish.ip,
    )
    append(conn, line)
    return person


def confirm(
    conn: Connection,
    subscriber_id: int,
    stamp: int,
    *,
    at: datetime,
    ip: str,
    secrets: tuple[str, ...],
) -> Confirmed:
    """The owner of the mailbox says yes to what was asked at `stamp`.

    A second time finds it done. What is older than CONFIRM_WITHIN, was swept, or asked
    something that was answered or withdrawn since is too late.
    """
    asked_at = datetime.fromtimestamp(stamp, at.tzinfo)
    if not asked_at <= at + timedelta(days=1) or at - asked_at > CONFIRM_WITHIN:
        return "too late"
    guarded = (
        update(subscribers)
        .where(
            subscribers.c.id == subscriber_id,
            subscribers.c.status == "pending",
            subscribers.c.asked_at == asked_at,
        )
        .values(status="active", was="", confirmed_at=at)
    )
    if conn.execute(guarded).rowcount == 0:
        person = by_id(conn, subscriber_id)
        same = person is not None and person.status == "active" and person.asked_at == asked_at
        return "before" if same else "too late"
    person = by_id(conn, subscriber_id)
    if person is not None:
        release(conn, person.address, secrets)
    line = Consent(
        subscriber_id=subscriber_id,
        event="confirmed",
        at=at,
        actor="subscriber",
        source="confirmation link",
        ip=ip,
    )
    append(conn, line)
    return "now"


def expire(conn: Connection, *, at: datetime) -> int:
    """Who was asked and did not answer in time: the new are forgotten, who had left has.

    Returns how many. `at` is the calendar's time.
    """
    late = (
        subscribers.c.status == "pending",
        subscribers.c.asked_at < at - CONFIRM_WITHIN,
    )
    if conn.scalar(select(subscribers.c.id).where(*late).limit(1)) is None:
        return 0
    columns = ["subscriber_id", "event", "at", "actor", "source"]
    lapsed = select(
        subscribers.c.id,
        literal("lapsed"),
        literal(at, UtcDateTime()),
        literal("subscriber"),
        case((subscribers.c.was == "", "not confirmed, forgotten"), else_="not confirmed"),
    ).where(*late)
    conn.execute(insert(consents).from_select(columns, lapsed))
    ids = select(subscribers.c.id).where(*late)
    conn.execute(delete(letters).where(letters.c.subscriber_id.in_(ids)))
    conn.execute(delete(moves).where(moves.c.subscriber_id.in_(ids)))
    new = conn.execute(delete(subscribers).where(*late, subscribers.c.was == "")).rowcount
    back = conn.execute(
        update(subscribers).where(*late).values(status=subscribers.c.was, was="", asked_at=None)
    ).rowcount
    return new + back


def _wished(person: Subscriber, wish: SignUp) -> Subscriber:
    return replace(
        person,
        name=wish.name or person.name,
        hemisphere=wish.hemisphere or person.hemisphere,
        rhythm=wish.rhythm or person.rhythm,
        topics=wish.topics or person.topics,
    )
