"""Guess defaults from the author's time zone: hemisphere and country."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from newsletter.models import Hemisphere

_TROPIC = 23.44  # latitude of the tropics in degrees
_LATITUDE = re.compile(r"([+-]\d{2})(\d{2})\d{0,2}[+-]")


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
