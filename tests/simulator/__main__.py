"""`python -m tests.simulator [STORIES] [FIRST SEED]`: run as many stories as wanted.

Stories run on the real ledger in a database, or with `--on model` on a model of it in plain Python,
twenty times as fast. The exit code is 1 if a story went wrong, and its seed is printed: the same
seed replays the same story on either ledger.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulator.run_stories import BACKENDS, Totals, run_stories

_REPORT_INTERVAL = 20.0


def main(words: list[str]) -> int:
    """Run the stories, print the results and return the exit code."""
    options = _parse_arguments(words)
    started = reported = time.monotonic()
    last = options.first + options.stories - 1
    print(f"seeds {options.first} to {last}, on the {options.on}", flush=True)
    total = Totals()
    for portion in run_stories(
        options.stories, options.first, on=options.on, processes=options.processes
    ):
        total = total.add(portion)
        for seed, faults in portion.wrong:
            print(f"seed {seed}: {'; '.join(faults)}", flush=True)
        if time.monotonic() - reported > _REPORT_INTERVAL:
            reported = time.monotonic()
            print(f"{total.stories:,} of {options.stories:,}: {total}", flush=True)
    seconds = time.monotonic() - started
    print(f"seeds {options.first} to {last}, on the {options.on}: {total}, {seconds:.0f} s")
    if total.wrong:
        print("wrong seeds:", *sorted(seed for seed, _ in total.wrong))
    return 1 if total.wrong else 0


def _parse_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator")
    parser.add_argument("stories", type=_positive, nargs="?", default=1000)
    parser.add_argument("first", type=int, nargs="?", default=0, help="the first seed")
    parser.add_argument(
        "--on", choices=BACKENDS, default=BACKENDS[0], help="which ledger to run on"
    )
    parser.add_argument("--processes", type=_positive, default=1)
    return parser.parse_args(words)


def _positive(word: str) -> int:
    if not word.isdecimal() or int(word) == 0:
        raise argparse.ArgumentTypeError(f"{word} is no number above zero")
    return int(word)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
