"""`python -m tests.simulator [STORIES] [FIRST SEED]`: as many stories as wanted.

Ends with 1 at the first stories that go wrong, with their seeds: the same seed tells the
same story again.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.simulator.book import Newsroom
from tests.simulator.story import Story, tell


def main(count: int, first: int) -> int:
    """Tells the stories and prints what came of them; the exit code."""
    begun = time.monotonic()
    told: list[Story] = []
    with tempfile.TemporaryDirectory() as folder:
        room = Newsroom.open(Path(folder) / "newsletter")
        for seed in range(first, first + count):
            told.append(tell(room, seed))
            if told[-1].faults:
                print(f"seed {seed}: {'; '.join(told[-1].faults)}")
    wrong = sum(bool(story.faults) for story in told)
    print(
        f"seeds {first} to {first + count - 1}: {count - wrong} well, {wrong} wrong, "
        f"{sum(story.kills for story in told)} kills, "
        f"{sum(story.in_doubt for story in told)} deliveries left in doubt, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(words[0] if words else 1000, words[1] if len(words) > 1 else 0))
