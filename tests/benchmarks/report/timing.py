"""Clocks, and works that are timed in turn."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping

from tests.benchmarks.report.comparison import Comparison, Measurement

Work = Callable[[], object]


def interleave(
    works: Mapping[str, Work], *, rounds: int, clock: Callable[[], float]
) -> dict[str, tuple[float, ...]]:
    """Return the seconds of each work for each round, after one round that does not count.

    The works take turns, so that a machine that slows down slows all of them. `clock` may
    measure processor time, which excludes other processes.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            start = clock()
            work()
            times[name].append(clock() - start)
    return {name: tuple(costs) for name, costs in times.items()}


def compare(
    comparison: Comparison,
    ours: Work,
    theirs: Work,
    *,
    rounds: int,
    clock: Callable[[], float],
    scale: float = 1.0,
) -> Measurement:
    """Measure two works in turn; `scale` makes the comparison's unit of a second."""
    seconds = interleave({"ours": ours, "theirs": theirs}, rounds=rounds, clock=clock)
    return Measurement(
        comparison=comparison,
        ours=in_unit(seconds["ours"], scale),
        theirs=in_unit(seconds["theirs"], scale),
    )


def in_unit(costs: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Return costs in another unit, 1e3 for milliseconds."""
    return tuple(cost * factor for cost in costs)


def wall_time(work: Work) -> float:
    """Return the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def time_of_children() -> float:
    """Return the processor seconds of all ended children so far, user and system."""
    return _processor_time(resource.RUSAGE_CHILDREN)


def time_of_all() -> float:
    """Return the processor seconds of this process and its ended children."""
    return _processor_time(resource.RUSAGE_SELF) + time_of_children()


def _processor_time(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
