"""Suppression: addresses that must never be written to again, stored as HMACs.

An HMAC can be kept after the person's data is erased. It answers whether a given address is
suppressed, and reveals nothing to anyone without the secret.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, case, delete, select, update

from subscribers.address import address_key, normalise
from subscribers.models import Consent, Suppression, SuppressionReason
from subscribers.storage.consent_log import append
from subscribers.storage.find import find_by_address
from subscribers.storage.import_log import forget_import_change
from subscribers.storage.rows import in_list, insert_new
from subscribers.storage.tables import subscribers, suppressions

_DOMAIN = b"happy-trails.suppression\0"  # separates these HMACs from all others under the secret


def suppression_digest(address: str, secret: str) -> str:
    """Return the hex HMAC-SHA256 of a normalised address, ignoring case."""
    return hmac.digest(secret.encode(), _DOMAIN + address_key(address).encode(), "sha256").hex()


def suppress(
    connection: Connection,
    address: str,
    *,
    reason: SuppressionReason,
    at: datetime,
    source: str,
    secrets: tuple[str, ...],
) -> bool:
    """Suppress an address, whether or not it is on the list.

    Its subscriber is unsubscribed in the same transaction. Return True if the address was
    not suppressed before. The reason "author" replaces any other. Raise InvalidAddress.
    """
    plain = normalise(address)
    is_new = insert_suppression(connection, plain, reason=reason, at=at, secrets=secrets)
    person = find_by_address(connection, plain)
    if person is not None:
        forget_import_change(connection, person.id)
    if person is not None and _deactivate(connection, person.id):
        entry = Consent(
            subscriber_id=person.id, event="suppressed", at=at, actor="author", source=source
        )
        append(connection, entry)
    return is_new


def insert_suppression(
    connection: Connection,
    address: str,
    *,
    reason: SuppressionReason,
    at: datetime,
    secrets: tuple[str, ...],
) -> bool:
    """Store a normalised address as suppressed. Return True if it was not before."""
    row = {"mark": suppression_digest(address, secrets[0]), "reason": reason, "at": at}
    if find_suppression(connection, address, secrets) is None:
        return connection.execute(insert_new(connection, suppressions, "mark"), row).rowcount == 1
    if reason == "author":
        stored = suppressions.c.mark.in_(_digests(address, secrets))
        connection.execute(update(suppressions).where(stored).values(reason=reason))
    return False


def find_suppression(
    connection: Connection, address: str, secrets: tuple[str, ...]
) -> Suppression | None:
    """Return why and since when a normalised address is suppressed; None if it is not."""
    query = (
        select(suppressions.c.reason, suppressions.c.at)
        .where(suppressions.c.mark.in_(_digests(address, secrets)))
        .order_by(suppressions.c.at)
    )
    row = connection.execute(query).first()
    return Suppression(reason=row.reason, at=row.at) if row is not None else None


def is_suppressed(connection: Connection, address: str, secrets: tuple[str, ...]) -> bool:
    """Return whether a normalised address is suppressed, under any of the secrets."""
    return bool(suppressed_addresses(connection, (address,), secrets))


def may_resubscribe(connection: Connection, address: str, secrets: tuple[str, ...]) -> bool:
    """Return whether an address may be sent a confirmation message.

    False if the person complained or told the author never to write again, for anybody can
    fill in the form. An address that was erased or bounced may be asked.
    """
    final = select(suppressions.c.mark).where(
        suppressions.c.mark.in_(_digests(address, secrets)),
        suppressions.c.reason.in_(("author", "complained")),
    )
    return connection.scalar(final.limit(1)) is None


def copy_suppressions(source: Connection, target: Connection) -> None:
    """Copy the suppressions of `source` to `target`. Existing ones of `target` are kept."""
    rows = source.execute(select(suppressions)).mappings()
    while page := rows.fetchmany(1_000):
        target.execute(insert_new(target, suppressions, "mark"), [dict(row) for row in page])


def lift_suppression(connection: Connection, address: str, secrets: tuple[str, ...]) -> None:
    """Delete the suppression of a normalised address, once its owner confirmed."""
    connection.execute(
        delete(suppressions).where(suppressions.c.mark.in_(_digests(address, secrets)))
    )


def has_suppressions(connection: Connection) -> bool:
    """Return whether any address is suppressed."""
    return connection.scalar(select(suppressions.c.mark).limit(1)) is not None


def suppressed_addresses(
    connection: Connection, addresses: Collection[str], secrets: tuple[str, ...]
) -> frozenset[str]:
    """Return those of the normalised `addresses` that are suppressed."""
    by_digest = {digest: address for address in addresses for digest in _digests(address, secrets)}
    query = select(suppressions.c.mark).where(in_list(connection, suppressions.c.mark, by_digest))
    return frozenset(by_digest[digest] for digest in connection.scalars(query))


def _digests(address: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the HMACs an address may be stored under, one for each secret, newest first."""
    return tuple(suppression_digest(address, secret) for secret in secrets)


def _deactivate(connection: Connection, subscriber_id: int) -> bool:
    # A pending person who had left goes back to the status of that time.
    then = case((subscribers.c.was != "", subscribers.c.was), else_="unsubscribed")
    compare_and_set = update(subscribers).where(
        subscribers.c.id == subscriber_id, subscribers.c.status.in_(("active", "pending"))
    )
    return connection.execute(compare_and_set.values(status=then, was="")).rowcount == 1
