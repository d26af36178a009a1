"""What is kept about one reader: the issues they were to get, and what was heard of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from newsletter.storage.tables import delivery, event, issue


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery: of which issue, when that was frozen, to where, and what came of it."""

    issue: int
    key: str
    subject: str
    at: dt.datetime | None
    address: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent:
    """What the mailer's other side reported of a message; `issue` None where unknown."""

    kind: str
    at: dt.datetime
    issue: int | None
    detail: str


def deliveries_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryRecord, ...]:
    """Every delivery to a subscriber, oldest first."""
    columns = (issue.c.number.label("issue"), issue.c.key, issue.c.subject)
    theirs = (delivery.c.address, delivery.c.status, delivery.c.detail)
    asked = (
        select(*columns, issue.c.frozen_at.label("at"), *theirs)
        .join(delivery, delivery.c.issue_id == issue.c.id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(issue.c.number)
    )
    return tuple(DeliveryRecord(**row._asdict()) for row in connection.execute(asked))


def events_of(connection: Connection, subscriber_id: int) -> tuple[DeliveryEvent, ...]:
    """Every event about a subscriber, oldest first."""
    asked = (
        select(event.c.kind, event.c.at, issue.c.number.label("issue"), event.c.detail)
        .outerjoin(issue, issue.c.id == event.c.issue_id)
        .where(event.c.subscriber_id == subscriber_id)
        .order_by(event.c.at, event.c.id)
    )
    return tuple(DeliveryEvent(**row._asdict()) for row in connection.execute(asked))
