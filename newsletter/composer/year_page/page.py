"""A year of greetings drawn as a page: a ring of seasons, and a sheet for each month."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel.dates import format_date, get_day_names, get_month_names

from newsletter.composer.greetings.simulate import YearIssue
from newsletter.composer.layout.palette import COLOURS
from newsletter.composer.phrases import locale_for
from newsletter.composer.seasons import WET_MONTHS, season_name, season_word
from newsletter.composer.templating import fill_template
from newsletter.composer.year_page.ring import Ring, ring_of
from newsletter.models import Hemisphere, Race, SeasonName

PAGE = "intros.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An issue on its month's sheet. `anchor` names it in the page; `opens` a new season."""

    anchor: str
    number: int
    day: str
    season: SeasonName
    text: str
    occasion: str
    reason: str
    opens: bool
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day of a month's small calendar; `anchor` is set where an issue goes out."""

    day: int
    season: SeasonName
    anchor: str = ""
    race: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month's sheet. `blank` cells stand before its first day."""

    name: str
    season: SeasonName
    blank: int
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]


def draw_year(
    year: int,
    weeks: tuple[YearIssue, ...],
    *,
    hemisphere: Hemisphere,
    title: str,
    language: str,
    occasions: Mapping[str, str],
    races: tuple[Race, ...] = (),
    wet_months: tuple[int, ...] = WET_MONTHS,
    folders: tuple[Path, ...],
) -> str:
    """The page, whole in one file, for `weeks` that all lie in `year`.

    `occasions` are their names by their ids; `races` of other years are left out. Raises
    ComposeError when an own template of the author's is broken.
    """
    locale = locale_for(language)
    ring = ring_of(year, weeks, hemisphere, wet_months)
    starts = locale.first_week_day
    months = tuple(
        _month(date(year, number, 1), name, weeks, occasions, races, hemisphere, wet_months, starts)
        for number, name in sorted(get_month_names("wide", "stand-alone", locale).items())
    )
    names = get_day_names("narrow", "stand-alone", locale)
    fields: dict[str, object] = {
        "year": year,
        "title": title,
        "language": str(locale).replace("_", "-"),
        "hemisphere": hemisphere,
        "issues": len(weeks),
        "first": format_date(weeks[0].day, "long", locale=locale) if weeks else "",
        "weekdays": tuple(names[(place + starts) % 7] for place in range(7)),
        "months": months,
        "ring": ring,
        "seasons": _legend(ring, language),
        "colours": COLOURS,
    }
    return fill_template(folders, PAGE, fields)


def _legend(ring: Ring, language: str) -> tuple[tuple[SeasonName, str], ...]:
    """The year's seasons with their words, each once, in their order."""
    names = dict.fromkeys(arc.season for arc in ring.arcs)
    return tuple((name, season_word(name, language)) for name in names)


def _month(
    first: date,
    name: str,
    weeks: tuple[YearIssue, ...],
    occasions: Mapping[str, str],
    races: tuple[Race, ...],
    hemisphere: Hemisphere,
    wet_months: tuple[int, ...],
    first_weekday: int,
) -> Month:
    season = season_name(first, hemisphere, wet_months=wet_months)
    inside = tuple(week for week in weeks if week.day.month == first.month)
    issued = {week.day.day: _anchor(week) for week in inside}
    run = {race.day: race.name for race in races}
    weekday, length = calendar.monthrange(first.year, first.month)
    cells = tuple(
        Cell(
            day=day,
            season=season,
            anchor=issued.get(day, ""),
            race=run.get(first.replace(day=day), ""),
        )
        for day in range(1, length + 1)
    )
    entries = tuple(_entry(week, occasions) for week in inside)
    return Month(
        name=name, season=season, blank=(weekday - first_weekday) % 7, cells=cells, entries=entries
    )


def _entry(week: YearIssue, occasions: Mapping[str, str]) -> Entry:
    greeting = week.greeting
    return Entry(
        anchor=_anchor(week),
        number=week.number,
        day=str(week.day.day),
        season=greeting.season.name,
        text=greeting.text,
        occasion=occasions.get(greeting.occasion, greeting.occasion),
        reason=greeting.reason,
        opens=greeting.season.phase == "first",
        sent=week.sent,
    )


def _anchor(week: YearIssue) -> str:
    return f"d{week.day.isoformat()}"
