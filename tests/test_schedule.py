"""When an issue is due, across clock changes and year ends."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from newsletter.models import Rhythm
from newsletter.schedule import (
    Schedule,
    Slot,
    due_at,
    issue_key,
    latest_slot,
    skipped_days,
    slots_from,
)

EDMONTON = ZoneInfo("America/Edmonton")


def schedule(
    rhythm: Rhythm = "weekly",
    weekday: int = 6,
    time: dt.time = dt.time(7),
    zone: ZoneInfo = EDMONTON,
    skip: tuple[dt.date, ...] = (),
    first: dt.date | None = None,
) -> Schedule:
    return Schedule(
        rhythm=rhythm, weekday=weekday, time=time, zone=zone, skip_dates=skip, first=first
    )


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def slot_after(given: Schedule, now: dt.datetime) -> Slot:
    days = slots_from(given, now.astimezone(given.zone).date())
    return next(slot for slot in days if slot.at > now)


def test_sunday_at_seven_is_due_at_that_minute_and_not_before() -> None:
    at_seven = utc("2026-11-29T14:00")
    before = slot_after(schedule(), at_seven - dt.timedelta(minutes=1))
    assert (before.key, before.day, before.at) == ("2026-W48", dt.date(2026, 11, 29), at_seven)
    latest = latest_slot(schedule(), at_seven)
    assert latest is not None
    assert latest.key == "2026-W48"
    assert slot_after(schedule(), at_seven).key == "2026-W49"


def test_the_same_wall_time_follows_the_clock_change() -> None:
    summer = due_at(schedule(), dt.date(2026, 10, 25))
    winter = due_at(schedule(), dt.date(2026, 11, 1))
    assert summer == utc("2026-10-25T13:00")
    assert winter == utc("2026-11-01T14:00")


@pytest.mark.parametrize(
    ("zone", "day", "wall", "due"),
    [
        ("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:00"),
        ("America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30"),
        ("Europe/Berlin", "2027-03-28", "02:15", "2027-03-28T01:00"),
        ("Australia/Sydney", "2027-10-03", "02:30", "2027-10-02T16:00"),
        ("Australia/Brisbane", "2027-10-03", "02:30", "2027-10-02T16:30"),
    ],
)
def test_a_gap_gives_the_first_minute_after_it_and_a_fold_the_first_of_two(
    zone: str, day: str, wall: str, due: str
) -> None:
    wishes = schedule(time=dt.time.fromisoformat(wall), zone=ZoneInfo(zone))
    assert due_at(wishes, dt.date.fromisoformat(day)) == utc(due)


def test_keys_are_iso_weeks_so_the_third_of_january_is_of_week_53() -> None:
    assert issue_key("weekly", dt.date(2027, 1, 3)) == "2026-W53"
    assert issue_key("weekly", dt.date(2027, 1, 4)) == "2027-W01"
    assert issue_key("monthly", dt.date(2027, 1, 3)) == "2027-M01"


def test_fortnights_are_counted_from_the_first_issue_over_the_new_year() -> None:
    wishes = schedule("fortnightly", first=dt.date(2026, 12, 6))
    days = slots_from(wishes, dt.date(2026, 12, 7))
    values = [next(days).day for _ in range(3)]
    assert values == [dt.date(2026, 12, 20), dt.date(2027, 1, 3), dt.date(2027, 1, 17)]


def test_monthly_is_the_first_such_day_of_each_month() -> None:
    days = slots_from(schedule("monthly"), dt.date(2026, 11, 2))
    assert [next(days).day for _ in range(3)] == [
        dt.date(2026, 12, 6),
        dt.date(2027, 1, 3),
        dt.date(2027, 2, 7),
    ]


def test_a_skipped_date_is_no_slot() -> None:
    wishes = schedule(skip=(dt.date(2026, 11, 29),))
    assert slot_after(wishes, utc("2026-11-23T00:00")).day == dt.date(2026, 12, 6)
    latest = latest_slot(wishes, utc("2026-11-30T00:00"))
    assert latest is not None
    assert latest.day == dt.date(2026, 11, 22)


def test_when_all_of_the_past_was_skipped_there_is_no_latest_slot() -> None:
    past = tuple(dt.date(2026, 11, 29) - dt.timedelta(weeks=back) for back in range(70))
    assert latest_slot(schedule(skip=past), utc("2026-11-30T00:00")) is None


def test_only_skipped_days_that_would_have_an_issue_are_named() -> None:
    off = (dt.date(2026, 11, 29), dt.date(2026, 12, 2), dt.date(2026, 12, 6), dt.date(2026, 12, 20))
    given = schedule(skip=off)
    now, until = utc("2026-11-29T15:00"), utc("2026-12-13T14:00")

    assert skipped_days(given, now, until) == (dt.date(2026, 11, 29), dt.date(2026, 12, 6))
    assert skipped_days(given, until, until) == ()
