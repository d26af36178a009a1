"""Circuit breaker: stop an issue once too much of it bounces, is refused or is complained about.

Mailbox providers and SendGrid block a sender who goes on regardless, so a person looks first.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.models import Issue
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import failure_counts

# A rate over fewer messages means nothing: of twenty readers one bad address is five per cent.
MIN_MESSAGES = 200
MAX_BOUNCE_RATE = 0.05
# Gmail and Yahoo start to act at this rate: https://support.google.com/a/answer/81126
MAX_COMPLAINT_RATE = 0.003
MAX_REFUSAL_RATE = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCounts:
    """The failures reported for an issue so far."""

    #: Messages accepted or refused by the mailer.
    handed_over: int
    bounced: int = 0
    complained: int = 0
    refused: int = 0


def exceeded_threshold(counts: FailureCounts) -> str:
    """Return why the issue should stop: the failure rate that is too high, "" for none."""
    if counts.handed_over < MIN_MESSAGES:
        return ""
    for count, max_rate, words in (
        (counts.bounced, MAX_BOUNCE_RATE, "came back as undeliverable"),
        (counts.complained, MAX_COMPLAINT_RATE, "were reported as spam"),
        (counts.refused, MAX_REFUSAL_RATE, "were refused"),
    ):
        if count > max_rate * counts.handed_over:
            return f"{count} of {counts.handed_over} messages {words}"
    return ""


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
        return exceeded_threshold(
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
