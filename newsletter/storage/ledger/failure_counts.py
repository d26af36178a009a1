"""What came back of an issue: counted, and the mark that it was stopped for that."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, bindparam, func, select, update

from newsletter.storage.tables import delivery, event, issue

# Failed by a person's word, which nobody refused.
_BY_WORD = ("cancelled", "left")
_BACK = ("bounce", "dropped", "spamreport")
_REPORTED = (
    select(event.c.kind, func.count(event.c.subscriber_id.distinct()))
    .where(event.c.issue_id == bindparam("of_issue"), event.c.kind.in_(_BACK))
    .group_by(event.c.kind)
)


def handed_over(connection: Connection, issue_id: int) -> tuple[int, int]:
    """How many were accepted, and how many refused by the other side."""
    failed = (delivery.c.status == "failed") & delivery.c.detail.not_in(_BY_WORD)
    accepted = delivery.c.status == "accepted"
    row = connection.execute(
        select(func.count().filter(accepted), func.count().filter(failed)).where(
            delivery.c.issue_id == issue_id
        )
    ).one()
    return int(row[0]), int(row[1])


def reported_failures(connection: Connection, issue_id: int) -> dict[str, int]:
    """Of how many people a bounce, a drop or a complaint was reported, by kind of event."""
    found = connection.execute(_REPORTED, {"of_issue": issue_id})
    return {row[0]: int(row[1]) for row in found}


def trip(connection: Connection, issue_id: int, now: dt.datetime) -> bool:
    """Stops the issue, once: a person who resumes it has had their say. True if it did."""
    query = (
        update(issue)
        .where(issue.c.id == issue_id, issue.c.tripped_at.is_(None))
        .values(status="stopped", tripped_at=now)
    )
    return connection.execute(query).rowcount == 1


def is_tripped(connection: Connection, issue_id: int) -> bool:
    """Whether the issue was ever stopped for that."""
    return connection.scalar(select(issue.c.tripped_at).where(issue.c.id == issue_id)) is not None
