"""`python -m tests.attacks [SIZE]`: run every attack, print its figures and faults.

SIZE is the share of the full number; 1, the default, is 10,000 of most. The exit code is 1 if an
attack found a fault.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.attacks import slow_clients
from tests.attacks.feeds import attack_feeds
from tests.attacks.floods import attack_sign_ups
from tests.attacks.outcome import Outcome
from tests.attacks.requests import attack_requests
from tests.attacks.tables import attack_addresses, attack_sanitiser, attack_tokens

_MOST_FAULTS_SHOWN = 10


def main(words: list[str]) -> int:
    """Run the attacks and return the exit code."""
    options = _parse_arguments(words)
    # What a flooded server, and one whose clients hang up, would log.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    attacks: dict[str, tuple[Callable[[int], Outcome], int]] = {
        "sanitiser": (attack_sanitiser, 10_000),
        "addresses": (attack_addresses, 20_000),
        "tokens": (attack_tokens, 5_000),
        "requests": (attack_requests, 10_000),
        "sign-ups": (attack_sign_ups, 10_000),
        "slow clients": (_attack_by_waiting, slow_clients.CONNECTIONS),
        "feeds": (partial(attack_feeds, corpus=options.corpus), 10_000),
    }
    broken = [
        name
        for name, (attack, number) in attacks.items()
        if not options.only or name == options.only
        if not _is_held(name, attack, max(2, int(number * options.size)))
    ]
    print("held: " + ("all" if not broken else f"all but {', '.join(broken)}"))
    return 1 if broken else 0


def _attack_by_waiting(connections: int) -> Outcome:
    held = slow_clients.main(connections)
    return Outcome(
        figures=f"{connections} connections trickled, as above",
        faults=() if held else ("a reader waited too long or got no answer",),
    )


def _is_held(name: str, attack: Callable[[int], Outcome], number: int) -> bool:
    """Run one attack and print what it found."""
    begun = time.monotonic()
    outcome = attack(number)
    print(f"{name}: {outcome.figures}; {time.monotonic() - begun:.0f} s", flush=True)
    for fault in outcome.faults[:_MOST_FAULTS_SHOWN]:
        print(f"  FAULT {fault}", flush=True)
    if len(outcome.faults) > _MOST_FAULTS_SHOWN:
        print(f"  and {len(outcome.faults) - _MOST_FAULTS_SHOWN} more", flush=True)
    return not outcome.faults


def _parse_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks")
    parser.add_argument("size", nargs="?", type=float, default=1.0, help="1 is 10,000 of most")
    parser.add_argument("--only", default="", help="the name of one attack")
    parser.add_argument("--corpus", type=Path, help="a folder of feeds to change")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
