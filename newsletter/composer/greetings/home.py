"""Where a newsletter is written, and how it speaks: what every greeting of it has in common."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.composer.greetings.book import WEATHERS, Climate, Smileys, Voice, Weather
from newsletter.composer.seasons import MONTHS, SeasonCalendar
from newsletter.config.places import weather_months
from newsletter.models import Hemisphere, SeasonName


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
