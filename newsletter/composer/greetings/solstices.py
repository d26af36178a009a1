"""Compute solstices and equinoxes to about a minute, for the years 1000 to 3000.

After J. Meeus, Astronomical Algorithms, 2nd edition, chapter 27.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import cos, radians

SOLAR_EVENTS = ("march equinox", "june solstice", "september equinox", "december solstice")

# Meeus, table 27.B: the mean time as a Julian day, a polynomial in millennia from 2000.
_MEAN = (
    (2451623.80984, 365242.37404, 0.05169, -0.00411, -0.00057),
    (2451716.56767, 365241.62603, 0.00325, 0.00888, -0.00030),
    (2451810.21715, 365242.01767, -0.11575, 0.00337, 0.00078),
    (2451900.05952, 365242.74049, -0.06223, -0.00823, 0.00032),
)
# Meeus, table 27.C: amplitude, phase in degrees, degrees per century.
_PERIODIC_TERMS = (
    (485, 324.96, 1934.136),
    (203, 337.23, 32964.467),
    (199, 342.08, 20.186),
    (182, 27.85, 445267.112),
    (156, 73.14, 45036.886),
    (136, 171.52, 22518.443),
    (77, 222.54, 65928.934),
    (74, 296.72, 3034.906),
    (70, 243.58, 9037.513),
    (58, 119.81, 33718.147),
    (52, 297.17, 150.678),
    (50, 21.02, 2281.226),
    (45, 247.54, 29929.562),
    (44, 325.15, 31555.956),
    (29, 60.93, 4443.417),
    (18, 155.12, 67555.328),
    (17, 288.79, 4562.452),
    (16, 198.04, 62894.029),
    (14, 199.76, 31436.921),
    (12, 95.39, 14577.848),
    (12, 287.11, 31931.756),
    (12, 320.81, 34777.259),
    (9, 227.73, 1222.114),
    (8, 15.45, 16859.074),
)
_J2000 = 2451545.0
_CENTURY = 36525.0
# Terrestrial Time minus UTC, about, in this century.
_DELTA_T = timedelta(seconds=70)


@lru_cache(maxsize=256)
def solar_event(event: str, year: int) -> datetime:
    """Return the time in UTC of one of `SOLAR_EVENTS` in `year`.

    Raise ValueError for any other name.
    """
    millennia = (year - 2000) / 1000
    terms = _MEAN[SOLAR_EVENTS.index(event)]
    mean = sum(factor * millennia**power for power, factor in enumerate(terms))
    century = (mean - _J2000) / _CENTURY
    angle = radians(35999.373 * century - 2.47)
    stretch = 1 + 0.0334 * cos(angle) + 0.0007 * cos(2 * angle)
    periodic = sum(
        amplitude * cos(radians(phase + speed * century))
        for amplitude, phase, speed in _PERIODIC_TERMS
    )
    julian = mean + 0.00001 * periodic / stretch
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=julian - _J2000) - _DELTA_T
