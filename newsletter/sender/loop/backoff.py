"""Exponential backoff: how long to wait before another try, and when to stop trying."""

from __future__ import annotations

FIRST_DELAY = 5.0
MAX_DELAY = 300.0
MAX_TRIES = 6
# A server that answers "try later" is up: it gets more tries than one that cannot be reached.
MAX_TRIES_WHEN_THROTTLED = 24


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
