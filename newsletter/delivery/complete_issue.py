"""An issue is sent when nothing of it is pending and nobody is at work on it any more."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_gone
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_transaction
from newsletter.storage.ledger import batches, deliveries, unknown_batches


def complete_issue(context: Context, issue: Issue) -> Issue:
    """The issue as it is now: marked as sent, if it is."""
    return retry_transaction(context.engine, lambda connection: _finish(context, connection, issue))


def _finish(context: Context, connection: Connection, issue: Issue) -> Issue:
    fresh = issues.by_number(connection, issue.number) or issue
    if fresh.status not in ("frozen", "sending"):
        return fresh
    now = context.clock()
    # What the dead had under way is in doubt, and holds nobody up.
    unknown_batches.expire_leases(
        connection, issue.id, at=context.real_clock(), gone=is_gone, now=now
    )
    if batches.is_planned(connection, issue.id) or batches.count_in_flight(connection, issue.id):
        return fresh
    if deliveries.figures(connection, issue.id).pending:
        return fresh
    issues.set_status(connection, issue.id, "sent", sent_at=now)
    return replace(fresh, status="sent", sent_at=now)
