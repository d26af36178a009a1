"""An issue is sent when nothing of it is pending and nobody is at work on it any more."""

from __future__ import annotations

from dataclasses import replace

from newsletter.models import Issue
from newsletter.pipeline.context import Context
from newsletter.storage import batches, deliveries, issues
from newsletter.storage.engine import writing


def finish(context: Context, issue: Issue) -> Issue:
    """The issue as it is now: marked as sent, if it is."""
    with writing(context.engine) as connection:
        fresh = issues.by_number(connection, issue.number) or issue
        if fresh.status not in ("frozen", "sending") or batches.in_flight(connection, issue.id):
            return fresh
        if batches.is_planned(connection, issue.id):
            return fresh
        if deliveries.figures(connection, issue.id).pending == 0:
            now = context.clock()
            issues.set_status(connection, issue.id, "sent", sent_at=now)
            return replace(fresh, status="sent", sent_at=now)
    return fresh
