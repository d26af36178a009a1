"""What the running year brings, and which of it is near on a day.

A race has no rule: it is spoken of only round dates that somebody confirmed, so that no
reader is sent to a start line on the wrong Sunday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.composer.greetings.occasion_rules import DateRule
from newsletter.models import Hemisphere

Timing = Literal["before", "on", "after"]
TIMINGS: tuple[Timing, ...] = ("before", "on", "after")
# What an author's own occasion may be, so that our greetings for such days can serve it.
OWN_RACE = "own-race"
KINDS = (OWN_RACE, "birthday", "injury", "comeback")
# The kind of a day for which the author wrote a greeting: nothing else is said then.
OWN_DAY = "own-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A day of the running year and the days round it, from `before` to `after`, at
    which a greeting may speak of it.

    `hemispheres` empty: for all readers. `local`: true only where the author lives, as
    for the clocks. `regions`: countries that keep it (ISO 3166 letters, small), for
    authors there alone; empty: kept everywhere. `weather`: it says what the weather does,
    so it is only for authors who want that. `names`: words that give it away, which no
    other greeting may use. `since`: the year it first came, for birthdays. The higher
    `priority` wins.
    """

    id: str
    name: str
    rule: DateRule
    before: int = 0
    after: int = 0
    priority: int = 50
    kind: str = ""
    local: bool = False
    weather: bool = False
    regions: tuple[str, ...] = ()
    hemispheres: tuple[Hemisphere, ...] = ()
    names: tuple[str, ...] = ()
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OccasionDate:
    """An occasion seen from a day: `days` until it, negative once it is past."""

    occasion: Occasion
    date: date
    days: int

    @property
    def timing(self) -> Timing:
        """Whether the occasion is still to come."""
        return "before" if self.days > 0 else "after" if self.days < 0 else "on"


def nearby_occasions(
    occasions: tuple[Occasion, ...],
    day: date,
    *,
    hemisphere: Hemisphere,
    author_hemisphere: Hemisphere,
    zone: ZoneInfo,
    regions: frozenset[str] = frozenset(),
) -> tuple[OccasionDate, ...]:
    """The occasions whose window holds `day`, the most important first.

    Equal priority: the nearer date first. `zone` and `regions` are the author's;
    occasions that are local to them are kept from readers of the other hemisphere.
    """
    found = [
        moment
        for occasion in occasions
        if not occasion.hemispheres or hemisphere in occasion.hemispheres
        if not (occasion.local or occasion.regions) or hemisphere == author_hemisphere
        if not occasion.regions or not regions.isdisjoint(occasion.regions)
        if (moment := _moment(occasion, day, zone)) is not None
    ]
    found.sort(key=lambda m: (-m.occasion.priority, abs(m.days), m.occasion.id))
    return tuple(found)


def _moment(occasion: Occasion, day: date, zone: ZoneInfo) -> OccasionDate | None:
    """The nearest date of `occasion` whose window holds `day`, over the turn of the year."""
    earliest = day - timedelta(days=occasion.after)
    latest = day + timedelta(days=occasion.before)
    dates = [
        when
        for year in range(earliest.year, latest.year + 1)
        for when in occasion.rule(year, zone)
        if earliest <= when <= latest
    ]
    if not dates:
        return None
    when = min(dates, key=lambda each: abs((each - day).days))
    return OccasionDate(occasion=occasion, date=when, days=(when - day).days)
