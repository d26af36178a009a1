"""When an issue is due: wall-clock time in the author's zone, kept as moments in UTC."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from newsletter.models import Rhythm

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = dt.timedelta(days=7)
_HORIZON = 60  # slots looked at before giving up: more than a year of skipped weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The author's wishes. `weekday` 0 is Monday. `first` is the day of the first issue,
    from which fortnights are counted; None while there has been none.
    """

    rhythm: Rhythm
    weekday: int
    time: dt.time
    zone: ZoneInfo
    skip_dates: tuple[dt.date, ...] = ()
    first: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One issue's place in time: its key, its day on the author's calendar, its moment."""

    key: str
    day: dt.date
    at: dt.datetime


def slots_from(schedule: Schedule, start: dt.date) -> Iterator[Slot]:
    """Slots on or after the day `start`, in order, without skipped dates. Endless."""
    days = _months_from if schedule.rhythm == "monthly" else _weeks_from
    for day in days(schedule, start):
        if day >= start and day not in schedule.skip_dates:
            yield slot_on(schedule, day)


def slot_on(schedule: Schedule, day: dt.date) -> Slot:
    """The slot of that day, whether or not the rhythm has one there."""
    return Slot(key=key_of(schedule.rhythm, day), day=day, at=moment(schedule, day))


def next_slot(schedule: Schedule, now: dt.datetime) -> Slot:
    """The first slot after `now`."""
    start = now.astimezone(schedule.zone).date()
    return next(slot for slot in slots_from(schedule, start) if slot.at > now)


def latest_slot(schedule: Schedule, now: dt.datetime) -> Slot | None:
    """The newest slot at or before `now`, None if all of the past weeks were skipped."""
    today = now.astimezone(schedule.zone).date()
    reach = 62 if schedule.rhythm == "monthly" else 7 * _HORIZON
    latest = None
    for slot in slots_from(schedule, today - dt.timedelta(days=reach)):
        if slot.at > now:
            return latest
        latest = slot
    return latest


def key_of(rhythm: Rhythm, day: dt.date) -> str:
    """`2026-W48` (ISO 8601 week) for weekly and fortnightly, `2026-M11` for monthly."""
    if rhythm == "monthly":
        return f"{day.year}-M{day.month:02}"
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def moment(schedule: Schedule, day: dt.date) -> dt.datetime:
    """The day's issue time as UTC: in a clock change's gap the first minute after it,
    in its repeated hour the first of the two.
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
