"""How long the delivery loop waits: rate limit, exponential backoff, and a budget for stragglers.

The rate limit allows so many messages a minute (`[sender] rate_per_minute`). `LocalRateLimiter`
serves one process; several machines that deliver one issue share
`newsletter/storage/ledger/machines.py`, which keeps its state in the database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from newsletter.models.delivery_state import MAX_WAIT_SECONDS

FIRST_DELAY = 5.0
MAX_DELAY = 300.0
MAX_TRIES = 6
# A server that answers "try later" is up: it gets more tries than one that cannot be reached.
MAX_TRIES_WHEN_THROTTLED = 24


class RateLimiter(Protocol):
    """Decides when the next batch may be sent."""

    @property
    def limited(self) -> bool:
        """Whether `wait` can ever return more than 0."""
        ...

    def wait(self) -> float:
        """Return the seconds until the next batch may be sent, 0 for now."""
        ...

    def consume(self, messages: int) -> None:
        """Count `messages` that are sent now."""
        ...


class LocalRateLimiter:
    """A rate limit within one process.

    A batch is sent whole, at once; the wait before the next one pays for it.
    """

    def __init__(self, rate_per_minute: int, clock: Callable[[], float]) -> None:
        """Allow `rate_per_minute` messages, 0 for no limit; `clock` returns seconds."""
        self.limited = rate_per_minute > 0
        self._seconds_each = 60 / rate_per_minute if rate_per_minute else 0.0
        self._clock = clock
        self._free_at = clock()

    def wait(self) -> float:
        """Return the seconds until the next batch may be sent, 0 for now."""
        return max(0.0, self._free_at - self._clock())

    def consume(self, messages: int) -> None:
        """Count `messages` that are sent now."""
        self._free_at = max(self._free_at, self._clock()) + messages * self._seconds_each


def exponential_delay(tries: int) -> float:
    """Return the seconds to wait after `tries` failures in a row: 0, 5, 10, 20, … 300."""
    return min(FIRST_DELAY * 2 ** (min(tries, 20) - 1), MAX_DELAY) if tries else 0.0


def retry_delay(tries: int, requested: float) -> float:
    """Return the seconds to wait, where the server `requested` some of them (0 for none)."""
    # The first time the server's own word is enough; after that it has proved too short.
    delay = requested if requested and tries <= 1 else max(requested, exponential_delay(tries))
    return min(delay, MAX_DELAY)


def is_exhausted(tries: int, requested: float) -> bool:
    """Whether to stop after `tries` failures in a row."""
    return tries >= (MAX_TRIES_WHEN_THROTTLED if requested else MAX_TRIES)


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
