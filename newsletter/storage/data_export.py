"""Read what is stored about one reader: the issues planned for them and the events reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.storage.tables import delivery, event, issue


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery to the reader."""

    #: The issue's number.
    issue: int
    key: str
    subject: str
    #: When the issue was frozen.
    at: dt.datetime | None
    address: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent:
    """An event that the mailer reported about the reader."""

    kind: str
    at: dt.datetime
    #: The issue's number, None if it is unknown.
    issue: int | None
    detail: str


def deliveries_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryRecord, ...]:
    """Return every delivery to a subscriber, oldest first."""
    query = (
        select(
            issue.c.number.label("issue"),
            issue.c.key,
            issue.c.subject,
            issue.c.frozen_at.label("at"),
            delivery.c.address,
            delivery.c.status,
            delivery.c.detail,
        )
        .join(delivery, delivery.c.issue_id == issue.c.id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(issue.c.number)
    )
    return tuple(DeliveryRecord(**row._asdict()) for row in connection.execute(query))


def events_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryEvent, ...]:
    """Return every event about a subscriber, oldest first."""
    query = (
        select(event.c.kind, event.c.at, issue.c.number.label("issue"), event.c.detail)
        .outerjoin(issue, issue.c.id == event.c.issue_id)
        .where(event.c.subscriber_id == subscriber_id)
        .order_by(event.c.at, event.c.id)
    )
    return tuple(DeliveryEvent(**row._asdict()) for row in connection.execute(query))
