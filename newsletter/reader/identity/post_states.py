"""The state a post gets from what the feed says of it, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from newsletter.models import Post, PostState
from newsletter.reader.parsing.items import UNTITLED

OLD = timedelta(days=21)
FLOOD = 10

SEEN_BEFORE_START = "was on the blog before the newsletter began"
_EMPTY = "holds nothing: neither title nor text nor picture"
PROTECTED = "needs a password on the blog"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRules:
    """Categories as the settings name them. `include` empty means all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def state_by_content(post: Post, rules: CategoryRules) -> tuple[PostState, str]:
    """The state that the post's own form and categories ask for."""
    if post.protected:
        return "protected", PROTECTED
    if post.title == UNTITLED and not (post.html or post.excerpt or post.image):
        return "excluded", _EMPTY
    own = {category.casefold().strip(): category for category in post.categories}
    left_out = next(
        (own[key] for name in rules.exclude if (key := _category_key(name)) in own), None
    )
    if left_out is not None:
        return "excluded", f"is in the category {left_out}, which the settings leave out"
    if rules.include and not any(_category_key(name) in own for name in rules.include):
        return "excluded", f"is in none of the categories asked for: {', '.join(rules.include)}"
    return "waiting", ""


def apply_rules(
    rules: CategoryRules, posts: Sequence[Post], shown_at: datetime
) -> tuple[Post, ...]:
    """Those of a feed's known `posts` that changed rules let in or leave out.

    For a feed that is as it was: it shows what it showed at its last full reading,
    `shown_at`. A post that has scrolled off since is not let in again.
    """
    found = []
    for post in posts:
        if post.state not in ("waiting", "excluded"):
            continue
        state, reason = state_by_content(post, rules)
        if state != post.state and (state != "waiting" or post.last_seen == shown_at):
            found.append(replace(post, state=state, reason=reason))
    return tuple(found)


def _category_key(name: str) -> str:
    return name.casefold().strip()


def apply_first_read(posts: Sequence[Post], backfill: int) -> tuple[Post, ...]:
    """What the feed holds at the start counts as seen, but for the newest `backfill`."""
    eligible = [post for post in posts if post.state == "waiting"]
    dated = [post for post in eligible if post.published is not None]
    # A feed without dates is taken as newest first, as nearly all are.
    ranked = (
        sorted(dated, key=_timestamp, reverse=True) if len(dated) == len(eligible) else eligible
    )
    kept = {post.guid for post in ranked[: max(backfill, 0)]}
    return tuple(
        post
        if post.guid in kept
        else replace(post, state="seen_before_start", reason=SEEN_BEFORE_START)
        for post in posts
    )


def _timestamp(post: Post) -> float:
    return post.published.timestamp() if post.published is not None else 0.0


def apply_flood_brake(posts: Sequence[Post], now: datetime) -> tuple[Post, ...]:
    """Holds old posts when more than ten of them appear at once: likely an archive moved."""
    old = [post for post in posts if post.published is not None and now - post.published > OLD]
    if len(old) <= FLOOD:
        return tuple(posts)
    reason = f"{len(old)} posts older than three weeks appeared at once: are they new?"
    held = {post.guid for post in old if post.state == "waiting"}
    return tuple(
        replace(post, state="held", reason=reason) if post.guid in held else post for post in posts
    )


_WITHDRAWN = "was taken off the blog: it left the feed while older posts stayed"
_WITHDRAWABLE: frozenset[PostState] = frozenset({"waiting", "settling", "held"})


def withdraw_missing(departed: Sequence[Post], seen: Sequence[Post]) -> tuple[Post, ...]:
    """Posts that left the feed though it reaches back beyond them."""
    start = _oldest_listed_date(seen)
    return tuple(
        replace(post, state="withdrawn", reason=_WITHDRAWN)
        for post in departed
        if post.state in _WITHDRAWABLE
        and start is not None
        and post.published is not None
        and post.published > start
    )


def _oldest_listed_date(seen: Sequence[Post]) -> datetime | None:
    """The date of the feed's last post, newest first; None without dates.

    Not the oldest date: a pinned post, or one edited in a feed ordered by its edits,
    stands among newer ones and says nothing of how far the feed goes back.
    """
    dates = [post.published for post in seen if post.published is not None]
    if not dates:
        return None
    ascending = all(one <= two for one, two in pairwise(dates))
    return dates[0] if ascending else dates[-1]
