"""The consent log in SQL (GDPR Art. 7(1)): entries are appended, never changed.

Database triggers refuse changes (see migration 0003).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from subscribers.lifecycle import GONE
from subscribers.models import Consent, ConsentEvent, Status
from subscribers.storage.rows import month_of
from subscribers.storage.tables import IS_UNSUBSCRIBE, consents, subscribers

_CONSENT: tuple[ConsentEvent, ...] = ("added", "imported", "confirmed", "moved")


def append(connection: Connection, *entries: Consent) -> None:
    """Append entries to the consent log."""
    if entries:
        connection.execute(insert(consents), [asdict(entry) for entry in entries])


def consents_of(connection: Connection, subscriber_id: int) -> tuple[Consent, ...]:
    """Return the consent log of one subscriber, oldest first."""
    query = (
        select(consents).where(consents.c.subscriber_id == subscriber_id).order_by(consents.c.id)
    )
    return tuple(
        Consent(
            subscriber_id=row.subscriber_id,
            event=row.event,
            at=row.at,
            actor=row.actor,
            source=row.source,
            wording=row.wording,
            ip=row.ip,
        )
        for row in connection.execute(query)
    )


def last_consent_at(connection: Connection, subscriber_id: int) -> datetime | None:
    """Return when the subscriber last joined the list or confirmed this address; None for never.

    Ignore bounces of messages sent before it: they concern an earlier subscription or address.
    """
    query = select(func.max(consents.c.at)).where(
        consents.c.subscriber_id == subscriber_id, consents.c.event.in_(_CONSENT)
    )
    latest: datetime | None = connection.scalar(query)
    return latest


def monthly_counts(
    connection: Connection, above: int, *, had_left_elsewhere: str = ""
) -> tuple[int, dict[tuple[str, ConsentEvent], int]]:
    """Count the entries with ids above one number by month, as `2026-11`, and event.

    Return the highest id counted too, `above` if there is none: as the log is append-only, a
    next count goes on there. Entries of people who had left are passed over if their source begins
    with `had_left_elsewhere`: an import lists them, though they never came.
    """
    highest = int(connection.scalar(select(func.max(consents.c.id))) or 0)
    month = month_of(connection, consents.c.at)
    query = (
        select(month, consents.c.event, func.count())
        .where(consents.c.id > above, consents.c.id <= highest)
        .group_by(month, consents.c.event)
    )
    if had_left_elsewhere:
        is_arrival = consents.c.source.startswith(had_left_elsewhere, autoescape=True)
        query = query.where(~(consents.c.event.in_(GONE) & is_arrival))
    counts = {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}
    return max(above, highest), counts


def newest_entry(connection: Connection) -> int:
    """Return the number of the newest line of the log, 0 for none."""
    return int(connection.scalar(select(func.max(consents.c.id))) or 0)


def last_erasure(connection: Connection) -> datetime | None:
    """Return when somebody was erased last, None before the first."""
    query = select(consents.c.at).where(consents.c.event == "erased")
    newest: datetime | None = connection.scalar(query.order_by(consents.c.at.desc()).limit(1))
    return newest


def gone_since(connection: Connection, entry: int) -> tuple[tuple[int, Status], ...]:
    """Return who left after the line of the log with this number and has not come back.

    Each with the status. Who was suppressed left as well.
    """
    left = select(consents.c.subscriber_id).where(
        consents.c.id > entry, consents.c.event.in_((*GONE, "suppressed"))
    )
    query = (
        select(subscribers.c.id, subscribers.c.status)
        .where(subscribers.c.id.in_(left), subscribers.c.status.in_(GONE))
        .order_by(subscribers.c.id)
    )
    return tuple((row.id, row.status) for row in connection.execute(query))


def erased_since(connection: Connection, entry: int) -> tuple[int, ...]:
    """Return who was erased after the line of the log with this number."""
    query = select(consents.c.subscriber_id).where(consents.c.id > entry)
    return tuple(connection.scalars(query.where(consents.c.event == "erased")))


def count_unsubscribes(connection: Connection, first: datetime, last: datetime) -> int:
    """Return how many entries of people who unsubscribed are from `first` to before `last`."""
    query = select(func.count()).where(IS_UNSUBSCRIBE, consents.c.at >= first, consents.c.at < last)
    return int(connection.scalar(query) or 0)


def changed_since(
    connection: Connection, event: ConsentEvent, status: Status, since: datetime | None
) -> tuple[str, ...]:
    """Return the addresses with `event` in the log since a moment that are `status` now.

    `since` None means ever.
    """
    query = (
        select(subscribers.c.address)
        .join(consents, consents.c.subscriber_id == subscribers.c.id)
        .where(consents.c.event == event, subscribers.c.status == status)
        .distinct()
    )
    if since is not None:
        query = query.where(consents.c.at >= since)
    return tuple(connection.scalars(query.order_by(subscribers.c.address)))


def resubscribed_since(connection: Connection, since: datetime | None) -> tuple[str, ...]:
    """Return the active addresses that unsubscribed and then confirmed again since a moment.

    `since` None means ever. First confirmations do not count.
    """
    left = consents.alias("left")
    query = (
        select(subscribers.c.address)
        .join(consents, consents.c.subscriber_id == subscribers.c.id)
        .join(left, left.c.subscriber_id == subscribers.c.id)
        .where(
            consents.c.event == "confirmed",
            subscribers.c.status == "active",
            left.c.event == "unsubscribed",
            left.c.at <= consents.c.at,
        )
        .distinct()
    )
    if since is not None:
        query = query.where(consents.c.at >= since)
    return tuple(connection.scalars(query.order_by(subscribers.c.address)))
