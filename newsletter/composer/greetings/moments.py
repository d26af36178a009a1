"""Moments in the life of the newsletter itself: its first issue, a return, round numbers."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from newsletter.composer.greetings.occasions import (
    IssueDays,
    Occasion,
    OccasionDate,
    dates_rule,
)

AFTER_PAUSE = "after-a-pause"
MOMENTS = (
    "first-issue",
    AFTER_PAUSE,
    "milestone",
    "milestone-26",
    "milestone-42",
    "anniversary",
)
_PAUSE = timedelta(days=28)
#: A gap this many times the usual one is a pause, whatever the rhythm.
_UNUSUAL = 1.9
_MILESTONES = frozenset({10, 26, 42, 50})
_HUNDRED = 100
_OF_ITS_OWN = frozenset({26, 42})


def is_after_pause(days: IssueDays, earlier: tuple[date, ...]) -> bool:
    """Whether readers have waited for this issue four weeks, and longer than they are used to."""
    if not earlier:
        return False
    gap = days.day - days.previous
    return gap >= _PAUSE and gap >= _UNUSUAL * (days.following - days.day)


def moments_of(days: IssueDays, earlier: tuple[date, ...]) -> tuple[OccasionDate, ...]:
    """Return what this issue is to the newsletter, the most important first."""
    moments: list[OccasionDate] = []
    if not earlier:
        return (_moment("first-issue", "the first issue", days.day, priority=90),)
    if is_after_pause(days, earlier):
        moments.append(_moment(AFTER_PAUSE, "the pause", days.day, priority=65))
    first, number = min(earlier), len(earlier) + 1
    years = days.day.year - first.year
    if years and days.previous < _birthday(first, days.day.year) <= days.day:
        name = "the newsletter's birthday"
        moments.append(_moment("anniversary", name, days.day, priority=68, since=first.year))
    elif number in _MILESTONES or number % _HUNDRED == 0:
        name = f"milestone-{number}" if number in _OF_ITS_OWN else "milestone"
        moments.append(_moment(name, f"issue no. {number}", days.day, priority=62, number=number))
    moments.sort(key=lambda near: -near.occasion.priority)
    return tuple(moments)


def _birthday(first: date, year: int) -> date:
    # What began on 29 February is a year older on the 28th.
    return first.replace(year=year, day=min(first.day, monthrange(year, first.month)[1]))


def _moment(
    name: str, words: str, day: date, *, priority: int, number: int = 0, since: int = 0
) -> OccasionDate:
    kind = "milestone" if number else name
    occasion = Occasion(
        id=name,
        name=words,
        kind=kind,
        rule=dates_rule((day,)),
        priority=priority,
        number=number,
        since=since,
    )
    return OccasionDate(occasion=occasion, date=day, days=0)
