"""The failures of an issue, and whether the circuit breaker has stopped it for them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, bindparam, func, select, update

from newsletter.models.delivery_state import issue_origins
from newsletter.storage.ledger.transitions import CANCELLED, LEFT
from newsletter.storage.tables import delivery, event, issue

_STOP = issue_origins("stopped")
_REPORTED = (
    select(event.c.kind, func.count(event.c.subscriber_id.distinct()))
    .where(
        event.c.issue_id == bindparam("of_issue"),
        event.c.kind.in_(("bounce", "dropped", "spamreport")),
    )
    .group_by(event.c.kind)
)


def handed_over(connection: Connection, issue_id: int) -> tuple[int, int]:
    """Return how many deliveries were accepted, and how many refused."""
    # A straggler that was given up says nothing about the list.
    is_refused = (
        (delivery.c.status == "failed")
        & delivery.c.detail.not_in((CANCELLED, LEFT))
        & (delivery.c.fault != "reader_later")
    )
    is_accepted = delivery.c.status == "accepted"
    row = connection.execute(
        select(func.count().filter(is_accepted), func.count().filter(is_refused)).where(
            delivery.c.issue_id == issue_id
        )
    ).one()
    return int(row[0]), int(row[1])


def reported_failures(connection: Connection, issue_id: int) -> dict[str, int]:
    """Return the number of readers with a bounce, a drop or a complaint, by kind of event."""
    rows = connection.execute(_REPORTED, {"of_issue": issue_id})
    return {row[0]: int(row[1]) for row in rows}


def trip(connection: Connection, issue_id: int, now: dt.datetime) -> bool:
    """Stop the issue unless the breaker has tripped before; return whether it did.

    It trips once per issue: resuming is the author's decision.
    """
    query = (
        update(issue)
        .where(issue.c.id == issue_id, issue.c.tripped_at.is_(None), issue.c.status.in_(_STOP))
        .values(status="stopped", tripped_at=now)
    )
    return connection.execute(query).rowcount == 1


def is_tripped(connection: Connection, issue_id: int) -> bool:
    """Whether the breaker has ever stopped the issue."""
    return connection.scalar(select(issue.c.tripped_at).where(issue.c.id == issue_id)) is not None
