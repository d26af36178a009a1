"""How long no run may come by, and how far a clock may leap. Pure."""

from __future__ import annotations

import datetime as dt

from newsletter.models import Rhythm

_INTERVALS = {"weekly": 7, "fortnightly": 14, "monthly": 31}
#: A clock that is further from the latest time we know of has leapt, or nobody ran for as long.
MOST_TRUSTED_LEAP = dt.timedelta(days=92)


def longest_run_gap(rhythm: Rhythm) -> dt.timedelta:
    """Return after which time without a run the author is told: twice the rhythm."""
    return dt.timedelta(days=2 * _INTERVALS[rhythm])
