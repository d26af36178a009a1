"""How long no run may come by, and whether this machine's clock can be believed.

A clock that leaps ten years ahead makes an issue due at once. The newsletter remembers the latest
time at which the clock was not in doubt; whatever is much later asks the author first.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from newsletter.models import Rhythm
from newsletter.storage import feeds, issues, runs

_INTERVALS = {"weekly": 7, "fortnightly": 14, "monthly": 31}
# A clock that is further ahead of the latest time we know of has leapt, or nobody ran for as long.
_MOST_TRUSTED_LEAP = dt.timedelta(days=92)


def longest_run_gap(rhythm: Rhythm) -> dt.timedelta:
    """Return how long runs may be missing before the author is notified: twice the rhythm."""
    return dt.timedelta(days=2 * _INTERVALS[rhythm])


def has_leapt(known: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether `now` is so far from the latest known time that the author has to say it is right."""
    return known is not None and now - known > _MOST_TRUSTED_LEAP


def latest_known_time(connection: Connection) -> dt.datetime | None:
    """Return the latest time that is not in doubt, None for a newsletter without any history."""
    newest = issues.newest_frozen(connection)
    times = (
        runs.trusted_time(connection),
        newest.frozen_at if newest else None,
        start_of_newsletter(connection),
    )
    return max((time for time in times if time is not None), default=None)


def start_of_newsletter(connection: Connection) -> dt.datetime | None:
    """Return when the first of its feeds was read first."""
    began = (feed.started_at for feed in feeds.all_feeds(connection))
    return min((time for time in began if time is not None), default=None)


def trust_clock(connection: Connection, now: dt.datetime, *, insist: bool) -> None:
    """Store `now` as a time that is not in doubt. A leap is stored only if the author insists."""
    known = latest_known_time(connection)
    if insist or not has_leapt(known, now):
        runs.save_trusted_time(connection, now)
