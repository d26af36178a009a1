"""The time that one run may spend waiting for stragglers, whatever the number of its issues."""

from __future__ import annotations

from newsletter.models.retry_schedule import MAX_WAIT_SECONDS


class WaitBudget:
    """The seconds for which stragglers may still be waited for.

    A run shares one budget among all the issues that it delivers.
    """

    def __init__(self, seconds: float = MAX_WAIT_SECONDS) -> None:
        self._seconds = seconds

    def spend(self, seconds: float) -> bool:
        """Take these seconds from the budget; return False if it does not hold as many."""
        if seconds > self._seconds:
            return False
        self._seconds -= seconds
        return True
