"""How much of an issue's posts a message shows, so that it fits into the inbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What is taken off a message: nothing, as it stands.

    `brief` are the places of posts whose full text becomes an excerpt; `excerpt` is the
    longest excerpt in characters and `cards` how many posts have one, the others standing
    as titles in a list (None: no limit).
    """

    brief: frozenset[int] = frozenset()
    excerpt: int | None = None
    cards: int | None = None


UNCUT = Cut()
