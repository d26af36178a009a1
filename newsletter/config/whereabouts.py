"""Where the author runs, as far as the time zone tells: a default to correct, no more."""

from __future__ import annotations

import re
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


def hemisphere_of(zone: str) -> Hemisphere:
    """The hemisphere of the zone's main city by tzdata's table; north where unknown."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text("utf-8")
    older = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in (*table.splitlines(), *older.splitlines()):
        cells = line.split("\t")
        if len(cells) > 2 and cells[2] == zone:  # noqa: PLR2004  # countries, coordinates, zone
            return _of_latitude(cells[1])
    return "north"


def _of_latitude(coordinates: str) -> Hemisphere:
    found = _LATITUDE.match(coordinates)
    if found is None:
        return "north"
    degrees = abs(int(found[1])) + int(found[2]) / 60
    if degrees < _TROPIC:
        return "tropics"
    return "south" if found[1].startswith("-") else "north"
