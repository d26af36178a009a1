"""Run many stories in portions, by one process or several, and add up their results."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.simulator.backend import BackendFactory
from tests.simulator.database import DatabaseFactory
from tests.simulator.model import ModelFactory
from tests.simulator.story import run_story

BACKENDS = ("database", "model")
# A few seconds of work with either backend.
_PORTION = {"database": 100, "model": 2000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The results of stories in numbers; `wrong` holds pairs of a seed and its faults."""

    stories: int = 0
    kills: int = 0
    turns: int = 0
    in_doubt: int = 0
    wrong: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def add(self, other: Totals) -> Totals:
        """Return the sum of both."""
        return Totals(
            stories=self.stories + other.stories,
            kills=self.kills + other.kills,
            turns=self.turns + other.turns,
            in_doubt=self.in_doubt + other.in_doubt,
            wrong=self.wrong + other.wrong,
        )

    def __str__(self) -> str:
        return (
            f"{self.stories - len(self.wrong):,} well, {len(self.wrong):,} wrong, "
            f"{self.kills:,} kills, {self.in_doubt:,} deliveries left in doubt, "
            f"{self.turns:,} turns"
        )


def run_stories(stories: int, first: int, *, on: str, processes: int) -> Iterator[Totals]:
    """Run stories of consecutive seeds and yield the totals of each portion as it ends."""
    end = first + stories
    portions = [
        (on, start, min(start + _PORTION[on], end)) for start in range(first, end, _PORTION[on])
    ]
    if processes == 1:
        with _open_factory(on) as factory:
            yield from (_run_portion(factory, *seeds) for _, *seeds in portions)
        return
    # Each process opens its own database, because an in-memory one cannot be shared by fork.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_run_portion_alone, portions)


def _run_portion_alone(portion: tuple[str, int, int]) -> Totals:
    on, start, end = portion
    with _open_factory(on) as factory:
        return _run_portion(factory, start, end)


@contextmanager
def _open_factory(on: str) -> Iterator[BackendFactory]:
    if on == "model":
        yield ModelFactory()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield DatabaseFactory.open(Path(folder) / "newsletter")


def _run_portion(factory: BackendFactory, start: int, end: int) -> Totals:
    totals = Totals()
    for seed in range(start, end):
        story = run_story(factory, seed)
        totals = totals.add(
            Totals(
                stories=1,
                kills=story.kills,
                turns=story.turns,
                in_doubt=story.in_doubt,
                wrong=((seed, story.faults),) if story.faults else (),
            )
        )
    return totals
