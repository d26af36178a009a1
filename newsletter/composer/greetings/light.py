"""Daylight where the author lives: what a part may say about dawn, dusk and evenings.

Sunrise and sunset come from astral. Claims have margins, because the place may be known only
by its time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_time

from newsletter.composer.greetings.book import Light
from newsletter.composer.phrases import locale_for

_WEEK = timedelta(days=7)
_WHOLE_DAY = timedelta(days=1)
# Less than this in a week is nothing to write home about.
_NOTICEABLE = timedelta(minutes=10)
_LATE_SUNSET = time(20, 30)
_EARLY_SUNSET = time(17, 30)
_EARLY_SUNRISE = time(5, 45)
_LATE_SUNRISE = time(7, 15)
_HORIZON = -0.833  # of the sun's centre when its upper edge rises, in degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Daylight:
    """The sun on one day at one place, in local time."""

    #: None where it does not rise or set that day.
    sunrise: datetime | None
    sunset: datetime | None
    length: timedelta


@lru_cache(maxsize=4096)
def daylight(day: date, latitude: float, longitude: float, timezone: str) -> Daylight:
    """Return the daylight of `day` at a place."""
    from astral import Observer
    from astral.sun import elevation, noon, sunrise, sunset

    observer, zone = Observer(latitude, longitude), ZoneInfo(timezone)
    try:
        rise = sunrise(observer, day, tzinfo=zone)
        down = sunset(observer, day, tzinfo=zone)
    except ValueError:
        # The sun stays up or down all day; at noon it shows which.
        is_up = elevation(observer, noon(observer, day, tzinfo=zone)) > _HORIZON
        return Daylight(sunrise=None, sunset=None, length=_WHOLE_DAY if is_up else timedelta(0))
    return Daylight(sunrise=rise, sunset=down, length=(down - rise) % _WHOLE_DAY)


def weekly_change(day: date, latitude: float, longitude: float, timezone: str) -> timedelta:
    """Return how much longer the daylight is than a week ago; negative if shorter."""
    now = daylight(day, latitude, longitude, timezone)
    then = daylight(day - _WEEK, latitude, longitude, timezone)
    return now.length - then.length


@lru_cache(maxsize=4096)
def claims(day: date, latitude: float, longitude: float, timezone: str) -> frozenset[Light]:
    """Return what may be said about the light of `day` at a place."""
    sun = daylight(day, latitude, longitude, timezone)
    change = weekly_change(day, latitude, longitude, timezone)
    held: set[Light] = set()
    if change >= _NOTICEABLE:
        held.add("growing")
    elif change <= -_NOTICEABLE:
        held.add("shrinking")
    if sun.sunrise is None or sun.sunset is None:
        if sun.length:
            held |= {"midnight-sun", "long-evenings", "early-mornings"}
        else:
            held |= {"polar-night", "dark-evenings", "dark-mornings"}
        return frozenset(held)
    rises, sets = sun.sunrise.time(), sun.sunset.time()
    if sets >= _LATE_SUNSET or sun.sunset.date() > day:
        held.add("long-evenings")
    elif sets <= _EARLY_SUNSET:
        held.add("dark-evenings")
    if rises <= _EARLY_SUNRISE:
        held.add("early-mornings")
    elif rises >= _LATE_SUNRISE:
        held.add("dark-mornings")
    return frozenset(held)


def light_values(
    day: date,
    latitude: float,
    longitude: float,
    timezone: str,
    *,
    exact: bool,
    language: str = "en",
) -> dict[str, str]:
    """Return the values of the placeholders about light; clock times only if `exact`."""
    sun = daylight(day, latitude, longitude, timezone)
    minutes = round(abs(weekly_change(day, latitude, longitude, timezone)) / timedelta(minutes=1))
    values = {"light_change": f"{minutes} minutes"}
    if sun.sunrise is not None and sun.sunset is not None:
        hours, rest = divmod(round(sun.length / timedelta(minutes=1)), 60)
        values["daylight"] = f"{hours} hours and {rest} minutes" if rest else f"{hours} hours"
        if exact:
            values["sunrise"] = _clock(sun.sunrise, language)
            values["sunset"] = _clock(sun.sunset, language)
    return values


def _clock(moment: datetime, language: str) -> str:
    """Return the time to the minute, as people who speak `language` write it."""
    nearest = (moment + timedelta(seconds=30)).time()
    text = format_time(nearest, "short", locale=locale_for(language))
    # Babel puts a narrow space before am and pm, which not every font of a mail client has.
    return str(text).replace("\u202f", "\u00a0").removeprefix("0")
