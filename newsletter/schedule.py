"""When issues are due: wall-clock times in the author's time zone, converted to UTC."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from zoneinfo import ZoneInfo

from newsletter.models import Rhythm

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = dt.timedelta(days=7)
# Within six days the name of a day says which day is meant.
_NEAR = dt.timedelta(days=6)
#: Weeks `latest_slot` looks back: more than a year of skipped dates.
_LOOK_BACK_WEEKS = 60
_LOOK_BACK_DAYS_MONTHLY = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the author wants issues to go out."""

    rhythm: Rhythm
    #: 0 is Monday.
    weekday: int
    time: dt.time
    zone: ZoneInfo
    skip_dates: tuple[dt.date, ...] = ()
    #: Day of the first issue, from which fortnights are counted; None before it.
    first: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which an issue may go out."""

    #: Key of the issue: `2026-W48` or `2026-M11`.
    key: str
    #: Day in the author's time zone.
    day: dt.date
    #: Time in UTC.
    at: dt.datetime


def slots_from(schedule: Schedule, start: dt.date) -> Iterator[Slot]:
    """Yield the slots on or after the day `start` in order, without skipped dates. Endless."""
    days = _months_from if schedule.rhythm == "monthly" else _weeks_from
    for day in days(schedule, start):
        if day >= start and day not in schedule.skip_dates:
            yield slot_on(schedule, day)


def skipped_days(schedule: Schedule, now: dt.datetime, until: dt.datetime) -> tuple[dt.date, ...]:
    """Return the `skip_dates` from today until then that would have had an issue."""
    start = now.astimezone(schedule.zone).date()
    end = until.astimezone(schedule.zone).date()
    days = takewhile(
        lambda slot: slot.day < end, slots_from(replace(schedule, skip_dates=()), start)
    )
    return tuple(slot.day for slot in days if slot.day in schedule.skip_dates)


def slot_on(schedule: Schedule, day: dt.date) -> Slot:
    """Return the slot on `day`, even if the rhythm has none there."""
    return Slot(key=issue_key(schedule.rhythm, day), day=day, at=due_at(schedule, day))


def latest_slot(schedule: Schedule, now: dt.datetime) -> Slot | None:
    """Return the last slot at or before `now`, None if it is more than a year back."""
    today = now.astimezone(schedule.zone).date()
    monthly = schedule.rhythm == "monthly"
    days = _LOOK_BACK_DAYS_MONTHLY if monthly else 7 * _LOOK_BACK_WEEKS
    latest = None
    for slot in slots_from(schedule, today - dt.timedelta(days=days)):
        if slot.at > now:
            return latest
        latest = slot
    return latest


def issue_key(rhythm: Rhythm, day: dt.date) -> str:
    """Return `2026-W48` (ISO 8601 week) for weekly and fortnightly, `2026-M11` for monthly."""
    if rhythm == "monthly":
        return f"{day.year}-M{day.month:02}"
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def first_day_of(key: str) -> dt.date:
    """Return the Monday of the week, or the first of the month, that an issue's key names."""
    year, _, part = key.partition("-")
    if part.startswith("W"):
        return dt.date.fromisocalendar(int(year), int(part[1:]), 1)
    return dt.date(int(year), int(part[1:]), 1)


def due_at(schedule: Schedule, day: dt.date) -> dt.datetime:
    """Return the time of an issue on `day`, in UTC.

    A time that a clock change skips becomes the first minute after the gap. Of a time that
    occurs twice, the first is meant (`fold=0`, PEP 495).
    """
    wall = dt.datetime.combine(day, schedule.time, schedule.zone)
    while wall.astimezone(dt.UTC).astimezone(schedule.zone).replace(tzinfo=None) != wall.replace(
        tzinfo=None
    ):
        wall += dt.timedelta(minutes=1)
    return wall.astimezone(dt.UTC)


def _weeks_from(schedule: Schedule, start: dt.date) -> Iterator[dt.date]:
    day = start + dt.timedelta(days=(schedule.weekday - start.weekday()) % 7)
    while True:
        if schedule.rhythm == "weekly" or _weeks_since_first(schedule, day) % 2 == 0:
            yield day
        day += _WEEK


def _weeks_since_first(schedule: Schedule, day: dt.date) -> int:
    if schedule.first is None:
        return 0
    monday = day - dt.timedelta(days=day.weekday())
    first_monday = schedule.first - dt.timedelta(days=schedule.first.weekday())
    return (monday - first_monday).days // 7


def _months_from(schedule: Schedule, start: dt.date) -> Iterator[dt.date]:
    year, month = start.year, start.month
    while True:
        first_weekday = calendar.weekday(year, month, 1)
        yield dt.date(year, month, 1 + (schedule.weekday - first_weekday) % 7)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004  # December


def format_when(moment: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> str:
    """Return `Sunday 07:00`, or `Sunday 18 October, 07:00` for a day that is not in this week."""
    local = moment.astimezone(zone)
    if abs(moment - now) < _NEAR:
        return f"{local:%A %H:%M}"
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"
