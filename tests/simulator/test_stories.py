"""Stories of the deterministic simulator: nobody gets an issue twice, and nobody is lost
in silence. `make simulate` tells as many as wanted.
"""

from __future__ import annotations

from pathlib import Path

from tests.simulator.book import Newsroom
from tests.simulator.story import tell

STORIES = 100


def test_whatever_happens_the_ledger_says_what_the_provider_did(tmp_path: Path) -> None:
    room = Newsroom.open(tmp_path / "newsletter")
    told = [tell(room, seed) for seed in range(STORIES)]
    print(f"seeds 0 to {STORIES - 1}: {sum(story.kills for story in told)} kills")
    assert [story for story in told if story.faults] == []
    assert any(story.kills for story in told)
    assert any(story.in_doubt for story in told)


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    room = Newsroom.open(tmp_path / "newsletter")
    assert [tell(room, seed) for seed in range(5)] == [tell(room, seed) for seed in range(5)]
