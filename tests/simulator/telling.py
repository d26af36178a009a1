"""Many stories: in portions, by one process or several, counted as they come."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.simulator.book import Newsroom
from tests.simulator.bookkeeping import Room
from tests.simulator.model import ModelRoom
from tests.simulator.story import tell

ROOMS = ("database", "model")
# A few seconds' worth of either kind.
_PORTION = {"database": 100, "model": 2000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of stories, in numbers; `wrong` are (seed, its faults)."""

    stories: int = 0
    kills: int = 0
    turns: int = 0
    in_doubt: int = 0
    wrong: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def plus(self, other: Told) -> Told:
        """Both together."""
        return Told(
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


def told(stories: int, first: int, *, on: str, processes: int) -> Iterator[Told]:
    """Tells so many stories from this seed on; what came of each portion, as it ends."""
    end = first + stories
    portions = [
        (on, start, min(start + _PORTION[on], end)) for start in range(first, end, _PORTION[on])
    ]
    if processes == 1:
        with _room(on) as room:
            yield from (_portion(room, *seeds) for _, *seeds in portions)
        return
    # Each begins afresh: a database in memory does not bear a fork.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_alone, portions)


def _alone(portion: tuple[str, int, int]) -> Told:
    on, start, end = portion
    with _room(on) as room:
        return _portion(room, start, end)


@contextmanager
def _room(on: str) -> Iterator[Room]:
    if on == "model":
        yield ModelRoom()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Newsroom.open(Path(folder) / "newsletter")


def _portion(room: Room, start: int, end: int) -> Told:
    found = Told()
    for seed in range(start, end):
        one = tell(room, seed)
        found = found.plus(
            Told(
                stories=1,
                kills=one.kills,
                turns=one.turns,
                in_doubt=one.in_doubt,
                wrong=((seed, one.faults),) if one.faults else (),
            )
        )
    return found
