"""Double opt-in: a sign-up counts only once the owner of the mailbox has confirmed it.

    sign-up ──request_subscription──▶ pending ──confirm──▶ active
                                         └──expire_pending──▶ deleted, or back to the old status

Anybody can enter any address into a form. Until the link in the confirmation message is
followed, the person is pending and gets nothing else. A change of address is confirmed in the
same way: it is requested from the reader's page, and made from the new mailbox.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, case, delete, insert, literal, select, update

from subscribers.address import address_key, normalise
from subscribers.lifecycle import may_become
from subscribers.models import Consent, MailKind, SignUp, Subscriber
from subscribers.storage.change import update_subscriber
from subscribers.storage.consent_log import append
from subscribers.storage.find import find_by_address, find_by_id, require_by_address
from subscribers.storage.links import NoteWish, forget_wishes
from subscribers.storage.rows import insert_new, to_row
from subscribers.storage.suppressions import lift_suppression, may_resubscribe
from subscribers.storage.tables import (
    UtcDateTime,
    consents,
    former_links,
    letters,
    moves,
    subscribers,
)

# How long a confirmation link works, and so how long a person stays pending.
CONFIRM_WITHIN = timedelta(days=7)
# A repeated sign-up within this time counts as the same request: the links of both
# messages work.
_SAME_REQUEST = timedelta(days=4)
SOURCE = "sign-up form"

ConfirmOutcome = Literal["confirmed", "already confirmed", "too late"]
ADDRESS_CHANGE_SOURCE = "change of address"


def required_mail(
    connection: Connection, address: str, secrets: tuple[str, ...]
) -> tuple[MailKind, Subscriber | None] | None:
    """Return the kind of message a sign-up calls for, and the subscriber with that address.

    Return None if the address must never be written to.
    """
    known = find_by_address(connection, address)
    if not may_resubscribe(connection, known.address if known else address, secrets):
        return None
    return ("already" if known is not None and known.status == "active" else "confirm"), known


def request_subscription(
    connection: Connection, known: Subscriber | None, sign_up: SignUp, *, at: datetime
) -> Subscriber:
    """Return the person as pending since `at`, with the choices of the sign-up stored.

    The choices take effect with the confirmation: a stranger may have made them.
    """
    at = at.replace(microsecond=0)
    person = _with_choices(known or Subscriber(address=sign_up.address), sign_up)
    if known is None:
        person = replace(person, status="pending", source=SOURCE, created_at=at, asked_at=at)
        connection.execute(insert_new(connection, subscribers, "address_key"), to_row(person))
        person = require_by_address(connection, sign_up.address)
    elif known.status == "pending":
        repeated = known.asked_at is not None and at - known.asked_at < _SAME_REQUEST
        person = replace(person, asked_at=known.asked_at if repeated else at)
        update_subscriber(connection, person)
    elif may_become(known.status, "pending", "subscriber"):
        person = replace(person, status="pending", previous_status=known.status, asked_at=at)
        update_subscriber(connection, person)
    entry = Consent(
        subscriber_id=person.id,
        event="subscribed",
        at=at,
        actor="subscriber",
        source=SOURCE,
        wording=sign_up.wording,
        ip=sign_up.ip,
    )
    append(connection, entry)
    return person


def confirm(
    connection: Connection,
    subscriber_id: int,
    stamp: int,
    *,
    at: datetime,
    ip: str,
    secrets: tuple[str, ...],
    note_wish: NoteWish | None = None,
) -> ConfirmOutcome:
    """Activate a pending person who answered the question asked at `stamp`. Idempotent.

    A question is too late if it is older than CONFIRM_WITHIN, has expired, or was replaced
    or withdrawn since.
    """
    asked_at = datetime.fromtimestamp(stamp, at.tzinfo)
    if not asked_at <= at + timedelta(days=1) or at - asked_at > CONFIRM_WITHIN:
        return "too late"
    compare_and_set = (
        update(subscribers)
        .where(
            subscribers.c.id == subscriber_id,
            subscribers.c.status == "pending",
            subscribers.c.asked_at == asked_at,
        )
        .values(status="active", was="", confirmed_at=at)
    )
    if connection.execute(compare_and_set).rowcount == 0:
        person = find_by_id(connection, subscriber_id)
        same = person is not None and person.status == "active" and person.asked_at == asked_at
        return "already confirmed" if same else "too late"
    person = find_by_id(connection, subscriber_id)
    if person is not None:
        lift_suppression(connection, person.address, secrets)
        forget_wishes(connection, person, secrets, note_wish)
    entry = Consent(
        subscriber_id=subscriber_id,
        event="confirmed",
        at=at,
        actor="subscriber",
        source="confirmation link",
        ip=ip,
    )
    append(connection, entry)
    return "confirmed"


def expire_pending(connection: Connection, *, at: datetime) -> int:
    """Expire the sign-ups that were not confirmed in time; return how many.

    A new person is deleted, a person who had left goes back to the status of that time.
    `at` is the calendar's time.
    """
    expired = (
        subscribers.c.status == "pending",
        subscribers.c.asked_at < at - CONFIRM_WITHIN,
    )
    if connection.scalar(select(subscribers.c.id).where(*expired).limit(1)) is None:
        return 0
    columns = ["subscriber_id", "event", "at", "actor", "source"]
    entries = select(
        subscribers.c.id,
        literal("lapsed"),
        literal(at, UtcDateTime()),
        literal("subscriber"),
        case((subscribers.c.was == "", "not confirmed, forgotten"), else_="not confirmed"),
    ).where(*expired)
    connection.execute(insert(consents).from_select(columns, entries))
    ids = select(subscribers.c.id).where(*expired)
    connection.execute(delete(letters).where(letters.c.subscriber_id.in_(ids)))
    connection.execute(delete(moves).where(moves.c.subscriber_id.in_(ids)))
    new = select(subscribers.c.id).where(*expired, subscribers.c.was == "")
    connection.execute(delete(former_links).where(former_links.c.subscriber_id.in_(new)))
    deleted = connection.execute(
        delete(subscribers).where(*expired, subscribers.c.was == "")
    ).rowcount
    restored = connection.execute(
        update(subscribers).where(*expired).values(status=subscribers.c.was, was="", asked_at=None)
    ).rowcount
    return deleted + restored


def _with_choices(person: Subscriber, sign_up: SignUp) -> Subscriber:
    return replace(
        person,
        name=sign_up.name or person.name,
        hemisphere=sign_up.hemisphere or person.hemisphere,
        rhythm=sign_up.rhythm or person.rhythm,
        topics=sign_up.topics or person.topics,
    )


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
        subscriber_id=person.id,
        event="moved",
        at=at,
        actor="subscriber",
        source=ADDRESS_CHANGE_SOURCE,
        ip=ip,
    )
    append(connection, entry)
    return person.id


def expire_address_changes(connection: Connection, *, at: datetime) -> int:
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
        subscriber_id=person.id,
        event="unsubscribed",
        at=at,
        actor="subscriber",
        source=ADDRESS_CHANGE_SOURCE,
    )
    append(connection, entry)
