"""`python -m tests.simulator [STORIES] [FIRST SEED]`: as many stories as wanted.

Told on the real ledger in a database, or with `--on model` on its model in plain Python,
twenty times as fast. Ends with 1 where stories went wrong, with their seeds: the same seed
tells the same story again, on either.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulator.telling import ROOMS, Told, told

_SPEAKS_EVERY = 20.0


def main(words: list[str]) -> int:
    """Tells the stories and prints what came of them; the exit code."""
    wish = _wish(words)
    begun = spoke = time.monotonic()
    last = wish.first + wish.stories - 1
    print(f"seeds {wish.first} to {last}, on the {wish.on}", flush=True)
    total = Told()
    for portion in told(wish.stories, wish.first, on=wish.on, processes=wish.processes):
        total = total.plus(portion)
        for seed, faults in portion.wrong:
            print(f"seed {seed}: {'; '.join(faults)}", flush=True)
        if time.monotonic() - spoke > _SPEAKS_EVERY:
            spoke = time.monotonic()
            print(f"{total.stories:,} of {wish.stories:,}: {total}", flush=True)
    seconds = time.monotonic() - begun
    print(f"seeds {wish.first} to {last}, on the {wish.on}: {total}, {seconds:.0f} s")
    if total.wrong:
        print("wrong seeds:", *sorted(seed for seed, _ in total.wrong))
    return 1 if total.wrong else 0


def _wish(words: list[str]) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m tests.simulator")
    asked.add_argument("stories", type=_above_zero, nargs="?", default=1000)
    asked.add_argument("first", type=int, nargs="?", default=0, help="the first seed")
    asked.add_argument("--on", choices=ROOMS, default=ROOMS[0], help="who keeps the books")
    asked.add_argument("--processes", type=_above_zero, default=1)
    return asked.parse_args(words)


def _above_zero(word: str) -> int:
    if not word.isdecimal() or int(word) == 0:
        raise argparse.ArgumentTypeError(f"{word} is no number above zero")
    return int(word)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
