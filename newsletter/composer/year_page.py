"""Draw a year of greetings as one HTML page: a ring of seasons and a sheet for each month.

The ring has January at the top, an arc for each season and a dot for each issue. Its
coordinates are those of an SVG with the viewBox -120 -120 240 240.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin
from pathlib import Path

from babel.dates import format_date, get_day_names, get_month_names

from newsletter.composer.greetings.choose import YearIssue
from newsletter.composer.layout.palette import COLOURS
from newsletter.composer.phrases import locale_for
from newsletter.composer.seasons import (
    MONTHS,
    SeasonCalendar,
    season_name,
    season_span,
    season_word,
)
from newsletter.composer.templating import fill_template
from newsletter.models import Hemisphere, Race, SeasonName

_TEMPLATE = "intros.html"
_BAND_RADIUS = 88.0
_LETTER_RADIUS = 111.0
_GAP = 0.012  # radians between two seasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An issue on its month's sheet."""

    #: Id of the element in the page.
    anchor: str
    number: int
    day: str
    season: SeasonName
    text: str
    occasion: str
    reason: str
    #: Whether it is the first issue of a season.
    opens: bool
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day in a month's calendar."""

    day: int
    season: SeasonName
    #: The day's issue; "" if there is none.
    anchor: str = ""
    #: Name of the day's race.
    race: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month's sheet."""

    name: str
    season: SeasonName
    #: Number of empty cells before the first day.
    blank: int
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A season's part of the ring."""

    season: SeasonName
    #: SVG path data.
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An issue on the ring."""

    x: float
    y: float
    #: "opening", "occasion" or "plain".
    kind: str
    anchor: str
    #: Tooltip.
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The ring of a year."""

    arcs: tuple[Arc, ...]
    dots: tuple[Dot, ...]
    #: Positions of the months' letters, January first.
    letters: tuple[tuple[float, float], ...]


def draw_year(
    year: int,
    issues: tuple[YearIssue, ...],
    *,
    hemisphere: Hemisphere,
    title: str,
    language: str,
    occasions: Mapping[str, str],
    races: tuple[Race, ...] = (),
    seasons: SeasonCalendar = MONTHS,
    folders: tuple[Path, ...],
) -> str:
    """Return the page, complete in one file, for `issues`, which all lie in `year`.

    `occasions` maps ids to names; races in other years are left out. Raise ComposeError if
    the author's own template is broken.
    """
    locale = locale_for(language)
    ring = _ring(year, issues, hemisphere, seasons)
    week_start = locale.first_week_day
    months = tuple(
        _month(
            date(year, number, 1),
            name,
            issues,
            occasions,
            races,
            hemisphere,
            seasons,
            week_start,
        )
        for number, name in sorted(get_month_names("wide", "stand-alone", locale).items())
    )
    names = get_day_names("narrow", "stand-alone", locale)
    fields: dict[str, object] = {
        "year": year,
        "title": title,
        "language": str(locale).replace("_", "-"),
        "hemisphere": hemisphere,
        "issues": len(issues),
        "first": format_date(issues[0].day, "long", locale=locale) if issues else "",
        "weekdays": tuple(names[(offset + week_start) % 7] for offset in range(7)),
        "months": months,
        "ring": ring,
        "seasons": _legend(ring, language),
        "colours": COLOURS,
    }
    return fill_template(folders, _TEMPLATE, fields)


def _legend(ring: Ring, language: str) -> tuple[tuple[SeasonName, str], ...]:
    """Return the seasons of the year in order, each once, with their words."""
    names = dict.fromkeys(arc.season for arc in ring.arcs)
    return tuple((name, season_word(name, language)) for name in names)


def _month(
    first: date,
    name: str,
    issues: tuple[YearIssue, ...],
    occasions: Mapping[str, str],
    races: tuple[Race, ...],
    hemisphere: Hemisphere,
    seasons: SeasonCalendar,
    week_start: int,
) -> Month:
    season = season_name(first, hemisphere, calendar=seasons)
    inside = tuple(issue for issue in issues if issue.day.month == first.month)
    anchors = {issue.day.day: _anchor(issue) for issue in inside}
    race_names = {race.day: race.name for race in races}
    weekday, length = calendar.monthrange(first.year, first.month)
    cells = tuple(
        Cell(
            day=day,
            season=season_name(first.replace(day=day), hemisphere, calendar=seasons),
            anchor=anchors.get(day, ""),
            race=race_names.get(first.replace(day=day), ""),
        )
        for day in range(1, length + 1)
    )
    entries = tuple(_entry(issue, occasions) for issue in inside)
    blank = (weekday - week_start) % 7
    return Month(name=name, season=season, blank=blank, cells=cells, entries=entries)


def _entry(issue: YearIssue, occasions: Mapping[str, str]) -> Entry:
    greeting = issue.greeting
    return Entry(
        anchor=_anchor(issue),
        number=issue.number,
        day=str(issue.day.day),
        season=greeting.season.name,
        text=greeting.text,
        occasion=occasions.get(greeting.occasion, greeting.occasion),
        reason=greeting.reason,
        opens=greeting.season.phase == "first",
        sent=issue.sent,
    )


def _anchor(issue: YearIssue) -> str:
    return f"d{issue.day.isoformat()}"


def _ring(
    year: int, issues: tuple[YearIssue, ...], hemisphere: Hemisphere, seasons: SeasonCalendar
) -> Ring:
    return Ring(
        arcs=tuple(_arcs(year, hemisphere, seasons)),
        dots=tuple(_dot(issue) for issue in issues),
        letters=tuple(
            _position(_angle(date(year, month, 15)), _LETTER_RADIUS) for month in range(1, 13)
        ),
    )


def _arcs(year: int, hemisphere: Hemisphere, seasons: SeasonCalendar) -> list[Arc]:
    arcs = []
    day, end_of_year = date(year, 1, 1), date(year + 1, 1, 1)
    while day < end_of_year:
        span = season_span(day, hemisphere, calendar=seasons)
        until = min(span.end, end_of_year)
        last = 2 * pi if until == end_of_year else _angle(until)
        arcs.append(Arc(season=span.name, path=_arc_path(_angle(day) + _GAP, last - _GAP)))
        day = until
    return arcs


def _arc_path(start: float, end: float) -> str:
    (x, y), (to_x, to_y) = _position(start, _BAND_RADIUS), _position(end, _BAND_RADIUS)
    large = int(end - start > pi)
    return f"M{x} {y}A{_BAND_RADIUS} {_BAND_RADIUS} 0 {large} 1 {to_x} {to_y}"


def _dot(issue: YearIssue) -> Dot:
    greeting = issue.greeting
    x, y = _position(_angle(issue.day), _BAND_RADIUS)
    kind = "opening" if greeting.season.phase == "first" else "plain"
    return Dot(
        x=x,
        y=y,
        kind="occasion" if greeting.occasion and kind == "plain" else kind,
        anchor=_anchor(issue),
        told=f"{issue.day.isoformat()}: {greeting.text or greeting.reason}",
    )


def _angle(day: date) -> float:
    first = date(day.year, 1, 1)
    return 2 * pi * (day - first).days / (date(day.year + 1, 1, 1) - first).days


def _position(angle: float, radius: float) -> tuple[float, float]:
    return round(radius * sin(angle), 2), round(-radius * cos(angle), 2)
