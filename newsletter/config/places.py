"""What is known of a place by its time zone: hemisphere, country, climate, rains, English.

A zone covers many places, so an author may say otherwise for each of these in
newsletter.toml; `newsletter init` writes the guesses there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from newsletter.models import Hemisphere

Climate = Literal["cold", "temperate", "mild", "hot", "tropical"]
Weather = Literal["cold", "snow", "heat", "blossom", "leaves", "rain"]

_POINT = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?([+-])(\d{3})(\d{2})(?:\d{2})?")
_MONTHS = 12
_ENGLISH = {
    "us": "en-US",
    "ca": "en-CA",
    "gb": "en-GB",
    "gg": "en-GB",
    "je": "en-GB",
    "im": "en-GB",
    "ie": "en-IE",
    "au": "en-AU",
    "nz": "en-NZ",
    "za": "en-ZA",
    # Spelled as in Britain, and run in kilometres.
    **{
        code: f"en-{code.upper()}"
        for code in ("gh", "hk", "in", "ke", "my", "ng", "sg", "ug", "zw")
    },
}
_NORTHERN_RAINS = (5, 6, 7, 8, 9, 10)
_SOUTHERN_RAINS = (11, 12, 1, 2, 3, 4)
# Where the rains keep another calendar than the half of the world they are in; () has no
# season that a runner would notice.
_RAINS: dict[str, tuple[int, ...]] = {
    "Africa/Abidjan": (4, 5, 6, 7, 10, 11),
    "Africa/Accra": (4, 5, 6, 9, 10),
    "Africa/Addis_Ababa": (6, 7, 8, 9),
    "Africa/Dar_es_Salaam": (3, 4, 5, 11, 12),
    "Africa/Kampala": (3, 4, 5, 9, 10, 11),
    "Africa/Khartoum": (6, 7, 8, 9),
    "Africa/Kigali": (3, 4, 5, 9, 10, 11),
    "Africa/Kinshasa": (10, 11, 12, 1, 2, 3, 4, 5),
    "Africa/Lagos": (4, 5, 6, 7, 8, 9, 10),
    "Africa/Nairobi": (3, 4, 5, 10, 11, 12),
    "America/Bahia": (4, 5, 6, 7),
    "America/Belem": (12, 1, 2, 3, 4, 5),
    "America/Bogota": (3, 4, 5, 10, 11),
    "America/Fortaleza": (1, 2, 3, 4, 5, 6),
    "America/Guayaquil": (1, 2, 3, 4),
    "America/Lima": (),
    "America/Manaus": (11, 12, 1, 2, 3, 4, 5),
    "America/Panama": (5, 6, 7, 8, 9, 10, 11),
    "America/Puerto_Rico": (5, 6, 7, 8, 9, 10, 11),
    "America/Recife": (3, 4, 5, 6, 7, 8),
    "Asia/Brunei": (),
    "Asia/Colombo": (4, 5, 10, 11),
    "Asia/Ho_Chi_Minh": (5, 6, 7, 8, 9, 10, 11),
    "Asia/Hong_Kong": (4, 5, 6, 7, 8, 9),
    "Asia/Kolkata": (6, 7, 8, 9),
    "Asia/Kuala_Lumpur": (),
    "Asia/Kuching": (),
    "Asia/Manila": (6, 7, 8, 9, 10, 11),
    "Asia/Singapore": (),
    "Pacific/Guam": (7, 8, 9, 10, 11),
    "Pacific/Honolulu": (11, 12, 1, 2, 3),
    "Pacific/Nauru": (),
    "Pacific/Tarawa": (),
}
_COLD = frozenset(
    {
        "America/Anchorage",
        "America/Edmonton",
        "America/Fairbanks",
        "America/Iqaluit",
        "America/Regina",
        "America/Whitehorse",
        "America/Winnipeg",
        "America/Yellowknife",
        "Atlantic/Reykjavik",
        "Canada/Mountain",
        "Europe/Helsinki",
        "Europe/Moscow",
        "Europe/Oslo",
        "Europe/Riga",
        "Europe/Stockholm",
        "Europe/Tallinn",
        "Europe/Vilnius",
        "Europe/Minsk",
        "Asia/Novosibirsk",
        "Asia/Yakutsk",
        "Asia/Ulaanbaatar",
        "America/Nuuk",
        "Arctic/Longyearbyen",
        "Asia/Yekaterinburg",
        "Asia/Omsk",
        "Asia/Krasnoyarsk",
    }
)
_MILD = frozenset(
    {
        "Europe/London",
        "Europe/Dublin",
        "Europe/Belfast",
        "Europe/Jersey",
        "Europe/Guernsey",
        "Europe/Isle_of_Man",
        "Europe/Paris",
        "Europe/Brussels",
        "Europe/Amsterdam",
        "Europe/Lisbon",
        "Europe/Madrid",
        "Europe/Rome",
        "America/Vancouver",
        "America/Los_Angeles",
        "Pacific/Auckland",
        "Australia/Melbourne",
        "Australia/Hobart",
        "Australia/Adelaide",
        "Australia/Sydney",
        "Australia/Canberra",
        "America/Santiago",
        "America/Argentina/Buenos_Aires",
        "America/Montevideo",
        "Africa/Johannesburg",
        "Atlantic/Azores",
        "Atlantic/Madeira",
        "Atlantic/Faroe",
    }
)
_HOT = frozenset(
    {
        "America/Phoenix",
        "Australia/Perth",
        "Asia/Dubai",
        "Asia/Riyadh",
        "Asia/Kuwait",
        "Asia/Baghdad",
        "Asia/Qatar",
        "Asia/Bahrain",
        "Asia/Karachi",
        "Africa/Cairo",
        "Asia/Jerusalem",
        "Asia/Amman",
        "Asia/Muscat",
        "Australia/Brisbane",
        "Africa/Tripoli",
    }
)
_POLAR_WINTERS = 57
_DESERT = 30
_TROPIC = 23.44
# Months of the northern year in which the weather can be counted on; the south has them half
# a year later. Narrow on purpose: a zone is wide, and no reader minds a claim left out.
_WEATHER: dict[Climate, dict[Weather, frozenset[int]]] = {
    "cold": {
        "cold": frozenset({10, 11, 12, 1, 2, 3, 4}),
        "snow": frozenset({11, 12, 1, 2, 3}),
        "heat": frozenset(),
        "blossom": frozenset({5, 6}),
        "leaves": frozenset({9, 10}),
        "rain": frozenset(),
    },
    "temperate": {
        "cold": frozenset({12, 1, 2}),
        "snow": frozenset(),
        "heat": frozenset({7, 8}),
        "blossom": frozenset({4, 5}),
        "leaves": frozenset({10, 11}),
        "rain": frozenset(),
    },
    "mild": {
        "cold": frozenset({12, 1, 2}),
        "snow": frozenset(),
        "heat": frozenset(),
        "blossom": frozenset({4, 5}),
        "leaves": frozenset({10, 11}),
        "rain": frozenset({11, 12, 1, 2}),
    },
    "hot": {
        "cold": frozenset(),
        "snow": frozenset(),
        "heat": frozenset({6, 7, 8, 9}),
        "blossom": frozenset({3, 4}),
        "leaves": frozenset(),
        "rain": frozenset(),
    },
    "tropical": {
        "cold": frozenset(),
        "snow": frozenset(),
        "heat": frozenset(range(1, _MONTHS + 1)),
        "blossom": frozenset(),
        "leaves": frozenset(),
        "rain": frozenset(),
    },
}
_LATITUDE = re.compile(r"([+-]\d{2})(\d{2})\d{0,2}[+-]")


@lru_cache(maxsize=64)
def coordinates_of(zone: str) -> tuple[float, float] | None:
    """Return latitude and longitude of the zone's main city, None if it has none."""
    folder = files("tzdata").joinpath("zoneinfo")
    for name in ("zone1970.tab", "zone.tab"):
        for line in folder.joinpath(name).read_text("utf-8").splitlines():
            cells = line.split("\t")
            if len(cells) > 2 and cells[2] == zone and (point := _POINT.match(cells[1])):  # noqa: PLR2004  # countries, coordinates, zone
                north, degrees, minutes, east, long_degrees, long_minutes = point.groups()
                latitude = int(degrees) + int(minutes) / 60
                longitude = int(long_degrees) + int(long_minutes) / 60
                return (
                    -latitude if north == "-" else latitude,
                    -longitude if east == "-" else longitude,
                )
    return None


