"""The consent log: lines are appended, never changed."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from subscribers.models import Consent
from subscribers.storage.tables import consents


def append(conn: Connection, *lines: Consent) -> None:
    """Append lines to the consent log."""
    if lines:
        conn.execute(insert(consents), [asdict(line) for line in lines])


def consents_of(conn: Connection, subscriber_id: int) -> tuple[Consent, ...]:
    """The consent log of one subscriber, oldest first."""
    asked = (
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
        for row in conn.execute(asked)
    )
