"""Forget who got the issues of years ago; their figures stay."""

from __future__ import annotations

import datetime as dt

from newsletter.context import Context
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import retention

# A transaction must not hold up a reader who unsubscribes, nor one run take hours of the first.
_ROWS = 5_000
_MOST_ROWS = 500_000
_MONTH = dt.timedelta(days=365.25 / 12)


def sum_up_old_deliveries(context: Context) -> int:
    """Sum up the deliveries and events of issues older than `keep_deliveries_months`.

    Return how many rows were summed up: at most half a million, the next run goes on. A crash
    loses nothing, because each transaction moves its rows into the sums. Age is the distance from
    the newest issue, because a clock that is wrong for one run must not make everything old.
    """
    months = context.settings.database.keep_deliveries_months
    if not months:
        return 0
    with snapshot(context.engine) as connection:
        newest = issues.newest_frozen(connection)
        if newest is None or newest.frozen_at is None:
            return 0
        issue_ids = retention.issues_to_sum_up(connection, newest.frozen_at - months * _MONTH)
    summed = 0
    for issue_id in issue_ids:
        rows = _ROWS
        while rows == _ROWS and summed < _MOST_ROWS:
            with transaction(context.engine) as connection:
                rows = retention.sum_up_deliveries(connection, issue_id, _ROWS)
            summed += rows
        if rows < _ROWS:
            with transaction(context.engine) as connection:
                summed += retention.sum_up_events(connection, issue_id)
    return summed
