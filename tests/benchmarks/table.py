"""The result of a benchmark: a ratio, its aim, and the figures behind it."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. The aim is met if `ratio` is at most `aim`; None means no aim."""

    what: str
    ratio: float
    aim: float | None
    figures: str


def medians(
    works: Mapping[str, Callable[[], object]], *, rounds: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Return the median seconds of each function, run in turn, so that a slow machine slows all.

    `clock` may measure processor time, which excludes other processes: on a busy machine they
    interrupt a long function more often than a short one.
    """
    times = _time(works, rounds, clock)
    return {name: statistics.median(found) for name, found in times.items()}


def least(
    works: Mapping[str, Callable[[], object]], *, rounds: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Return the least seconds of each function, run in turn: what a quiet machine needs."""
    return {name: min(found) for name, found in _time(works, rounds, clock).items()}


def _time(
    works: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            start = clock()
            work()
            times[name].append(clock() - start)
    return times


def print_head() -> None:
    """Print the column titles."""
    _print("", "ratio", "aim", "", "figures")


def print_rows(rows: Iterable[Row]) -> None:
    """Print rows as they come: some take a minute."""
    for row in rows:
        if row.aim is None:
            _print(row.what, f"{row.ratio:.2f}", "", "", row.figures)
            continue
        met = "met" if row.ratio <= row.aim else "MISSED"
        _print(row.what, f"{row.ratio:.2f}", f"{row.aim:.2f}", met, row.figures)


def _print(what: str, ratio: str, aim: str, met: str, figures: str) -> None:
    print(f"{what:<56} {ratio:>6} {aim:>6} {met:<7} {figures}")
    sys.stdout.flush()
