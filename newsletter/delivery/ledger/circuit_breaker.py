"""Circuit breaker: stop an issue once too much of it bounces, is refused or is complained about.

Mailbox providers and SendGrid block a sender who goes on regardless, so a person looks first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from newsletter.models import Issue
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import failures

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
    """Watches the failure rates of one issue, and stops the issue once.

    After the author has resumed the issue the breaker stays closed.
    """

    def __init__(self, engine: Engine, issue: Issue, clock: Callable[[], dt.datetime]) -> None:
        self._engine, self._issue, self._clock = engine, issue, clock
        #: Why this process stopped the issue, "" if it did not.
        self.alarm = ""
        with snapshot(engine) as connection:
            self._accepted, self._refused = failures.handed_over(connection, issue.id)
            self._was_tripped = failures.is_tripped(connection, issue.id)

    @property
    def has_accepted(self) -> bool:
        """Whether anybody was accepted so far, as far as this process knows."""
        return self._accepted > 0

    def count(self, counts: OutcomeCounts) -> None:
        """Add what this process handed over."""
        self._accepted += counts.accepted
        self._refused += counts.refused

    def trips(self, connection: Connection) -> bool:
        """Stop the issue if a failure rate is too high; return whether it was stopped now."""
        if not self._reason_to_trip(connection):
            return False
        # Read what other processes handed over as well, before acting on a rate.
        self._accepted, self._refused = failures.handed_over(connection, self._issue.id)
        reason = self._reason_to_trip(connection)
        if not reason or not failures.trip(connection, self._issue.id, self._clock()):
            return False
        self.alarm = self._sentence(reason)
        return True

    def alarm_of_others(self) -> str:
        """Return why another process stopped the issue meanwhile, "" if none did."""
        with snapshot(self._engine) as connection:
            if self._was_tripped or not failures.is_tripped(connection, self._issue.id):
                return ""
            self._accepted, self._refused = failures.handed_over(connection, self._issue.id)
            return self._sentence(self._reason_to_trip(connection) or "too much came back")

    def _reason_to_trip(self, connection: Connection) -> str:
        reported = failures.reported_failures(connection, self._issue.id)
        return exceeded_threshold(
            FailureCounts(
                handed_over=self._accepted + self._refused,
                bounced=reported.get("bounce", 0),
                complained=reported.get("spamreport", 0),
                refused=self._refused + reported.get("dropped", 0),
            )
        )

    def _sentence(self, reason: str) -> str:
        return (
            f"It was stopped: {reason}. See whom the list holds, then let it go on with "
            f"`newsletter resume {self._issue.number}`."
        )
