"""Dates and times as the desk's pages write them, in the author's time zone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def format_day(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return `15 November 2026`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


def format_plain_day(day: dt.date) -> str:
    """Return `Sunday, 22 November 2026`, of a day of the author's calendar."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def format_day_and_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return `Sunday, 22 November 2026 at 07:00`."""
    local = moment.astimezone(zone)
    return f"{local:%A}, {format_day(moment, zone)} at {local:%H:%M}"


def format_clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return `07:00`."""
    return f"{moment.astimezone(zone):%H:%M}"
