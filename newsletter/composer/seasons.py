"""Seasons: which season a day is in, its name for readers, and its phase.

Seasons are meteorological, that is whole months, as weather services count them and as
usual in Australia and New Zealand (https://www.timeanddate.com/calendar/aboutseasons.html).
Solstices and equinoxes are occasions, not boundaries. The tropics have a wet and a dry
season; the wet months vary by place, so they are an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from newsletter.models import Hemisphere, Phase, Season, SeasonName

WET_MONTHS = (11, 12, 1, 2, 3, 4)
_NORTH: tuple[SeasonName, ...] = ("winter", "spring", "summer", "fall")
_THIRDS: tuple[Phase, ...] = ("early", "mid", "late")
_FALL_REGIONS = frozenset({"", "US", "CA", "PH", "PR", "GU", "VI", "AS", "MP"})
_MONTHS = 12
_REGION_LETTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One season of one year."""

    name: SeasonName
    #: First day.
    start: date
    #: First day of the next season.
    end: date


def season_name(
    day: date, hemisphere: Hemisphere, *, wet_months: tuple[int, ...] = WET_MONTHS
) -> SeasonName:
    """Return the season on `day` in a hemisphere."""
    return _of_month(day.month, hemisphere, wet_months)


def season_span(
    day: date, hemisphere: Hemisphere, *, wet_months: tuple[int, ...] = WET_MONTHS
) -> Span:
    """Return the whole months around `day` that have its season.

    If the season never changes (no wet month, or twelve), the span is the calendar year.
    """
    name = season_name(day, hemisphere, wet_months=wet_months)
    first = last = _index(day)
    while first > last - _MONTHS and _at(first - 1, hemisphere, wet_months) == name:
        first -= 1
    if first == last - _MONTHS:
        return Span(name=name, start=date(day.year, 1, 1), end=date(day.year + 1, 1, 1))
    while _at(last + 1, hemisphere, wet_months) == name:
        last += 1
    return Span(name=name, start=_first_day(first), end=_first_day(last + 1))


def season_word(name: SeasonName, language: str = "en") -> str:
    """Return the English word for a season: "fall" in North America, "autumn" elsewhere.

    Decided by the region in `language`, a BCP 47 tag; without a region it is "fall".
    """
    if name in {"wet", "dry"}:
        return f"{name} season"
    if name != "fall" or _region(language) in _FALL_REGIONS:
        return name
    return "autumn"


def season_third(
    day: date, hemisphere: Hemisphere, *, wet_months: tuple[int, ...] = WET_MONTHS
) -> Phase:
    """Return the phase of `day` by the calendar alone: early, mid or late."""
    span = season_span(day, hemisphere, wet_months=wet_months)
    return _THIRDS[(day - span.start).days * 3 // (span.end - span.start).days]


def season_at(
    day: date,
    hemisphere: Hemisphere,
    *,
    earlier: tuple[date, ...],
    next_day: date | None,
    wet_months: tuple[int, ...] = WET_MONTHS,
) -> Season:
    """Return the season of an issue dated `day`, with its phase among the issues.

    The phase is "first" if no issue in `earlier` is in this season, and "last" if the next
    scheduled issue, `next_day`, is in another one. An issue that is both counts as first;
    any other is early, mid or late by the calendar.
    """
    span = season_span(day, hemisphere, wet_months=wet_months)
    phase = season_third(day, hemisphere, wet_months=wet_months)
    if not any(span.start <= other < day for other in earlier):
        phase = "first"
    elif next_day is not None and next_day >= span.end:
        phase = "last"
    return Season(name=span.name, phase=phase, hemisphere=hemisphere)


def _of_month(month: int, hemisphere: Hemisphere, wet_months: tuple[int, ...]) -> SeasonName:
    if hemisphere == "tropics":
        return "wet" if month in wet_months else "dry"
    shift = 2 if hemisphere == "south" else 0
    return _NORTH[(month % _MONTHS // 3 + shift) % len(_NORTH)]


def _at(index: int, hemisphere: Hemisphere, wet_months: tuple[int, ...]) -> SeasonName:
    return _of_month(index % _MONTHS + 1, hemisphere, wet_months)


def _index(day: date) -> int:
    return day.year * _MONTHS + day.month - 1


def _first_day(index: int) -> date:
    return date(index // _MONTHS, index % _MONTHS + 1, 1)


def _region(language: str) -> str:
    parts = language.replace("_", "-").split("-")[1:]
    return next((part.upper() for part in parts if len(part) == _REGION_LETTERS), "")
