"""Sunrise and sunset against an almanac, and what may be said about the light."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.composer.greetings.light import claims, daylight, light_values, weekly_change

#: Place, latitude, longitude, zone, day, sunrise and sunset in local time.
ALMANAC = [
    ("Edmonton", 53.55, -113.49, "America/Edmonton", date(2027, 6, 21), "05:04", "22:07"),
    ("Calgary", 51.05, -114.07, "America/Edmonton", date(2026, 10, 4), "07:42", "19:07"),
    ("London", 51.51, -0.13, "Europe/London", date(2027, 12, 22), "08:04", "15:54"),
    ("Melbourne", -37.81, 144.96, "Australia/Melbourne", date(2027, 1, 10), "06:09", "20:45"),
    ("Singapore", 1.29, 103.85, "Asia/Singapore", date(2027, 3, 20), "07:09", "19:15"),
    ("Phoenix", 33.45, -112.07, "America/Phoenix", date(2027, 8, 15), "05:51", "19:14"),
    ("New York", 40.71, -74.01, "America/New_York", date(2027, 11, 7), "06:33", "16:46"),
    ("Tokyo", 35.68, 139.69, "Asia/Tokyo", date(2027, 5, 9), "04:42", "18:34"),
    ("Cape Town", -33.92, 18.42, "Africa/Johannesburg", date(2027, 7, 1), "07:52", "17:48"),
    ("Auckland", -36.85, 174.76, "Pacific/Auckland", date(2027, 4, 4), "06:36", "18:11"),
    ("Reykjavik", 64.15, -21.94, "Atlantic/Reykjavik", date(2027, 2, 14), "09:27", "17:58"),
    ("Nairobi", -1.29, 36.82, "Africa/Nairobi", date(2027, 9, 23), "06:22", "18:28"),
]


@pytest.mark.parametrize(("place", "latitude", "longitude", "zone", "day", "rise", "down"), ALMANAC)
def test_the_sun_rises_and_sets_within_two_minutes_of_the_almanac(
    place: str, latitude: float, longitude: float, zone: str, day: date, rise: str, down: str
) -> None:
    sun = daylight(day, latitude, longitude, zone)
    for moment, clock in ((sun.sunrise, rise), (sun.sunset, down)):
        almanac = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone))
        assert moment is not None
        assert abs(moment - almanac) <= timedelta(minutes=2), place


EDMONTON = (53.55, -113.49, "America/Edmonton")
TROMSO = (69.65, 18.96, "Europe/Oslo")
SINGAPORE = (1.29, 103.85, "Asia/Singapore")
TOKYO = (35.68, 139.69, "Asia/Tokyo")


@pytest.mark.parametrize(
    ("place", "day", "true", "false"),
    [
        (EDMONTON, date(2027, 6, 21), {"long-evenings", "early-mornings"}, {"growing"}),
        (EDMONTON, date(2027, 2, 14), {"growing", "dark-mornings"}, {"long-evenings"}),
        (EDMONTON, date(2027, 10, 10), {"shrinking", "dark-mornings"}, {"dark-evenings"}),
        (EDMONTON, date(2027, 12, 21), {"dark-evenings", "dark-mornings"}, {"growing"}),
        (TROMSO, date(2027, 6, 21), {"midnight-sun", "long-evenings"}, {"polar-night"}),
        (TROMSO, date(2027, 12, 21), {"polar-night", "dark-evenings"}, {"midnight-sun"}),
        (TOKYO, date(2027, 6, 21), {"early-mornings"}, {"long-evenings"}),
        (SINGAPORE, date(2027, 3, 20), set(), {"growing", "shrinking", "long-evenings"}),
    ],
)
def test_only_what_is_true_of_the_light_may_be_said(
    place: tuple[float, float, str], day: date, true: set[str], false: set[str]
) -> None:
    held = claims(day, *place)
    assert true <= held
    assert not false & held


def test_the_change_of_a_week_is_told_in_minutes() -> None:
    change = weekly_change(date(2027, 2, 14), *EDMONTON)
    assert timedelta(minutes=24) < change < timedelta(minutes=32)
    values = light_values(date(2027, 2, 14), *EDMONTON, exact=False)
    assert values["light_change"] == f"{round(change / timedelta(minutes=1))} minutes"
    assert "sunset" not in values


def test_clock_times_are_for_authors_who_gave_their_place() -> None:
    values = light_values(date(2026, 10, 4), 51.05, -114.07, "America/Edmonton", exact=True)
    hour, minute = re.fullmatch(r"(\d+):(\d\d)\sPM", values["sunset"]).groups()  # type: ignore[union-attr]  # a failing test
    assert hour == "7"
    assert abs(int(minute) - 9) <= 4
    assert values["daylight"].startswith("11 hours and ")
