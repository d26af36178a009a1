"""The benchmarks by name, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks import (
    archive,
    composing,
    delivering,
    desk_lists,
    editing,
    greetings,
    importing,
    message,
    reading,
    sending,
    sharing,
    starting,
    unsubscribing,
)
from tests.benchmarks.report.comparison import Comparison, Measurement


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a module of benchmarks compares, and the function that measures it."""

    comparisons: tuple[Comparison, ...]
    measure: Callable[[], Iterator[Measurement]]


BENCHMARKS = {
    module.__name__.rpartition(".")[2]: Benchmark(module.COMPARISONS, module.measure)
    for module in (
        starting,
        composing,
        message,
        greetings,
        reading,
        sending,
        sharing,
        importing,
        delivering,
        archive,
        unsubscribing,
        editing,
        desk_lists,
    )
}
COMPARISONS = tuple(
    comparison for benchmark in BENCHMARKS.values() for comparison in benchmark.comparisons
)


def choose_benchmarks(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names in the order of the report, all without words; None for an unknown word."""
    if not set(words) <= BENCHMARKS.keys():
        return None
    return tuple(name for name in BENCHMARKS if name in words or not words)
