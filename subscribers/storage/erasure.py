"""Erasure: delete a person's data and keep HMACs of the address and the links (GDPR Art. 17).

Without any memory the author's next import of an old file would bring the person back. So
the HMACs stay as suppressions, and the consent log keeps what happened and when, under an
id that belongs to no stored person.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, func, select, update

from subscribers.address import address_key, address_pattern, normalise
from subscribers.models import Actor, Consent, ErasedSubscriber, Subscriber, SuppressionReason
from subscribers.storage.consent_log import append
from subscribers.storage.find import find_by_address
from subscribers.storage.links import delete_former_links, links_of, remember_wish
from subscribers.storage.suppressions import insert_suppression
from subscribers.storage.tables import (
    consents,
    import_changes,
    imports,
    letters,
    moves,
    sign_ups,
    subscribers,
)

REDACTED = "(erased)"


def erase(
    connection: Connection, address: str, *, by: Actor, at: datetime, secrets: tuple[str, ...]
) -> ErasedSubscriber:
    """Erase a person, whatever the status. Idempotent.

    The person can return by their own confirmed sign-up, as a new subscriber, and through
    nothing the author adds or imports. A complaint or the author's suppression stays the
    reason. Raise InvalidAddress.
    """
    plain = normalise(address)
    person = find_by_address(connection, plain)
    suppressed = person is not None and _delete_person(
        connection, person, plain, by=by, at=at, secrets=secrets
    )
    _delete_requests(connection, plain)
    for table, column in (
        (consents, consents.c.source),
        (imports, imports.c.source),
        (import_changes, import_changes.c.previous),
        (import_changes, import_changes.c.written),
        (subscribers, subscribers.c.name),
        (subscribers, subscribers.c.source),
        (subscribers, subscribers.c.tags),
        (subscribers, subscribers.c.topics),
    ):
        _redact_address(connection, table, column, plain)
    return ErasedSubscriber(subscriber_id=person.id if person else None, suppressed=suppressed)


def _redact_address(
    connection: Connection, table: Table, column: Column[str], address: str
) -> None:
    """Replace a normalised address in a column of free text, in any case.

    A longer address that merely ends in it stays.
    """
    key = address_key(address)
    query = select(table.c.id, column).where(func.lower(column).contains(key, autoescape=True))
    for row in connection.execute(query).all():
        redacted = address_pattern(address).sub(REDACTED, row[1])
        if redacted != row[1]:
            connection.execute(update(table).where(table.c.id == row[0]).values({column: redacted}))


def _delete_person(
    connection: Connection,
    person: Subscriber,
    address: str,
    *,
    by: Actor,
    at: datetime,
    secrets: tuple[str, ...],
) -> bool:
    # Under another address, too, an import must not bring them back.
    links = links_of(connection, person)
    remember_wish(connection, links, "erased", at=at, secrets=secrets)
    delete_former_links(connection, person.id)
    connection.execute(delete(subscribers).where(subscribers.c.id == person.id))
    for table in (letters, moves):
        connection.execute(delete(table).where(table.c.subscriber_id == person.id))
    connection.execute(delete(import_changes).where(import_changes.c.id == person.id))
    # The source and the network of a log entry could identify the person.
    connection.execute(
        update(consents).where(consents.c.subscriber_id == person.id).values(source="", ip="")
    )
    append(connection, Consent(subscriber_id=person.id, event="erased", at=at, actor=by))
    reason: SuppressionReason = "complained" if person.status == "complained" else "erased"
    return insert_suppression(connection, address, reason=reason, at=at, secrets=secrets)


def _delete_requests(connection: Connection, address: str) -> None:
    """Delete the sign-ups and changes of address that wait under this address."""
    key = address_key(address)
    connection.execute(delete(moves).where(func.lower(moves.c.address) == key))
    waiting = func.lower(sign_ups.c.wish).contains(f'"{key}"', autoescape=True)
    connection.execute(update(sign_ups).where(waiting).values(waiting=False, wish=""))
