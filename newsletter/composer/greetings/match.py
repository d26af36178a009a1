"""Match parts against an issue: whether one fits, how closely, and why, in the author's words.

`Home` is where a newsletter is written and how it speaks: what every greeting of it has in
common. `Circumstances` are what is true of one issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from newsletter.composer.greetings.book import (
    WEATHERS,
    WEEKS,
    Climate,
    Intro,
    Light,
    Smileys,
    Voice,
    Weather,
    WeekOfMonth,
)
from newsletter.composer.greetings.light import claims
from newsletter.composer.greetings.occasions import IssueDays, OccasionDate
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import MONTHS, SeasonCalendar, season_at, season_third
from newsletter.config.places import weather_months
from newsletter.models import Hemisphere, Phase, Season, SeasonName
from newsletter.schedule import WEEKDAYS

_PHASES: Mapping[Phase, str] = {
    "first": "first issue of",
    "early": "early in",
    "mid": "midway through",
    "late": "late in",
    "last": "last issue of",
}
#: Why a part without conditions fits.
ANY_WEEK = "any week of the year"
_DATES = frozenset({"week", "month", "next_month"})
_SATURDAY = 5
_WEEK = 7
#: How much likelier a part is drawn that is for this part of the season, or this time of year.
_BORDER, _PHASE, _TIME = 6.0, 3.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is true of an edition on its day, against which parts are matched."""

    home: Home
    days: IssueDays
    season: Season
    #: The phase by the calendar alone: early, mid or late.
    third: Phase
    #: Week of the month that the issue opens or is in, and a day of it.
    week: WeekOfMonth
    midweek: date
    weekday: str
    #: Countries of the author; none for readers in another hemisphere.
    regions: frozenset[str]
    locale: str
    climate: Climate | None
    weather: frozenset[Weather]
    #: The day for which an edition of the author's own hemisphere may speak of the light.
    is_home: bool

    @property
    def day(self) -> date:
        """The day of the issue."""
        return self.days.day

    def lights(self) -> frozenset[Light]:
        """Return what may be said of the light; nothing for readers far away."""
        location = self.home.location
        if location is None or not self.is_home:
            return frozenset()
        return claims(self.day, *location, self.home.timezone)


def circumstances_of(
    home: Home,
    *,
    day: date,
    hemisphere: Hemisphere,
    earlier: tuple[date, ...],
    next_day: date | None,
) -> Circumstances:
    """Return the circumstances of an edition."""
    week = timedelta(days=_WEEK)
    previous = max((other for other in earlier if other < day), default=day - week)
    is_home = hemisphere == home.hemisphere
    name, midweek = week_of_month(day)
    return Circumstances(
        home=home,
        days=IssueDays(day=day, previous=previous, following=next_day or day + week),
        season=season_at(
            day, hemisphere, earlier=earlier, next_day=next_day, calendar=home.calendar
        ),
        third=season_third(day, hemisphere, calendar=home.calendar),
        week=name,
        midweek=midweek,
        weekday=WEEKDAYS[day.weekday()],
        regions=home.regions if is_home else frozenset(),
        locale=_locale(home.language),
        climate=home.climate if is_home else None,
        weather=home.weather_in(day.month) if is_home else frozenset(),
        is_home=is_home,
    )


