"""Changes to single subscribers. Each is logged, and each may come twice without harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from subscribers import consent, lifecycle
from subscribers.merge import merged
from subscribers.models import Actor, Addition, Consent, Status, Subscriber
from subscribers.preferences import checked
from subscribers.storage.consent_log import append
from subscribers.storage.find import by_address, by_id, required
from subscribers.storage.rows import insert_new, to_row
from subscribers.storage.suppressions import is_suppressed
from subscribers.storage.tables import subscribers


def add(
    conn: Connection, person: Subscriber, *, at: datetime, source: str, secrets: tuple[str, ...]
) -> Addition:
    """Put a person on the list on the author's word: active, or pending a confirmation.

    `person` is what the author says of them (id and created_at are ours to give). Somebody
    already there is brought up to date; somebody who left, bounced or complained, or whose
    address is suppressed, is left alone. Raises InvalidAddress and InvalidPreference.
    """
    person = checked(person)
    address = person.address
    known = by_address(conn, address)
    if known is not None:
        return _bring_up_to_date(conn, known, person, at=at, source=source)
    if is_suppressed(conn, address, secrets):
        return Addition(
            outcome="unchanged",
            subscriber=None,
            reason=f"{address} asked never to be written to again, and can come back only by "
            "signing up themselves.",
        )
    row = to_row(person) | {"source": person.source or source, "created_at": at}
    fresh = conn.execute(insert_new(conn, subscribers, "address_key"), row).rowcount == 1
    added = required(conn, address)
    if not fresh:
        return _bring_up_to_date(conn, added, person, at=at, source=source)
    append(conn, consent.arrival(added.id, added.status, "added", at=at, source=source))
    return Addition(outcome="added", subscriber=added)


def change_status(
    conn: Connection, subscriber_id: int, to: Status, *, by: Actor, at: datetime, source: str
) -> bool:
    """Turn a subscriber's status into `to` if `by` may (see lifecycle.py), and log it.

    False when nothing changed: already so, not allowed, or erased.
    """
    values: dict[str, object] = {"status": to, "was": ""}
    if to == "active" and by == "subscriber":
        values["confirmed_at"] = at
    guarded = (
        update(subscribers)
        .where(
            subscribers.c.id == subscriber_id,
            subscribers.c.status.in_(lifecycle.origins(to, by)),
        )
        .values(values)
    )
    if conn.execute(guarded).rowcount == 0:
        return False
    append(conn, consent.change(subscriber_id, to, by=by, at=at, source=source))
    return True


def unsubscribe(conn: Connection, subscriber_id: int, *, at: datetime, source: str) -> bool:
    """The subscriber leaves, by their own wish. True if this call did it.

    A second time, or for somebody erased meanwhile, nothing happens: RFC 8058 clients
    repeat themselves.
    """
    return change_status(conn, subscriber_id, "unsubscribed", by="subscriber", at=at, source=source)


def remove(conn: Connection, address: str, *, at: datetime, source: str) -> bool:
    """The author takes a person off the list. True if this call did it.

    Raises InvalidAddress and NoSuchSubscriber.
    """
    person = required(conn, address)
    return change_status(conn, person.id, "unsubscribed", by="author", at=at, source=source)


def choose(
    conn: Connection, subscriber_id: int, chosen: Subscriber, *, at: datetime, ip: str, source: str
) -> bool:
    """What a subscriber chose for themselves: name, hemisphere, rhythm and topics.

    True if anything changed. Nothing does for who left or was erased.
    """
    person = by_id(conn, subscriber_id)
    if person is None or person.status != "active":
        return False
    now = replace(
        person,
        name=chosen.name,
        hemisphere=chosen.hemisphere,
        rhythm=chosen.rhythm,
        topics=chosen.topics,
    )
    if now == person:
        return False
    store(conn, now)
    line = Consent(
        subscriber_id=person.id, event="changed", at=at, actor="subscriber", source=source, ip=ip
    )
    append(conn, line)
    return True


def store(conn: Connection, person: Subscriber) -> None:
    """Write a known subscriber's columns, all but what names them."""
    fixed = ("address", "address_key", "created_at")
    values = {name: value for name, value in to_row(person).items() if name not in fixed}
    conn.execute(update(subscribers).where(subscribers.c.id == person.id).values(values))


def _bring_up_to_date(
    conn: Connection, known: Subscriber, offered: Subscriber, *, at: datetime, source: str
) -> Addition:
    if known.status in lifecycle.GONE or known.was:
        status = known.was or known.status
        reason = f"{known.address} is {status}, and can come back only by signing up themselves."
        return Addition(outcome="unchanged", subscriber=known, reason=reason)
    now = merged(known, offered)
    if now == known:
        reason = f"{known.address} is on the list already."
        return Addition(outcome="unchanged", subscriber=known, reason=reason)
    store(conn, now)
    if now.status != known.status:
        append(conn, consent.change(now.id, now.status, by="author", at=at, source=source))
    return Addition(outcome="updated", subscriber=by_id(conn, now.id))
