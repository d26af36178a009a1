"""How a delivery stands while it goes on: for whoever watches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from newsletter.context import Context
from newsletter.models import Figures, Issue
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.storage.database.engine import snapshot
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.ledger import deliveries

Progress = Callable[[Figures], None]

# Others may be at work on it too. To count a million deliveries takes a while.
_COUNTED_EVERY = dt.timedelta(seconds=2)


class ProgressReporter:
    """Figures for `progress`: as counted in the database, and what came since.

    `start` are those of the beginning.
    """

    def __init__(self, context: Context, issue: Issue, progress: Progress | None) -> None:
        self._context, self._issue, self._progress = context, issue, progress
        self._before = self._last = OutcomeCounts()
        self._base = self.start = self._count()

    def show(self, tally: OutcomeCounts) -> None:
        """After each batch: what this delivery has come to."""
        if self._progress is None:
            return
        shared = is_postgresql(self._context.engine)
        if shared and self._context.real_clock() - self._counted_at > _COUNTED_EVERY:
            # What is told now is not in the database yet, but what was told before is.
            self._base, self._before = self._count(), self._last
        self._last = tally
        self._progress(_plus(self._base, tally, self._before))

    def anew(self) -> None:
        """A delivery ended, and another begins."""
        self._before = self._last = OutcomeCounts()
        self._base = self._count()
        if self._progress is not None:
            self._progress(self._base)

    def _count(self) -> Figures:
        self._counted_at = self._context.real_clock()
        with snapshot(self._context.engine) as connection:
            return deliveries.figures(connection, self._issue.id)


def _plus(base: Figures, tally: OutcomeCounts, before: OutcomeCounts) -> Figures:
    accepted = tally.accepted - before.accepted
    failed = tally.refused - before.refused
    unknown = tally.unknown - before.unknown
    return replace(
        base,
        accepted=base.accepted + accepted,
        failed=base.failed + failed,
        unknown=base.unknown + unknown,
        pending=base.pending - accepted - failed - unknown,
    )
