"""The author's next races as a layout shows them."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from babel.dates import format_date

from newsletter.models import Race
from newsletter.text import http_url, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceFields:
    """A race as a layout shows it: `facts` are its day in words and its place."""

    name: str
    url: str
    facts: tuple[str, ...]


def race_fields(race: Race, locale: Locale) -> RaceFields:
    """The fields of `race`, its day written out as readers of `locale` do."""
    day = format_date(race.day, "full", locale=locale)
    return RaceFields(
        name=one_line(race.name),
        url=http_url(race.url),
        facts=tuple(filter(None, (day, one_line(race.place)))),
    )
