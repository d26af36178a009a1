"""Times as a person says them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def format_day(moment: dt.datetime, zone: ZoneInfo) -> str:
    """`15 November 2026`, on the author's calendar."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


def format_day_and_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    """`Sunday, 22 November 2026 at 07:00`, by the author's clock."""
    local = moment.astimezone(zone)
    return f"{local:%A}, {format_day(moment, zone)} at {local:%H:%M}"


def format_clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    """`07:00`, by the author's clock."""
    return f"{moment.astimezone(zone):%H:%M}"
