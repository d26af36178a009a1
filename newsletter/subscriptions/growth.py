"""How the list grows: who came and who left, by month, from the consent log."""

from __future__ import annotations

import calendar
import datetime as dt
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.subscriptions.list_import import IMPORTED_FROM
from subscribers import storage
from subscribers.models import ConsentEvent

#: Who is a reader from then on. Pending people are none before they confirm.
_CAME: frozenset[ConsentEvent] = frozenset({"added", "imported", "confirmed"})
_LEFT: frozenset[ConsentEvent] = frozenset({"unsubscribed", "suppressed", "erased", "undone"})
_BOUNCED: frozenset[ConsentEvent] = frozenset({"bounced", "complained"})
_DECEMBER = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthMonth:
    """The entries of the consent log in one month."""

    year: int
    month: int
    #: Who was added, was imported or confirmed.
    came: int = 0
    #: Who unsubscribed by whatever way, was taken off again, or erased.
    left: int = 0
    #: Whose mailbox refused mail, and who complained.
    bounced: int = 0

    @property
    def name(self) -> str:
        """The month in words: `November 2026`."""
        return f"{calendar.month_name[self.month]} {self.year}"


class GrowthCounter:
    """Counts the consent log by month, and remembers how far it counted.

    The log is append-only, so each further count reads only what is new. Several threads may use
    one counter.
    """

    def __init__(self) -> None:
        self._up_to = 0
        self._counts: Counter[tuple[str, ConsentEvent]] = Counter()
        self._lock = threading.Lock()

    def read(self, connection: Connection, now: dt.datetime) -> tuple[GrowthMonth, ...]:
        """Return every month from the first entry to that of `now`, oldest first."""
        with self._lock:
            up_to, counts = storage.monthly_counts(
                connection, self._up_to, had_left_elsewhere=IMPORTED_FROM
            )
            self._counts.update(counts)
            self._up_to = up_to
            known = dict(self._counts)
        return months_of(known, until=f"{now:%Y-%m}")


def months_of(
    counts: Mapping[tuple[str, ConsentEvent], int], *, until: str
) -> tuple[GrowthMonth, ...]:
    """Return the months from the first that was counted to `until` (`2026-11`), with no gap."""
    if not counts:
        return ()
    first = min(month for month, _ in counts)
    last = max(until, *(month for month, _ in counts))
    months = []
    year, month = int(first[:4]), int(first[5:])
    while (name := f"{year:04}-{month:02}") <= last:
        months.append(
            GrowthMonth(
                year=year,
                month=month,
                came=sum(counts.get((name, event), 0) for event in _CAME),
                left=sum(counts.get((name, event), 0) for event in _LEFT),
                bounced=sum(counts.get((name, event), 0) for event in _BOUNCED),
            )
        )
        year, month = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    return tuple(months)
