"""Tell a reader's hemisphere from what another program knows of where they are."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files

_TROPIC = 23.44  # latitude of the tropics in degrees
_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})\d{0,2}[+-]")


def hemisphere_of_place(latitude: str, zone: str, country: str) -> str:
    """Return the hemisphere of a place, by the first of the three that says something.

    `zone` is an IANA time zone and `country` two letters (ISO 3166-1). Return "", the author's
    own hemisphere, if none of them is known.
    """
    return _of_degrees(latitude) or _of_zone(zone.strip()) or _of_country(country.strip())


def _of_degrees(text: str) -> str:
    try:
        degrees = float(text)
    except ValueError:
        return ""
    # A place without coordinates is often written as 0.
    if not -90 <= degrees <= 90 or degrees == 0:  # noqa: PLR2004  # the poles
        return ""
    return _of_latitude(degrees)


def _of_latitude(degrees: float) -> str:
    if abs(degrees) < _TROPIC:
        return "tropics"
    return "south" if degrees < 0 else "north"


def _of_zone(zone: str) -> str:
    return _zones().get(zone.casefold(), "") if zone else ""


def _of_country(country: str) -> str:
    return _countries().get(country.upper(), "") if country else ""


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {zone.casefold(): hemisphere for _, zone, hemisphere in _table()}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Return the hemisphere of each country: the one of most of its time zones."""
    places: dict[str, Counter[str]] = {}
    for country, _, hemisphere in _table():
        places.setdefault(country, Counter())[hemisphere] += 1
    return {country: counts.most_common(1)[0][0] for country, counts in places.items()}


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, str], ...]:
    """Return country, zone and hemisphere of every line of tzdata's zone.tab."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        (row[0], row[2], _of_latitude(float(f"{match[1]}{int(match[2]) + int(match[3]) / 60}")))
        for row in rows
        if len(row) > 2 and (match := _COORDINATES.match(row[1]))  # noqa: PLR2004  # country, coordinates, zone
    )
