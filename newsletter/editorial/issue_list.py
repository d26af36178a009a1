"""What went out so far, with its figures."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.models import Figures, Issue
from newsletter.storage import issues as rows
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries


def all_issues(context: Context) -> tuple[tuple[Issue, Figures], ...]:
    """Every issue, oldest first, each with its count of deliveries."""
    with snapshot(context.engine) as connection:
        return tuple(
            (issue, deliveries.figures(connection, issue.id))
            for issue in rows.all_issues(connection)
        )
