"""Occasions: days of the running year, and which of them are near an issue's day.

A date rule is written in words, so that an author can write one too: "1 January",
"fourth Thursday of November", "last Sunday of March", "Easter", "21 days before Easter",
"June solstice", "clocks go forward". A race goes by its rule in years whose date nobody has
confirmed. Whether an issue may speak of a date is counted in issues, not in days: what falls
between two of them belongs to one, whatever the rhythm and the day of the week.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.composer.seasons import SOLAR_EVENTS, solar_event
from newsletter.models import MONTHS, Hemisphere
from newsletter.schedule import WEEKDAYS

#: A function to the dates of an occasion in a year, in the author's time zone.
DateRule = Callable[[int, ZoneInfo], tuple[date, ...]]
#: "ahead" is a week or more before, as a fortnightly or monthly issue announces it.
Timing = Literal["ahead", "before", "on", "after"]
TIMINGS: tuple[Timing, ...] = ("ahead", "before", "on", "after")
OWN_RACE = "own-race"
#: Kinds an author may give an occasion, so that a shipped intro for the kind applies to it.
KINDS = (OWN_RACE, "birthday", "injury", "comeback")
#: Kind of a day for which the author wrote an intro; no other greeting is used then.
OWN_DAY = "own-day"
#: Kinds that every issue near them may speak of.
RECURRING = (OWN_RACE, "injury", "comeback", OWN_DAY)
# What is so today counts for this much more than what is near.
_TODAY = 15
# What is further back than this is no news any more.
_NEWS = timedelta(days=10)
_OWN_NEWS = timedelta(days=35)

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 0}
_FIXED = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)})")
_WEEKDAY = re.compile(
    rf"({'|'.join(_ORDINALS)}) ({'|'.join(WEEKDAYS)}) (?:of|in) ({'|'.join(MONTHS)})"
)
_EASTER = re.compile(r"(?:(\d{1,2}) days (before|after) )?easter")
_BEFORE = re.compile(rf"last ({'|'.join(WEEKDAYS)}) before (\d{{1,2}}) ({'|'.join(MONTHS)})")
_LEAP_YEAR = 2000
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A day of the running year that a greeting may speak of."""

    id: str
    name: str
    rule: DateRule
    #: Days ahead of the date from which a greeting may speak of it; None: in the last issue
    #: before it.
    before: int | None = None
    #: Days after the date until which it may; None: in the first issue after it.
    after: int | None = None
    #: The higher one wins.
    priority: int = 50
    kind: str = ""
    #: Whether it is true only where the author lives, as clock changes are.
    local: bool = False
    #: Whether it claims something about the weather, which not every author wants.
    weather: bool = False
    #: Countries that celebrate it (ISO 3166-1 alpha-2, lower case); empty for all.
    regions: tuple[str, ...] = ()
    #: Hemispheres it applies to; empty for all.
    hemispheres: tuple[Hemisphere, ...] = ()
    #: Words that mention it, which a part for no occasion must not contain.
    names: tuple[str, ...] = ()
    #: Year of the first one, for birthdays; 0 if unknown.
    since: int = 0
    #: Its name among the public holidays of a country; then it falls on that day.
    holiday: str = ""
    #: Whether one greeting speaks of each date, and no more.
    once: bool = True
    #: Whether the issue before it speaks of it even where the next falls on the day itself.
    early: bool = False
    #: The number that a milestone counts.
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OccasionDate:
    """A date of an occasion as seen from an issue's day."""

    occasion: Occasion
    date: date
    #: Days until it; negative once it is past.
    days: int

    @property
    def timing(self) -> Timing:
        """Whether the occasion is ahead, today or past."""
        return "before" if self.days > 0 else "after" if self.days < 0 else "on"

    @property
    def weight(self) -> int:
        """The priority of the occasion, and more of it on the day itself."""
        is_own = self.occasion.kind in {*KINDS, OWN_DAY}
        return self.occasion.priority + (_TODAY if self.days == 0 and not is_own else 0)

    @property
    def is_far(self) -> bool:
        """Whether it is a week or more ahead and no date of the author's own.

        What reads well in the days before ("Happy Easter weekend!") does not a month before.
        """
        occasion = self.occasion
        return self.days >= _WEEK + occasion.early and occasion.kind not in {*KINDS, OWN_DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDays:
    """The day of an issue, and of its neighbours."""

    day: date
    #: Day of the issue before; for the first one, a week ago.
    previous: date
    #: Day of the next issue as planned.
    following: date


def nearby_occasions(
    occasions: tuple[Occasion, ...],
    days: IssueDays,
    *,
    hemisphere: Hemisphere,
    author_hemisphere: Hemisphere,
    zone: ZoneInfo,
    regions: frozenset[str] = frozenset(),
) -> tuple[OccasionDate, ...]:
    """Return the occasions that this issue may speak of, the most important first.

    At equal weight the nearer date comes first. `zone` and `regions` are the author's;
    readers in another hemisphere get no occasion that is local to the author.
    """
    dates = [
        nearby
        for occasion in occasions
        if not occasion.hemispheres or hemisphere in occasion.hemispheres
        if not (occasion.local or occasion.regions) or hemisphere == author_hemisphere
        if not occasion.regions or not regions.isdisjoint(occasion.regions)
        if (nearby := _nearest_date(occasion, days, zone, regions)) is not None
    ]
    dates.sort(key=lambda near: (-near.weight, abs(near.days), near.occasion.id))
    return tuple(dates)


def _nearest_date(
    occasion: Occasion, days: IssueDays, zone: ZoneInfo, regions: frozenset[str]
) -> OccasionDate | None:
    """Return the nearest date of `occasion` that the issue may speak of, across years."""
    day = days.day
    earliest = min(day - timedelta(days=occasion.after or 0), _look_back(occasion, days))
    latest = max(day + timedelta(days=occasion.before or 0), days.following)
    dates = [
        when
        for year in range(earliest.year, latest.year + 1)
        for when in _dates(occasion, year, zone, regions)
        if earliest <= when <= latest and _is_for(occasion, when, days)
    ]
    if not dates:
        return None
    when = min(dates, key=lambda each: abs((each - day).days))
    return OccasionDate(occasion=occasion, date=when, days=(when - day).days)


def _look_back(occasion: Occasion, days: IssueDays) -> date:
    """Return the day of the issue before, but not too long ago: then the news is old."""
    patience = _OWN_NEWS if occasion.kind == OWN_RACE else _NEWS
    return max(days.previous, days.day - patience)


def _is_for(occasion: Occasion, when: date, days: IssueDays) -> bool:
    """Whether an issue may speak of the date `when`.

    A window counts in issues where the occasion has none in days: the last issue ahead of
    the date, the issue of that day, the first one after it.
    """
    ahead = (when - days.day).days
    if ahead == 0:
        return True
    if ahead > 0:
        if occasion.before is not None:
            return ahead <= occasion.before
        return when < days.following or (when == days.following and occasion.early)
    after_the_fact = _look_back(occasion, days) <= when
    if occasion.after is None:
        return after_the_fact
    # However short the days, an issue right after an own race may tell of it.
    return -ahead <= occasion.after or (
        occasion.kind == OWN_RACE and occasion.after > 0 and after_the_fact
    )


def _dates(
    occasion: Occasion, year: int, zone: ZoneInfo, regions: frozenset[str]
) -> tuple[date, ...]:
    if not occasion.holiday:
        return occasion.rule(year, zone)
    # The package is slow to import, and only a draft needs it.
    from newsletter.composer.greetings.holiday_calendar import holiday_dates

    kept = regions & set(occasion.regions)
    return tuple(
        sorted({day for region in kept for day in holiday_dates(occasion.holiday, region, year)})
    )


def parse_rule(words: str) -> DateRule:
    """Return the date rule that `words` describe. Raise ValueError with a sentence if none."""
    text = " ".join(words.lower().split())
    if fixed := _FIXED.fullmatch(text):
        month = MONTHS.index(fixed[2]) + 1
        if not 1 <= int(fixed[1]) <= monthrange(_LEAP_YEAR, month)[1]:
            raise ValueError(f"“{words}” is a date that does not exist.")
        return partial(_fixed_day, int(fixed[1]), month)
    if nth := _WEEKDAY.fullmatch(text):
        month = MONTHS.index(nth[3]) + 1
        return partial(_nth_weekday, _ORDINALS[nth[1]], WEEKDAYS.index(nth[2]), month)
    if before := _BEFORE.fullmatch(text):
        month = MONTHS.index(before[3]) + 1
        return partial(_weekday_before, WEEKDAYS.index(before[1]), int(before[2]), month)
    if easter := _EASTER.fullmatch(text):
        shift = int(easter[1] or 0)
        return partial(_easter_day, -shift if easter[2] == "before" else shift)
    if text in SOLAR_EVENTS:
        return partial(_solar_day, text)
    if text in {"clocks go forward", "clocks go back"}:
        return partial(_clock_change, text == "clocks go forward")
    raise ValueError(
        f"“{words}” is not a rule we know. Write it like “1 January”, "
        "“fourth Thursday of November”, “Easter”, “June solstice” or “clocks go back”."
    )


def dates_rule(days: tuple[date, ...]) -> DateRule:
    """Return the rule for a list of dates."""
    return partial(_listed_days, days)


def confirmed_rule(days: tuple[date, ...], rule: DateRule) -> DateRule:
    """Return the rule that gives the confirmed date of a year, and `rule`'s where none is."""
    return partial(_confirmed_days, days, rule)


def range_rule(start: date, end: date) -> DateRule:
    """Return the rule for every day from `start` to `end`, both included."""
    return dates_rule(tuple(start + timedelta(days=n) for n in range((end - start).days + 1)))


def _listed_days(days: tuple[date, ...], year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    return tuple(day for day in days if day.year == year)


def _confirmed_days(
    days: tuple[date, ...], rule: DateRule, year: int, zone: ZoneInfo
) -> tuple[date, ...]:
    return tuple(day for day in days if day.year == year) or rule(year, zone)


def _weekday_before(
    weekday: int, day: int, month: int, year: int, _zone: ZoneInfo
) -> tuple[date, ...]:
    border = date(year, month, day) - timedelta(days=1)
    return (border - timedelta(days=(border.weekday() - weekday) % _WEEK),)


def _easter_day(shift: int, year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    from dateutil.easter import easter  # type: ignore[import-untyped]

    return (easter(year) + timedelta(days=shift),)


def _fixed_day(day: int, month: int, year: int, _zone: ZoneInfo) -> tuple[date, ...]:
    # The birthday of a blog born on 29 February is the 28th in other years.
    return (date(year, month, min(day, monthrange(year, month)[1])),)


def _nth_weekday(
    ordinal: int, weekday: int, month: int, year: int, _zone: ZoneInfo
) -> tuple[date, ...]:
    if ordinal:
        first = date(year, month, 1)
        ahead = (weekday - first.weekday()) % _WEEK
        return (first + timedelta(days=ahead + _WEEK * (ordinal - 1)),)
    last = date(year, month, monthrange(year, month)[1])
    return (last - timedelta(days=(last.weekday() - weekday) % _WEEK),)


def _solar_day(event: str, year: int, zone: ZoneInfo) -> tuple[date, ...]:
    return (solar_event(event, year).astimezone(zone).date(),)


def _clock_change(forward: bool, year: int, zone: ZoneInfo) -> tuple[date, ...]:
    return tuple(day for day, ahead in _clock_changes(year, zone) if ahead == forward)


@lru_cache(maxsize=64)
def _clock_changes(year: int, zone: ZoneInfo) -> tuple[tuple[date, bool], ...]:
    """Return the days whose UTC offset at noon differs from the day before; true if larger."""
    noon = datetime(year, 1, 1, 12, tzinfo=zone) - timedelta(days=1)
    before = noon.utcoffset()
    changes = []
    while (noon := noon + timedelta(days=1)).year <= year:
        offset = noon.utcoffset()
        if offset is not None and before is not None and offset != before:
            changes.append((noon.date(), offset > before))
        before = offset
    return tuple(changes)
