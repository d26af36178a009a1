"""Addresses that must never be written to again, kept as marks (see suppression.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, case, delete, select, update

from subscribers.address import normalise
from subscribers.models import Consent, Suppression, SuppressionReason
from subscribers.storage.consent_log import append
from subscribers.storage.find import by_address
from subscribers.storage.in_list import in_list
from subscribers.storage.rows import insert_new
from subscribers.storage.tables import subscribers, suppressions
from subscribers.suppression import mark, marks


def suppress(
    conn: Connection,
    address: str,
    *,
    reason: SuppressionReason,
    at: datetime,
    source: str,
    secrets: tuple[str, ...],
) -> bool:
    """Never write to this address again, whether or not it is on the list.

    Whoever is on the list under it is unsubscribed in the same transaction. True if the
    address was not suppressed before; the author's word outweighs another reason. Raises
    InvalidAddress.
    """
    plain = normalise(address)
    fresh = leave_mark(conn, plain, reason=reason, at=at, secrets=secrets)
    person = by_address(conn, plain)
    if person is not None and _take_out(conn, person.id):
        line = Consent(
            subscriber_id=person.id, event="suppressed", at=at, actor="author", source=source
        )
        append(conn, line)
    return fresh


def leave_mark(
    conn: Connection,
    address: str,
    *,
    reason: SuppressionReason,
    at: datetime,
    secrets: tuple[str, ...],
) -> bool:
    """Keep a normalised address as suppressed. True if it was not before."""
    row = {"mark": mark(address, secrets[0]), "reason": reason, "at": at}
    if suppression_of(conn, address, secrets) is None:
        return conn.execute(insert_new(conn, suppressions, "mark"), row).rowcount == 1
    if reason == "author":
        kept = suppressions.c.mark.in_(marks(address, secrets))
        conn.execute(update(suppressions).where(kept).values(reason=reason))
    return False


def suppression_of(conn: Connection, address: str, secrets: tuple[str, ...]) -> Suppression | None:
    """Why and since when a normalised address is suppressed; None if it is not."""
    asked = (
        select(suppressions.c.reason, suppressions.c.at)
        .where(suppressions.c.mark.in_(marks(address, secrets)))
        .order_by(suppressions.c.at)
    )
    row = conn.execute(asked).first()
    return Suppression(reason=row.reason, at=row.at) if row is not None else None


def is_suppressed(conn: Connection, address: str, secrets: tuple[str, ...]) -> bool:
    """Whether a normalised address is suppressed, under any of the secrets."""
    return bool(suppressed_among(conn, (address,), secrets))


def may_ask(conn: Connection, address: str, secrets: tuple[str, ...]) -> bool:
    """Whether an address may be asked if it wants to come back.

    Not where a person complained, or told the author never to write again: anybody can
    fill in a form. Who erased their data, or whose mailbox was full, may come back.
    """
    final = select(suppressions.c.mark).where(
        suppressions.c.mark.in_(marks(address, secrets)),
        suppressions.c.reason.in_(("author", "complained")),
    )
    return conn.scalar(final.limit(1)) is None


def release(conn: Connection, address: str, secrets: tuple[str, ...]) -> None:
    """The person behind a normalised address has confirmed that they want to be back."""
    conn.execute(delete(suppressions).where(suppressions.c.mark.in_(marks(address, secrets))))


def any_suppressed(conn: Connection) -> bool:
    """Whether there is any suppression at all."""
    return conn.scalar(select(suppressions.c.mark).limit(1)) is not None


def suppressed_among(
    conn: Connection, addresses: Collection[str], secrets: tuple[str, ...]
) -> frozenset[str]:
    """Those of the normalised `addresses` that are suppressed."""
    meant = {one: address for address in addresses for one in marks(address, secrets)}
    asked = select(suppressions.c.mark).where(in_list(conn, suppressions.c.mark, meant))
    return frozenset(meant[one] for one in conn.scalars(asked))


def _take_out(conn: Connection, subscriber_id: int) -> bool:
    # Whoever had left and was asked back has left as before.
    then = case((subscribers.c.was != "", subscribers.c.was), else_="unsubscribed")
    guarded = update(subscribers).where(
        subscribers.c.id == subscriber_id, subscribers.c.status.in_(("active", "pending"))
    )
    return conn.execute(guarded.values(status=then, was="")).rowcount == 1
