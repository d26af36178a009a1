"""Stories of the deterministic simulator: no reader gets an issue twice or is lost silently.

`make simulate` runs as many as wanted. The test summary prints the seeds that were run here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator.database import DatabaseFactory
from tests.simulator.model import ModelFactory
from tests.simulator.story import run_story

# Over two minutes of processor time under coverage, split into portions for several workers.
STORIES = 200
PORTIONS = 8


@pytest.mark.parametrize("first", range(0, STORIES * PORTIONS, STORIES))
def test_whatever_happens_the_ledger_agrees_with_the_provider(
    tmp_path: Path, first: int, record_property: Callable[[str, object], None]
) -> None:
    factory = DatabaseFactory.open(tmp_path / "newsletter")
    stories = [run_story(factory, seed) for seed in range(first, first + STORIES)]
    kills, in_doubt = (
        sum(story.kills for story in stories),
        sum(story.in_doubt for story in stories),
    )
    record_property(
        "stories",
        f"seeds {first} to {first + STORIES - 1}: {kills} kills, {in_doubt} left in doubt",
    )
    assert [story for story in stories if story.faults] == []
    # The model must agree turn by turn, so that its results for other seeds count as well.
    assert [run_story(ModelFactory(), story.seed) for story in stories] == stories
    assert kills
    assert in_doubt


def test_the_same_seed_gives_the_same_story(tmp_path: Path) -> None:
    factory = DatabaseFactory.open(tmp_path / "newsletter")
    assert [run_story(factory, seed) for seed in range(5)] == [
        run_story(factory, seed) for seed in range(5)
    ]