def week_of_month(day: date) -> tuple[WeekOfMonth, date]:
    """Return which week of its month an issue is for, and the Thursday of that week.

    Weeks begin on Monday and belong to the month of their Thursday (as ISO 8601 does with
    years). An issue of the weekend is for the week ahead.
    """
    monday = day - timedelta(days=day.weekday())
    if day.weekday() >= _SATURDAY:
        monday += timedelta(days=_WEEK)
    thursday = monday + timedelta(days=3)
    if (thursday + timedelta(days=_WEEK)).month != thursday.month:
        return "last", thursday
    return WEEKS[(thursday.day - 1) // _WEEK], thursday


def fits(part: Intro, now: Circumstances) -> bool:
    """Whether the conditions of `part` hold, apart from occasions and posts."""
    season = now.season
    return not (
        (part.seasons and season.name not in part.seasons)
        or (part.phases and season.phase not in part.phases and now.third not in part.phases)
        or (part.hemispheres and season.hemisphere not in part.hemispheres)
        or (part.months and now.day.month not in part.months)
        or (part.weekdays and now.weekday not in part.weekdays)
        or (part.weeks and now.week not in part.weeks)
        or (part.regions and now.regions.isdisjoint(part.regions))
        or (part.voice and part.voice != now.home.voice)
        or (part.locales and now.locale not in {_locale(locale) for locale in part.locales})
        or (part.climates and now.climate not in part.climates)
        or (part.weathers and not now.weather.issuperset(part.weathers))
        or (part.expires is not None and now.day > part.expires)
        or (part.lights and not now.lights().issuperset(part.lights))
    )


def is_for(part: Intro, near: OccasionDate) -> bool:
    """Whether `part` is for this occasion, now that it is ahead, today or past.

    A shipped part speaks of one that is a week or more ahead only if it says so.
    """
    if near.occasion.id not in part.occasions and near.occasion.kind not in part.occasions:
        return False
    if near.is_far and (part.shipped or "ahead" in part.timings):
        return "ahead" in part.timings
    return not part.timings or near.timing in part.timings


def closeness(part: Intro, now: Circumstances, near: OccasionDate | None = None) -> float:
    """Return how much likelier a part is drawn than one for any week of the year.

    Words for `near` alone are likelier than those for any day of its kind, and a bridge that
    tells what is in the post likelier than one that only points to it.
    Openers that name the weekend, the week or the month are for these days more than others.
    """
    if now.season.phase in {"first", "last"} and now.season.phase in part.phases:
        return _BORDER
    is_for_day = near is not None and near.occasion.id in part.occasions
    if is_for_day or (part.part == "bridge" and part.fields):
        return _PHASE
    if part.phases or (part.part == "opener" and (part.fields & _DATES or part.weekdays)):
        return _PHASE
    timely = (
        part.seasons
        or part.months
        or part.weeks
        or part.regions
        or part.locales
        or part.climates
        or part.weathers
        or part.lights
    )
    return _TIME if timely else 1.0


def explain(part: Intro, now: Circumstances, near: OccasionDate | None = None) -> str:
    """Return what `part` is there for."""
    words = []
    season = now.season
    if part.phases:
        phase = season.phase if season.phase in part.phases else now.third
        words.append(f"{_PHASES[phase]} {season_phrase(season)}")
    elif part.seasons:
        words.append(f"any week of {season_phrase(season)}")
    if near is not None:
        words.append(f"{near.occasion.id} on {near.date.isoformat()}")
    if part.weeks or "week" in part.fields:
        words.append(f"the {now.week} week of the month")
    elif part.months or "month" in part.fields:
        words.append("this month")
    if part.weekdays:
        words.append(f"an issue of a {now.weekday.capitalize()}")
    words.extend(f"{code.upper()}" for code in part.regions if code in now.regions)
    words.extend(f"weather: {name}" for name in part.weathers)
    words.extend(f"light: {name}" for name in part.lights)
    return " and ".join(words) or ANY_WEEK


def explain_none(season: Season, *, resting: int, memory: int) -> str:
    """Return why no thought was drawn, while `resting` rest."""
    if resting:
        return f"{season_phrase(season)}: all {resting} that fit were used within {memory} issues"
    return f"{season_phrase(season)}: no greeting fits"


def season_phrase(season: Season) -> str:
    """Return the season as it is named to the author."""
    if season.name == "year-round":
        return "a place without seasons"
    if season.hemisphere == "tropics":
        return f"the {season.name} season"
    return f"{season.name} ({season.hemisphere})"


def speaks(part: Intro, language: str) -> bool:
    """Whether `part` is written in `language`, a primary language such as "de"."""
    return not part.language or primary_language(part.language) == language


def _locale(language: str) -> str:
    tag = language.replace("_", "-").lower()
    return "en-us" if tag == "en" else tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The author's place, language and manner."""

    #: A BCP 47 tag.
    language: str = "en"
    timezone: str = "UTC"
    hemisphere: Hemisphere = "north"
    #: Countries whose holidays count (ISO 3166-1 alpha-2, lower case).
    regions: frozenset[str] = frozenset()
    calendar: SeasonCalendar = MONTHS
    climate: Climate = "temperate"
    #: Latitude and longitude in degrees, None if unknown.
    location: tuple[float, float] | None = None
    #: Whether the author gave the location: then a greeting may tell the time of sunset.
    exact_location: bool = False
    voice: Voice = "i"
    smileys: Smileys = "text"
    #: Whether greetings may speak of weather that the climate does not promise.
    weather: bool = False
    #: Sets this newsletter's draws apart from those of others.
    seed: str = ""
    #: What readers call the seasons in other languages than English.
    season_words: tuple[tuple[SeasonName, str], ...] = ()

    def weather_in(self, month: int) -> frozenset[Weather]:
        """Return the weather that may be claimed in a month."""
        wet = self.calendar.wet_months
        return frozenset(
            weather
            for weather in WEATHERS
            if (months := weather_months(self.climate, weather, self.hemisphere, wet))
            and (self.weather or month in months)
        ) | (frozenset(WEATHERS) if self.weather and self.climate != "tropical" else frozenset())
