"""Stops an issue by itself where too much of it comes back, and says why."""

from __future__ import annotations

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.models import Issue
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.sender.loop.thresholds import FailureCounts, alarm
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import failure_counts


class CircuitBreaker:
    """Counts what this process hands over of an issue. `alarm` says why the issue was
    stopped, "" while it was not.
    """

    def __init__(self, context: Context, issue: Issue) -> None:
        self._context, self._issue = context, issue
        self.alarm = ""
        with snapshot(context.engine) as connection:
            self._accepted, self._refused = failure_counts.handed_over(connection, issue.id)
            self._was_tripped = failure_counts.is_tripped(connection, issue.id)

    def count(self, more: OutcomeCounts) -> None:
        """So much was handed over, or refused."""
        self._accepted += more.accepted
        self._refused += more.refused

    def trips(self, connection: Connection) -> bool:
        """Whether too much came back: the issue is stopped then, once, for a person to look."""
        if not self._too_much(connection):
            return False
        # What the others handed over and got back counts as well: look it up before we act.
        self._accepted, self._refused = failure_counts.handed_over(connection, self._issue.id)
        why = self._too_much(connection)
        if not why or not failure_counts.trip(connection, self._issue.id, self._context.clock()):
            return False
        self.alarm = self._alarmed(why)
        return True

    def elsewhere(self) -> str:
        """Why another machine stopped the issue while we were at it, "" if none did."""
        with snapshot(self._context.engine) as connection:
            if self._was_tripped or not failure_counts.is_tripped(connection, self._issue.id):
                return ""
            self._accepted, self._refused = failure_counts.handed_over(connection, self._issue.id)
            return self._alarmed(self._too_much(connection) or "too much came back")

    def _too_much(self, connection: Connection) -> str:
        back = failure_counts.reported_failures(connection, self._issue.id)
        return alarm(
            FailureCounts(
                handed_over=self._accepted + self._refused,
                bounced=back.get("bounce", 0),
                complained=back.get("spamreport", 0),
                refused=self._refused + back.get("dropped", 0),
            )
        )

    def _alarmed(self, why: str) -> str:
        return (
            f"It was stopped: {why}. See whom the list holds, then let it go on with "
            f"`newsletter resume {self._issue.number}`."
        )
