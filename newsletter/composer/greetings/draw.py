"""Draw parts at random, reproducibly: the same seed always draws the same part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from math import log

from newsletter.composer.greetings.book import Intro

#: Each earlier use divides the weight by this.
_REUSE_PENALTY = 8.0
_MOST_USES = 40


def rank_parts(
    parts: list[Intro],
    seed: str,
    uses: Mapping[str, int],
    factor: Callable[[Intro], float],
) -> list[Intro]:
    """Return the parts in the order in which they are drawn, each by its weight.

    Weighted random sampling after Efraimidis and Spirakis (2006). Each earlier use divides
    the weight, beyond the part's rest, so that most parts are used once before any is used
    twice. `factor` multiplies it.
    """
    return sorted(
        parts,
        key=lambda part: (
            _exponential(part.id, seed)
            * _REUSE_PENALTY ** min(uses.get(part.id, 0), _MOST_USES)
            / (part.weight * factor(part))
        ),
    )


def lot(seed: str, size: int) -> int:
    """Return a number from 0 to `size` - 1, determined by `seed`."""
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:8], "big") % size


def _exponential(name: str, seed: str) -> float:
    """Return an exponentially distributed number above 0, determined by `name` and `seed`."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))
