"""Posts taken off the blog: gone from the feed, yet not scrolled off its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from newsletter.models import Post, PostState

_REASON = "was taken off the blog: it left the feed while older posts stayed"
_WITHDRAWABLE: frozenset[PostState] = frozenset({"waiting", "settling", "held"})


def withdrawn_from(departed: Sequence[Post], seen: Sequence[Post]) -> tuple[Post, ...]:
    """Posts that left the feed though it reaches back beyond them."""
    start = _reaches_back_to(seen)
    return tuple(
        replace(post, state="withdrawn", reason=_REASON)
        for post in departed
        if post.state in _WITHDRAWABLE
        and start is not None
        and post.published is not None
        and post.published > start
    )


def _reaches_back_to(seen: Sequence[Post]) -> datetime | None:
    """The date of the feed's last post, newest first; None without dates.

    Not the oldest date: a pinned post, or one edited in a feed ordered by its edits,
    stands among newer ones and says nothing of how far the feed goes back.
    """
    dates = [post.published for post in seen if post.published is not None]
    if not dates:
        return None
    ascending = all(one <= two for one, two in pairwise(dates))
    return dates[0] if ascending else dates[-1]
