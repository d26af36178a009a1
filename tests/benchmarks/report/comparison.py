"""What a benchmark compares, and what it measured: frozen values and pure functions over them.

Everything is a cost, in a unit of which less is better. A ratio is our cost through that of the
peer, pair by pair of interleaved rounds, so that a machine that slows down slows both.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Clock = Literal["processor", "wall", "memory"]
_TEN, _HUNDRED = 10, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A work of ours, what it is measured against, and what is asked of the ratio."""

    #: The benchmark and a word, "starting.version". No two comparisons share one.
    key: str
    what: str
    against: str
    unit: str
    #: The ratio that is reached if the measured one is no larger.
    floor: float
    #: Processor time counts where another process on the machine would distort wall-clock time.
    clock: Clock
    #: Where the cost goes, by a profile; the report shows it if the floor is not reached.
    explanation: str
    #: Whether `against` is a fixed limit, not a program that runs in turn with ours.
    is_limit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The costs of both sides, one for each round; a limit has one cost for all."""

    comparison: Comparison
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    #: What the costs do not say: sizes, memory, rates.
    remark: str = ""
    #: The processes that wanted a core at once, on average over the last minute of measuring.
    load: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Five figures of a series."""

    least: float
    lower: float
    median: float
    upper: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Return the extremes, quartiles and median of `values`, of which there is at least one.

    A quartile lies between two values as in `statistics.quantiles` (method "inclusive").
    """
    ordered = sorted(values)
    if len(ordered) == 1:
        ordered *= 2
    lower, median, upper = statistics.quantiles(ordered, n=4, method="inclusive")
    return Spread(ordered[0], lower, median, upper, ordered[-1])


def ratios(measurement: Measurement) -> tuple[float, ...]:
    """Return our cost through theirs for each round.

    Sides with unequal numbers of rounds were not measured in pairs: their medians are compared.
    """
    ours, theirs = measurement.ours, measurement.theirs
    if len(theirs) == 1:
        return tuple(cost / theirs[0] for cost in ours)
    if len(ours) == len(theirs):
        return tuple(one / other for one, other in zip(ours, theirs, strict=True))
    return (statistics.median(ours) / statistics.median(theirs),)


def is_reached(measurement: Measurement) -> bool:
    """Whether the median ratio is at most the floor."""
    return spread(ratios(measurement)).median <= measurement.comparison.floor


def ratio_in_words(comparison: Comparison, ratio: float) -> str:
    """Return "1.06", or "9.5 × faster" where less than the peer's cost is asked.

    Of memory nothing is faster: it stays a ratio.
    """
    if comparison.floor < 1 and not comparison.is_limit and comparison.clock != "memory":
        return f"{_digits(1 / ratio)} × faster"
    return _digits(ratio)


def floor_in_words(comparison: Comparison) -> str:
    """Return the floor as `ratio_in_words` has ratios: "at most 1.5", "at least 10 × faster"."""
    number, *words = ratio_in_words(comparison, comparison.floor).split(" ", 1)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return " ".join(("at least" if words else "at most", number, *words))


def cost_in_words(cost: float, unit: str) -> str:
    """Return a cost with about three significant digits: "0.0421 ms", "1,230 s"."""
    return f"{_digits(cost)} {unit}"


def _digits(number: float) -> str:
    if number >= _HUNDRED:
        return f"{number:,.0f}"
    if number >= 1:
        return f"{number:.1f}" if number >= _TEN else f"{number:.2f}"
    return f"{number:.3g}"
