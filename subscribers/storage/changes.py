"""Who came or went since a moment: for lists kept elsewhere that must follow ours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from subscribers.models import ConsentEvent, Status
from subscribers.storage.tables import consents, subscribers


def changed_since(
    conn: Connection, event: ConsentEvent, status: Status, since: datetime | None
) -> tuple[str, ...]:
    """Addresses of those the log has `event` of since then (or ever) and who are `status` now."""
    asked = (
        select(subscribers.c.address)
        .join(consents, consents.c.subscriber_id == subscribers.c.id)
        .where(consents.c.event == event, subscribers.c.status == status)
        .distinct()
    )
    if since is not None:
        asked = asked.where(consents.c.at >= since)
    return tuple(conn.scalars(asked.order_by(subscribers.c.address)))


def came_back_since(conn: Connection, since: datetime | None) -> tuple[str, ...]:
    """Addresses of those who had left, and are active by a confirmation of since then (or ever).

    Who confirms for the first time has never been anywhere to come back from.
    """
    left = consents.alias("left")
    asked = (
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
        asked = asked.where(consents.c.at >= since)
    return tuple(conn.scalars(asked.order_by(subscribers.c.address)))
