"""Change single subscribers. Each change is logged and idempotent: a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from subscribers import lifecycle
from subscribers.errors import NoSuchSubscriber
from subscribers.models import Actor, Addition, Consent, Status, Subscriber
from subscribers.preferences import normalise_subscriber
from subscribers.storage.consent_log import append
from subscribers.storage.find import find_by_address, find_by_id, require_by_address
from subscribers.storage.import_log import forget_import_change
from subscribers.storage.rows import insert_new, to_row
from subscribers.storage.suppressions import is_suppressed
from subscribers.storage.tables import subscribers


def add(
    connection: Connection,
    person: Subscriber,
    *,
    at: datetime,
    source: str,
    secrets: tuple[str, ...],
) -> Addition:
    """Put a person on the list on the author's decision: active, or pending a confirmation.

    `person.id` and `person.created_at` are ignored. A known person is updated. A person who
    left, bounced or complained, or whose address is suppressed, stays as they are. Raise
    InvalidAddress and InvalidPreference.
    """
    person = normalise_subscriber(person)
    address = person.address
    known = find_by_address(connection, address)
    if known is not None:
        return _update_known(connection, known, person, at=at, source=source)
    if is_suppressed(connection, address, secrets):
        return Addition(
            outcome="unchanged",
            subscriber=None,
            reason=f"{address} asked never to be written to again, and can come back only by "
            "signing up themselves.",
        )
    row = to_row(person) | {"source": person.source or source, "created_at": at}
    inserted = (
        connection.execute(insert_new(connection, subscribers, "address_key"), row).rowcount == 1
    )
    subscriber = require_by_address(connection, address)
    if not inserted:
        return _update_known(connection, subscriber, person, at=at, source=source)
    entry = lifecycle.arrival_entry(subscriber.id, subscriber.status, "added", at=at, source=source)
    append(connection, entry)
    return Addition(outcome="added", subscriber=subscriber)


def change_status(
    connection: Connection, subscriber_id: int, to: Status, *, by: Actor, at: datetime, source: str
) -> bool:
    """Change a subscriber's status to `to` if `by` may (see lifecycle.py), and log it.

    A compare-and-set: return False if it has that status already, `by` may not change it,
    or the subscriber was erased.
    """
    values: dict[str, object] = {"status": to, "was": ""}
    if to == "active" and by == "subscriber":
        values["confirmed_at"] = at
    compare_and_set = (
        update(subscribers)
        .where(
            subscribers.c.id == subscriber_id,
            subscribers.c.status.in_(lifecycle.origins(to, by)),
        )
        .values(values)
    )
    if connection.execute(compare_and_set).rowcount == 0:
        # Somebody whom the last import unsubscribed says so too: to undo it must not bring
        # them back.
        forget_import_change(connection, subscriber_id)
        return False
    append(connection, lifecycle.status_entry(subscriber_id, to, by=by, at=at, source=source))
    return True


def unsubscribe(connection: Connection, subscriber_id: int, *, at: datetime, source: str) -> bool:
    """Unsubscribe by the subscriber's own wish. Return True if this call changed it.

    Idempotent, also for an erased subscriber: one-click clients (RFC 8058) repeat requests.
    """
    return change_status(
        connection, subscriber_id, "unsubscribed", by="subscriber", at=at, source=source
    )


def remove(connection: Connection, address: str, *, at: datetime, source: str) -> bool:
    """Unsubscribe a person on the author's decision. Return True if this call changed it.

    Raise InvalidAddress and NoSuchSubscriber.
    """
    person = require_by_address(connection, address)
    return change_status(connection, person.id, "unsubscribed", by="author", at=at, source=source)


def save_choices(
    connection: Connection,
    subscriber_id: int,
    chosen: Subscriber,
    *,
    at: datetime,
    ip: str,
    source: str,
) -> bool:
    """Store the name, hemisphere, rhythm and topics a subscriber chose.

    Return True if anything changed. A subscriber who left or was erased stays unchanged.
    """
    person = find_by_id(connection, subscriber_id)
    if person is None or person.status != "active":
        return False
    updated = replace(
        person,
        name=chosen.name,
        hemisphere=chosen.hemisphere,
        rhythm=chosen.rhythm,
        topics=chosen.topics,
    )
    if updated == person:
        return False
    update_subscriber(connection, updated)
    entry = Consent(
        subscriber_id=person.id, event="changed", at=at, actor="subscriber", source=source, ip=ip
    )
    append(connection, entry)
    return True


def set_tags(
    connection: Connection,
    subscriber_id: int,
    tags: Collection[str],
    *,
    at: datetime,
    source: str,
) -> bool:
    """Replace the author's tags of a subscriber, whatever the status.

    Return True if anything changed. Raise InvalidPreference, and NoSuchSubscriber once they
    were erased.
    """
    person = find_by_id(connection, subscriber_id)
    if person is None:
        raise NoSuchSubscriber("Nobody is on the list under this number any more.")
    tagged = normalise_subscriber(replace(person, tags=tuple(tags)))
    if tagged.tags == person.tags:
        return False
    values = {"tags": to_row(tagged)["tags"]}
    connection.execute(update(subscribers).where(subscribers.c.id == person.id).values(values))
    entry = Consent(subscriber_id=person.id, event="changed", at=at, actor="author", source=source)
    append(connection, entry)
    return True


def update_subscriber(connection: Connection, person: Subscriber) -> None:
    """Write all columns of a known subscriber but the address and the time of creation."""
    fixed = ("address", "address_key", "created_at")
    values = {name: value for name, value in to_row(person).items() if name not in fixed}
    connection.execute(update(subscribers).where(subscribers.c.id == person.id).values(values))


def _update_known(
    connection: Connection, known: Subscriber, offered: Subscriber, *, at: datetime, source: str
) -> Addition:
    if known.status in lifecycle.GONE or known.previous_status:
        status = known.previous_status or known.status
        reason = f"{known.address} is {status}, and can come back only by signing up themselves."
        return Addition(outcome="unchanged", subscriber=known, reason=reason)
    updated = lifecycle.merge_subscriber(known, offered)
    if updated == known:
        reason = f"{known.address} is on the list already."
        return Addition(outcome="unchanged", subscriber=known, reason=reason)
    update_subscriber(connection, updated)
    if updated.status != known.status:
        entry = lifecycle.status_entry(
            updated.id, updated.status, by="author", at=at, source=source
        )
    else:
        entry = Consent(
            subscriber_id=updated.id, event="changed", at=at, actor="author", source=source
        )
    append(connection, entry)
    return Addition(outcome="updated", subscriber=find_by_id(connection, updated.id))
