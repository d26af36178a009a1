"""The year as a ring, January at the top: an arc for each season, a dot for each issue.

Coordinates are those of an SVG with the viewBox -120 -120 240 240.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin

from newsletter.composer.greetings.simulate import YearIssue
from newsletter.composer.seasons import season_span
from newsletter.models import Hemisphere, SeasonName

_BAND = 88.0
_LETTERS = 111.0
_GAP = 0.012  # radians between two seasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A season's part of the ring as the path of an SVG."""

    season: SeasonName
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An issue on the ring. `kind` is opening, occasion or plain."""

    x: float
    y: float
    kind: str
    anchor: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """All that is drawn; `letters` are the months' places, January first."""

    arcs: tuple[Arc, ...]
    dots: tuple[Dot, ...]
    letters: tuple[tuple[float, float], ...]


def ring_of(
    year: int, weeks: tuple[YearIssue, ...], hemisphere: Hemisphere, wet_months: tuple[int, ...]
) -> Ring:
    """The ring of `year`, with `weeks` that lie in it."""
    return Ring(
        arcs=tuple(_arcs(year, hemisphere, wet_months)),
        dots=tuple(_dot(week) for week in weeks),
        letters=tuple(_at(_angle(date(year, month, 15)), _LETTERS) for month in range(1, 13)),
    )


def _arcs(year: int, hemisphere: Hemisphere, wet_months: tuple[int, ...]) -> list[Arc]:
    arcs = []
    day, end_of_year = date(year, 1, 1), date(year + 1, 1, 1)
    while day < end_of_year:
        span = season_span(day, hemisphere, wet_months=wet_months)
        until = min(span.end, end_of_year)
        last = 2 * pi if until == end_of_year else _angle(until)
        arcs.append(Arc(season=span.name, path=_path(_angle(day) + _GAP, last - _GAP)))
        day = until
    return arcs


def _path(start: float, end: float) -> str:
    (x, y), (to_x, to_y) = _at(start, _BAND), _at(end, _BAND)
    large = int(end - start > pi)
    return f"M{x} {y}A{_BAND} {_BAND} 0 {large} 1 {to_x} {to_y}"


def _dot(week: YearIssue) -> Dot:
    greeting = week.greeting
    x, y = _at(_angle(week.day), _BAND)
    kind = "opening" if greeting.season.phase == "first" else "plain"
    return Dot(
        x=x,
        y=y,
        kind="occasion" if greeting.occasion and kind == "plain" else kind,
        anchor=f"d{week.day.isoformat()}",
        told=f"{week.day.isoformat()}: {greeting.text or greeting.reason}",
    )


def _angle(day: date) -> float:
    first = date(day.year, 1, 1)
    return 2 * pi * (day - first).days / (date(day.year + 1, 1, 1) - first).days


def _at(angle: float, radius: float) -> tuple[float, float]:
    return round(radius * sin(angle), 2), round(-radius * cos(angle), 2)
