"""How long to wait before another try, and when to leave it. Pure."""

from __future__ import annotations

FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
MOST_TRIES = 6
# A provider that answers "later" is alive: it is worth more patience than a dead line.
MOST_TRIES_WHEN_ASKED_TO_WAIT = 24


def back_off(tries: int) -> float:
    """Seconds to wait after so many tries in a row without progress: 0, 5, 10, 20 … 300."""
    return min(FIRST_WAIT * 2 ** (min(tries, 20) - 1), LONGEST_WAIT) if tries else 0.0


def retry_delay(tries: int, asked: float) -> float:
    """Seconds to wait, `asked` of them by the other side, 0 where it did not ask."""
    # The first time the other side's own word is enough; after that it was no good.
    wanted = asked if asked and tries <= 1 else max(asked, back_off(tries))
    return min(wanted, LONGEST_WAIT)


def is_exhausted(tries: int, asked: float) -> bool:
    """Whether so many tries in a row without progress are enough."""
    return tries >= (MOST_TRIES_WHEN_ASKED_TO_WAIT if asked else MOST_TRIES)
