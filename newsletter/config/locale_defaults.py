"""Where the author runs, as far as the time zone tells: a default to correct, no more."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from newsletter.models import Hemisphere

_TROPIC = 23.44  # degrees: the tropics' latitude
_LATITUDE = re.compile(r"([+-]\d{2})(\d{2})\d{0,2}[+-]")


def local_zone() -> str:
    """The machine's IANA time zone, UTC where it does not tell."""
    import tzlocal

    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (LookupError, ValueError):
        return "UTC"


def hemisphere_of_zone(zone: str) -> Hemisphere:
    """The hemisphere of the zone's main city by tzdata's table; north where unknown."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text("utf-8")
    older = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in (*table.splitlines(), *older.splitlines()):
        cells = line.split("\t")
        if len(cells) > 2 and cells[2] == zone:  # noqa: PLR2004  # countries, coordinates, zone
            return _of_latitude(cells[1])
    return "north"


@lru_cache(maxsize=16)
def countries_of(zone: str) -> frozenset[str]:
    """The country a time zone is for, by its two letters (ISO 3166-1, small).

    By tzdata's zone.tab, which gives each zone one country; older names of a zone stand
    for the present one. Empty where it is nobody's, such as UTC.
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
    """Whether a line of tzdata.zi gives a zone another name: L, the zone, the name."""
    return len(cells) == 3 and cells[0] == "L"  # noqa: PLR2004  # as just said


def _of_latitude(coordinates: str) -> Hemisphere:
    found = _LATITUDE.match(coordinates)
    if found is None:
        return "north"
    degrees = abs(int(found[1])) + int(found[2]) / 60
    if degrees < _TROPIC:
        return "tropics"
    return "south" if found[1].startswith("-") else "north"
