"""Keep to a number of messages a minute, by a clock of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class RateLimiter(Protocol):
    """When the next batch may go."""

    @property
    def limited(self) -> bool:
        """Whether a turn may ever have to be waited for."""
        ...

    def wait(self) -> float:
        """Seconds until then, 0 for now."""
        ...

    def consume(self, messages: int) -> None:
        """So many messages go out now."""
        ...


class LocalRateLimiter:
    """`rate_per_minute` messages at most, 0 for no limit; `clock` gives seconds.

    A batch goes out at once and is paid for by the wait before the next one.
    """

    def __init__(self, rate_per_minute: int, clock: Callable[[], float]) -> None:
        self.limited = rate_per_minute > 0
        self._seconds_each = 60 / rate_per_minute if rate_per_minute else 0.0
        self._clock = clock
        self._free_at = clock()

    def wait(self) -> float:
        """Seconds until the next batch may go."""
        return max(0.0, self._free_at - self._clock())

    def consume(self, messages: int) -> None:
        """So many messages go out now."""
        self._free_at = max(self._free_at, self._clock()) + messages * self._seconds_each
