"""Seasons: which season a day is in, its name for readers, and its phase.

By default seasons are whole months, as weather services count them and as usual in
Australia and New Zealand (https://www.timeanddate.com/calendar/aboutseasons.html). They may
go by the sun instead, as many in North America count them, or by dates of the author's. The
tropics have a wet and a dry season; the wet months vary by place, and a place without any
has one season, the year round.

Solstices and equinoxes are computed to about a minute, for the years 1000 to 3000, after
J. Meeus, Astronomical Algorithms, 2nd edition, chapter 27.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import cos, radians
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.config.places import wet_months_of
from newsletter.config.season_dates import MONTH_STARTS, first_days
from newsletter.config.settings import NewsletterSettings, SeasonDates
from newsletter.models import Hemisphere, Phase, Season, SeasonName

WET_MONTHS = (11, 12, 1, 2, 3, 4)
#: A season is new to its readers this long.
NEWS = timedelta(days=21)
#: The seasons of the north from March on; the south has them in the same order from September.
FOUR_SEASONS: tuple[SeasonName, ...] = ("spring", "summer", "fall", "winter")
_THIRDS: tuple[Phase, ...] = ("early", "mid", "late")
_FALL_REGIONS = frozenset({"", "US", "CA", "PH", "PR", "GU", "VI", "AS", "MP"})
_WET_REGIONS = frozenset({"AU"})
_MONTHS = 12
_REGION_LETTERS = 2
SOLAR_EVENTS = ("march equinox", "june solstice", "september equinox", "december solstice")
# Meeus, table 27.B: the mean time as a Julian day, a polynomial in millennia from 2000.
_MEAN = (
    (2451623.80984, 365242.37404, 0.05169, -0.00411, -0.00057),
    (2451716.56767, 365241.62603, 0.00325, 0.00888, -0.00030),
    (2451810.21715, 365242.01767, -0.11575, 0.00337, 0.00078),
    (2451900.05952, 365242.74049, -0.06223, -0.00823, 0.00032),
)
# Meeus, table 27.C: amplitude, phase in degrees, degrees per century.
_PERIODIC_TERMS = (
    (485, 324.96, 1934.136),
    (203, 337.23, 32964.467),
    (199, 342.08, 20.186),
    (182, 27.85, 445267.112),
    (156, 73.14, 45036.886),
    (136, 171.52, 22518.443),
    (77, 222.54, 65928.934),
    (74, 296.72, 3034.906),
    (70, 243.58, 9037.513),
    (58, 119.81, 33718.147),
    (52, 297.17, 150.678),
    (50, 21.02, 2281.226),
    (45, 247.54, 29929.562),
    (44, 325.15, 31555.956),
    (29, 60.93, 4443.417),
    (18, 155.12, 67555.328),
    (17, 288.79, 4562.452),
    (16, 198.04, 62894.029),
    (14, 199.76, 31436.921),
    (12, 95.39, 14577.848),
    (12, 287.11, 31931.756),
    (12, 320.81, 34777.259),
    (9, 227.73, 1222.114),
    (8, 15.45, 16859.074),
)
_J2000 = 2451545.0
_CENTURY = 36525.0
# Terrestrial Time minus UTC, about, in this century.
_DELTA_T = timedelta(seconds=70)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonCalendar:
    """How the seasons of the newsletter are counted."""

    #: The rainy months of the tropics; none (or all twelve): no seasons there.
    wet_months: tuple[int, ...] = WET_MONTHS
    borders: Literal["months", "sun", "dates"] = "months"
    #: With borders = "dates": month and day on which spring, summer, fall and winter of the
    #: north begin.
    dates: tuple[tuple[int, int], ...] = MONTH_STARTS
    #: The zone in which the sun turns.
    timezone: str = "UTC"


MONTHS = SeasonCalendar()


def calendar_of(newsletter: NewsletterSettings) -> SeasonCalendar:
    """Return how the seasons of a newsletter are counted, by its settings.

    Without rainy months in the settings, those of the time zone's main city are taken.
    """
    wet_months = newsletter.wet_months
    own_dates = isinstance(newsletter.seasons, SeasonDates)
    return SeasonCalendar(
        wet_months=wet_months_of(newsletter.timezone) if wet_months is None else wet_months,
        borders="dates" if own_dates else "sun" if newsletter.seasons == "sun" else "months",
        dates=first_days(newsletter),
        timezone=newsletter.timezone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One season of one year."""

    name: SeasonName
    #: First day.
    start: date
    #: First day of the next season.
    end: date


def season_name(
    day: date, hemisphere: Hemisphere, *, calendar: SeasonCalendar = MONTHS
) -> SeasonName:
    """Return the season on `day` in a hemisphere."""
    return season_span(day, hemisphere, calendar=calendar).name


