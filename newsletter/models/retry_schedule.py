"""When a straggler is tried again: a reader whose server puts the message off (4yz).

Each reader has their own schedule, so that one full mailbox delays no other reader. The first
retry is within the same run, for greylisting (RFC 6647) that passes after a few seconds. The
distances then grow, as RFC 5321, 4.5.4.1 asks of a sender. Pure.
"""

from __future__ import annotations

import datetime as dt

# One run waits at most this many seconds for stragglers.
MAX_WAIT_SECONDS = 20.0
_IN_THE_SAME_RUN = dt.timedelta(seconds=MAX_WAIT_SECONDS)
_LATER_RUNS = tuple(dt.timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))


def retry_distance(tries: int) -> dt.timedelta:
    """Return the time from a try that was put off to the next one, after `tries` in all (≥ 1)."""
    if tries <= 1:
        return _IN_THE_SAME_RUN
    return _LATER_RUNS[min(tries - 2, len(_LATER_RUNS) - 1)]


def give_up_at(deferred_at: dt.datetime, give_up_hours: int) -> dt.datetime:
    """Return when a delivery fails that was first put off at `deferred_at`."""
    return deferred_at + dt.timedelta(hours=give_up_hours)
