"""On which days of a year an occasion falls.

A rule is written in words, so that an author can write one too: "1 January",
"fourth Thursday of November", "last Sunday of March", "June solstice",
"clocks go forward".
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from newsletter.composer.greetings.solstices import TURNS, sun_turns

DateRule = Callable[[int, ZoneInfo], tuple[date, ...]]

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 0}
_FIXED = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)})")
_WEEKDAY = re.compile(
    rf"({'|'.join(_PLACES)}) ({'|'.join(_WEEKDAYS)}) (?:of|in) ({'|'.join(MONTHS)})"
)
_LEAP_YEAR = 2000
_WEEK = 7


def read_rule(words: str) -> DateRule:
    """The rule that `words` describe. Raises ValueError with a sentence when none do."""
    said = " ".join(words.lower().split())
    if fixed := _FIXED.fullmatch(said):
        month = MONTHS.index(fixed[2]) + 1
        if not 1 <= int(fixed[1]) <= monthrange(_LEAP_YEAR, month)[1]:
            raise ValueError(f"“{words}” is a date that does not exist.")
        return partial(_fixed, int(fixed[1]), month)
    if found := _WEEKDAY.fullmatch(said):
        month = MONTHS.index(found[3]) + 1
        return partial(_weekday, _PLACES[found[1]], _WEEKDAYS.index(found[2]), month)
    if said in TURNS:
        return partial(_sun, said)
    if said in {"clocks go forward", "clocks go back"}:
        return partial(_clocks, said == "clocks go forward")
    raise ValueError(
        f"“{words}” is not a rule we know. Write it like “1 January”, "
        "“fourth Thursday of November”, “June solstice” or “clocks go back”."
    )


def on_dates(days: tuple[date, ...]) -> DateRule:
    """The rule for days named one by one."""
    return partial(_named, days)


def between(start: date, end: date) -> DateRule:
    """The rule for every day from `start` to `end`, both included."""
    return on_dates(tuple(start + timedelta(days=n) for n in range((end - start).days + 1)))


def _named(days: tuple[date, ...], year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    return tuple(day for day in days if day.year == year)


def _fixed(day: int, month: int, year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    # A blog born on 29 February has its birthday on the 28th in other years.
    return (date(year, month, min(day, monthrange(year, month)[1])),)


def _weekday(place: int, weekday: int, month: int, year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    if place:
        first = date(year, month, 1)
        ahead = (weekday - first.weekday()) % _WEEK
        return (first + timedelta(days=ahead + _WEEK * (place - 1)),)
    last = date(year, month, monthrange(year, month)[1])
    return (last - timedelta(days=(last.weekday() - weekday) % _WEEK),)


def _sun(turn: str, year: int, zone: ZoneInfo) -> tuple[date, ...]:
    return (sun_turns(turn, year).astimezone(zone).date(),)


def _clocks(forward: bool, year: int, zone: ZoneInfo) -> tuple[date, ...]:
    return tuple(day for day, later in _clock_changes(year, zone) if later == forward)


@lru_cache(maxsize=64)
def _clock_changes(year: int, zone: ZoneInfo) -> tuple[tuple[date, bool], ...]:
    """Days whose noon is otherwise offset from UTC than the noon before; true if ahead."""
    noon = datetime(year, 1, 1, 12, tzinfo=zone) - timedelta(days=1)
    before = noon.utcoffset()
    changes = []
    while (noon := noon + timedelta(days=1)).year <= year:
        offset = noon.utcoffset()
        if offset is not None and before is not None and offset != before:
            changes.append((noon.date(), offset > before))
        before = offset
    return tuple(changes)