def wet_months_of(zone: str) -> tuple[int, ...]:
    """Return the rainy months of a place in the tropics, () if none stand out."""
    if zone in _RAINS:
        return _RAINS[zone]
    point = coordinates_of(zone)
    return _NORTHERN_RAINS if point is not None and point[0] > 0 else _SOUTHERN_RAINS


@lru_cache(maxsize=64)
def climate_of(zone: str, hemisphere: Hemisphere | None = None) -> Climate:
    """Return the climate of a zone: from the table, else by its latitude.

    `hemisphere` is the author's own word, which a place in the tropics goes by.
    """
    if (hemisphere or hemisphere_of_zone(zone)) == "tropics":
        return "tropical"
    for climate, zones in (("cold", _COLD), ("mild", _MILD), ("hot", _HOT)):
        if zone in zones:
            return climate  # type: ignore[return-value]  # mypy widens the tuple's first item
    point = coordinates_of(zone)
    latitude = abs(point[0]) if point is not None else _DESERT
    if latitude >= _POLAR_WINTERS:
        return "cold"
    return "temperate" if latitude >= _DESERT else "hot"


def weather_months(
    climate: Climate, weather: Weather, hemisphere: Hemisphere, wet_months: tuple[int, ...]
) -> frozenset[int]:
    """Return the months in which that weather can be counted on in that climate."""
    if climate == "tropical" and weather == "rain":
        return frozenset(wet_months)
    months = _WEATHER[climate][weather]
    if hemisphere == "south":
        return frozenset((month + 5) % _MONTHS + 1 for month in months)
    return months


