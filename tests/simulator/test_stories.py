"""Stories of the deterministic simulator: nobody gets an issue twice, and nobody is lost
in silence. `make simulate` tells as many as wanted; the summary says which were told here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator.book import Newsroom
from tests.simulator.model import ModelRoom
from tests.simulator.story import tell

# Two minutes of one processor and more, as coverage slows them; in portions, for several.
STORIES = 200
PORTIONS = 8


@pytest.mark.parametrize("first", range(0, STORIES * PORTIONS, STORIES))
def test_whatever_happens_the_ledger_says_what_the_provider_did(
    tmp_path: Path, first: int, record_property: Callable[[str, object], None]
) -> None:
    room = Newsroom.open(tmp_path / "newsletter")
    told = [tell(room, seed) for seed in range(first, first + STORIES)]
    kills, in_doubt = sum(one.kills for one in told), sum(one.in_doubt for one in told)
    record_property(
        "stories",
        f"seeds {first} to {first + STORIES - 1}: {kills} kills, {in_doubt} left in doubt",
    )
    assert [story for story in told if story.faults] == []
    # Turn by turn, and each delivery: what the model says of other seeds is worth as much.
    assert [tell(ModelRoom(), story.seed) for story in told] == told
    assert kills
    assert in_doubt


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    room = Newsroom.open(tmp_path / "newsletter")
    assert [tell(room, seed) for seed in range(5)] == [tell(room, seed) for seed in range(5)]