@lru_cache(maxsize=4096)
def season_span(day: date, hemisphere: Hemisphere, *, calendar: SeasonCalendar = MONTHS) -> Span:
    """Return the season around `day` with its first day and the next season's.

    Where the seasons never change, the span is the calendar year.
    """
    if hemisphere == "tropics":
        return _tropical_span(day, calendar.wet_months)
    starts = [
        (start, FOUR_SEASONS[(index + 2 * (hemisphere == "south")) % len(FOUR_SEASONS)])
        for year in (day.year - 1, day.year, day.year + 1)
        for index, start in enumerate(_starts(year, calendar))
    ]
    starts.sort()
    number = max(n for n, (start, _) in enumerate(starts) if start <= day)
    start, name = starts[number]
    return Span(name=name, start=start, end=starts[number + 1][0])


@lru_cache(maxsize=256)
def _starts(year: int, calendar: SeasonCalendar) -> tuple[date, ...]:
    """Return the first days of the north's spring, summer, fall and winter in `year`."""
    if calendar.borders == "sun":
        zone = ZoneInfo(calendar.timezone)
        return tuple(solar_event(event, year).astimezone(zone).date() for event in SOLAR_EVENTS)
    dates = calendar.dates if calendar.borders == "dates" else MONTH_STARTS
    return tuple(date(year, month, day) for month, day in dates)


def _tropical_span(day: date, wet_months: tuple[int, ...]) -> Span:
    if not 0 < len(set(wet_months)) < _MONTHS:
        return Span(name="year-round", start=date(day.year, 1, 1), end=date(day.year + 1, 1, 1))

    def is_wet(index: int) -> bool:
        return index % _MONTHS + 1 in wet_months

    first = last = day.year * _MONTHS + day.month - 1
    wet = is_wet(first)
    while is_wet(first - 1) == wet:
        first -= 1
    while is_wet(last + 1) == wet:
        last += 1
    return Span(name="wet" if wet else "dry", start=_first_day(first), end=_first_day(last + 1))


def season_word(name: SeasonName, language: str = "en") -> str:
    """Return the English word for a season, as it is said in the region of `language`.

    "Fall" in North America is "autumn" elsewhere, and the "rainy season" is "the wet" in
    Australia. `language` is a BCP 47 tag; without a region it is American.
    """
    if name == "year-round":
        return name
    if name == "dry":
        return "dry season"
    if name == "wet":
        return "wet season" if region_of(language) in _WET_REGIONS else "rainy season"
    if name != "fall" or region_of(language) in _FALL_REGIONS:
        return name
    return "autumn"


def season_third(day: date, hemisphere: Hemisphere, *, calendar: SeasonCalendar = MONTHS) -> Phase:
    """Return the phase of `day` by the calendar alone: early, mid or late."""
    span = season_span(day, hemisphere, calendar=calendar)
    return _THIRDS[(day - span.start).days * 3 // (span.end - span.start).days]


def season_at(
    day: date,
    hemisphere: Hemisphere,
    *,
    earlier: tuple[date, ...],
    next_day: date | None,
    calendar: SeasonCalendar = MONTHS,
) -> Season:
    """Return the season of an issue dated `day`, with its phase among the issues.

    The phase is "first" if no issue in `earlier` is in this season and it began less than
    three weeks ago: a newsletter that starts or wakes up in the middle of one does not greet
    it as new. It is "last" if the next scheduled issue, `next_day`, is in another season. An
    issue that is both counts as first; any other is early, mid or late by the calendar. Where
    the seasons never change, none is first or last.
    """
    span = season_span(day, hemisphere, calendar=calendar)
    phase = season_third(day, hemisphere, calendar=calendar)
    if span.name == "year-round":
        return Season(name=span.name, phase=phase, hemisphere=hemisphere)
    if day - span.start < NEWS and not any(span.start <= other < day for other in earlier):
        phase = "first"
    elif next_day is not None and next_day >= span.end:
        phase = "last"
    return Season(name=span.name, phase=phase, hemisphere=hemisphere)


def region_of(language: str) -> str:
    """Return the region of a BCP 47 tag in capitals, "" if it names none."""
    parts = language.replace("_", "-").split("-")[1:]
    return next((part.upper() for part in parts if len(part) == _REGION_LETTERS), "")


def _first_day(index: int) -> date:
    return date(index // _MONTHS, index % _MONTHS + 1, 1)


@lru_cache(maxsize=256)
def solar_event(event: str, year: int) -> datetime:
    """Return the time in UTC of one of `SOLAR_EVENTS` in `year`.

    Raise ValueError for any other name.
    """
    millennia = (year - 2000) / 1000
    terms = _MEAN[SOLAR_EVENTS.index(event)]
    mean = sum(factor * millennia**power for power, factor in enumerate(terms))
    century = (mean - _J2000) / _CENTURY
    angle = radians(35999.373 * century - 2.47)
    stretch = 1 + 0.0334 * cos(angle) + 0.0007 * cos(2 * angle)
    periodic = sum(
        amplitude * cos(radians(phase + speed * century))
        for amplitude, phase, speed in _PERIODIC_TERMS
    )
    julian = mean + 0.00001 * periodic / stretch
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=julian - _J2000) - _DELTA_T