def local_language(tag: str, zone: str) -> str:
    """Return a blog's language as it is spoken in its zone: English has a country's spelling.

    Other languages stay as the blog says; so does English where another language is spoken.
    """
    if tag.replace("_", "-").partition("-")[0].lower() != "en":
        return tag
    local = english_of(zone)
    return tag if local == "en" else local


def english_of(zone: str) -> str:
    """Return the English spoken at a zone's main city as a BCP 47 tag, "en" elsewhere."""
    country = next(iter(countries_of(zone)), "")
    return _ENGLISH.get(country, "en")


def local_zone() -> str:
    """Return the IANA time zone of this machine, UTC if it is unknown."""
    import tzlocal

    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (LookupError, ValueError):
        return "UTC"


def hemisphere_of_zone(zone: str) -> Hemisphere:
    """Return the hemisphere of the zone's main city by tzdata's tables, north if unknown."""
    coordinates = _coordinates(zone)
    return _of_latitude(coordinates) if coordinates else "north"


def _coordinates(zone: str) -> str:
    """Return the coordinates of the zone's main city, as tzdata writes them; "" if unknown."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text("utf-8")
    older = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in (*table.splitlines(), *older.splitlines()):
        cells = line.split("\t")
        if len(cells) > 2 and cells[2] == zone:  # noqa: PLR2004  # countries, coordinates, zone
            return cells[1]
    return ""


@lru_cache(maxsize=16)
def countries_of(zone: str) -> frozenset[str]:
    """Return the country of a time zone as lower-case letters (ISO 3166-1 alpha-2).

    tzdata's zone.tab names one country for each zone. Old names of a zone are resolved first.
    Empty for a zone without a country, such as UTC.
    """
    folder = files("tzdata").joinpath("zoneinfo")
    rows = [line.split("\t") for line in folder.joinpath("zone.tab").read_text("utf-8").split("\n")]
    countries = {cells[2]: cells[0].lower() for cells in rows if len(cells) > 2}  # noqa: PLR2004  # country, coordinates, zone
    if zone not in countries:
        links = (
            line.split() for line in folder.joinpath("tzdata.zi").read_text("utf-8").split("\n")
        )
        zone = next((new for kind, new, *old in filter(_is_link, links) if old == [zone]), zone)
    return frozenset({countries[zone]} if zone in countries else ())


def _is_link(cells: list[str]) -> bool:
    """Whether a line of tzdata.zi links an old name to a zone: L, zone, name."""
    return len(cells) == 3 and cells[0] == "L"  # noqa: PLR2004  # L, zone, name


def _of_latitude(coordinates: str) -> Hemisphere:
    match = _LATITUDE.match(coordinates)
    if match is None:
        return "north"
    degrees = abs(int(match[1])) + int(match[2]) / 60
    if degrees < _TROPIC:
        return "tropics"
    return "south" if match[1].startswith("-") else "north"
