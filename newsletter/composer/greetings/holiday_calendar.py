"""The public holidays of a country, by their English names."""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=256)
def holiday_dates(name: str, country: str, year: int) -> tuple[date, ...]:
    """Return the days of `year` that a country keeps under that name, the first of each run.

    A day off in place of a holiday that falls on a weekend has another name and is left out.
    Empty for a country whose holidays are unknown.
    """
    days = sorted(day for day, names in _calendar(country, year) if name in names)
    return tuple(day for n, day in enumerate(days) if n == 0 or (day - days[n - 1]).days > 1)


@lru_cache(maxsize=64)
def _calendar(country: str, year: int) -> tuple[tuple[date, tuple[str, ...]], ...]:
    try:
        # Beyond the years that the package knows, a holiday is simply not there.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            calendar = holidays.country_holidays(country.upper(), years=year, language="en_US")
    except NotImplementedError:
        return ()
    return tuple(
        (day, tuple(part.strip().removesuffix(" (estimated)") for part in names.split(";")))
        for day, names in calendar.items()
    )
