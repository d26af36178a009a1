"""Rate limit: at most this many messages a minute (`[sender] rate_per_minute`).

`LocalRateLimiter` serves one process. Where several machines deliver one issue they share
`newsletter/storage/ledger/rate_limit.py`, which keeps its state in the database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


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
