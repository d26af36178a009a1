"""A change of address: requested from the reader's page, confirmed from the new mailbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from subscribers.address import address_key, normalise
from subscribers.models import Consent, Subscriber
from subscribers.storage.consent_log import append
from subscribers.storage.double_opt_in import CONFIRM_WITHIN
from subscribers.storage.find import find_by_address, find_by_id
from subscribers.storage.rows import insert_new
from subscribers.storage.suppressions import lift_suppression, may_resubscribe
from subscribers.storage.tables import letters, moves, subscribers

SOURCE = "change of address"


def request_change(
    connection: Connection,
    subscriber_id: int,
    address: str,
    *,
    at: datetime,
    secrets: tuple[str, ...],
) -> bool:
    """Store the new address until it is confirmed; return whether to ask its mailbox.

    Return False, and store nothing, if the subscriber has that address already or it must
    not be written to. A later request replaces an earlier one.
    """
    person = find_by_id(connection, subscriber_id)
    if person is None or person.status != "active":
        return False
    if address_key(person.address) == address_key(address):
        return False
    if not may_resubscribe(connection, address, secrets):
        return False
    at = at.replace(microsecond=0)
    row = {"subscriber_id": subscriber_id, "address": normalise(address), "asked_at": at}
    if connection.execute(insert_new(connection, moves, "subscriber_id"), row).rowcount == 0:
        connection.execute(update(moves).where(moves.c.subscriber_id == subscriber_id).values(row))
    # A message to the address of an earlier request may still be queued.
    connection.execute(
        delete(letters).where(letters.c.subscriber_id == subscriber_id, letters.c.kind == "move")
    )
    return True


def requested_address(
    connection: Connection, subscriber_id: int, stamp: int, *, at: datetime
) -> str:
    """Return the new address of the request made at `stamp`; "" if expired or replaced."""
    row = connection.execute(select(moves).where(moves.c.subscriber_id == subscriber_id)).first()
    if row is None or int(row.asked_at.timestamp()) != stamp:
        return ""
    return "" if at - row.asked_at > CONFIRM_WITHIN else str(row.address)


def confirm_change(
    connection: Connection,
    subscriber_id: int,
    stamp: int,
    *,
    at: datetime,
    ip: str,
    secrets: tuple[str, ...],
) -> int:
    """Move the subscription to the new address, whose owner has confirmed.

    If another subscriber has that address, the person owns both: that subscriber becomes
    active with the choices of this one, and this one is unsubscribed. Return the id of the
    subscriber who has the address now, 0 if the request expired or was replaced.
    """
    address = requested_address(connection, subscriber_id, stamp, at=at)
    person = find_by_id(connection, subscriber_id)
    if not address or person is None or person.status != "active":
        return 0
    connection.execute(delete(moves).where(moves.c.subscriber_id == subscriber_id))
    other = find_by_address(connection, address)
    if other is not None and other.id != person.id:
        _merge_into(connection, person, other, at=at)
        person = other
    else:
        _update_address(connection, person, address)
    lift_suppression(connection, address, secrets)
    entry = Consent(
        subscriber_id=person.id, event="moved", at=at, actor="subscriber", source=SOURCE, ip=ip
    )
    append(connection, entry)
    return person.id


def expire_requests(connection: Connection, *, at: datetime) -> int:
    """Delete the requests that were not confirmed in time; return how many."""
    expired = delete(moves).where(moves.c.asked_at < at - CONFIRM_WITHIN)
    return connection.execute(expired).rowcount


def _update_address(connection: Connection, person: Subscriber, address: str) -> None:
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == person.id)
        .values(address=address, address_key=address_key(address))
    )


def _merge_into(
    connection: Connection, person: Subscriber, target: Subscriber, *, at: datetime
) -> None:
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == target.id)
        .values(
            status="active",
            was="",
            confirmed_at=at,
            name=person.name or target.name,
            hemisphere=person.hemisphere or target.hemisphere,
            rhythm=person.rhythm or target.rhythm,
            topics=",".join(person.topics or target.topics),
        )
    )
    connection.execute(
        update(subscribers).where(subscribers.c.id == person.id).values(status="unsubscribed")
    )
    entry = Consent(
        subscriber_id=person.id, event="unsubscribed", at=at, actor="subscriber", source=SOURCE
    )
    append(connection, entry)
