"""The state of a post, and the reason in words: by its content, at first sight, withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from newsletter.models import Post, PostState
from newsletter.reader.parsing.items import UNTITLED

#: The flood brake holds posts older than this ...
OLD = timedelta(days=21)
#: ... if more than this many of them appear at once.
FLOOD = 10

SEEN_BEFORE_START = "was on the blog before the newsletter began"
_OLDER_THAN_START = "came late, but is from before the newsletter began"
_UNDATED = "has no date, and may be from before the newsletter began: is it new?"
PROTECTED = "needs a password on the blog"
_EMPTY = "holds nothing: neither title nor text nor picture"
_WITHDRAWN = "was taken off the blog: it left the feed while older posts stayed"
_WITHDRAWABLE: frozenset[PostState] = frozenset({"waiting", "settling", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRules:
    """The categories that the settings include and exclude. Empty `include` means all."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStart:
    """The first reading of a feed."""

    at: datetime
    #: The beginning of that day where the author lives.
    day: datetime
    #: The date at the old end of the feed then, None if it held no dated post.
    oldest: datetime | None = None


def state_by_content(post: Post, rules: CategoryRules) -> tuple[PostState, str]:
    """Return the state that follows from the post's content and categories, and the reason."""
    if post.protected:
        return "protected", PROTECTED
    if post.title == UNTITLED and not (post.html or post.excerpt or post.image):
        return "excluded", _EMPTY
    categories = {_category_key(category): category for category in post.categories}
    excluded = next(
        (categories[key] for name in rules.exclude if (key := _category_key(name)) in categories),
        None,
    )
    if excluded is not None:
        return "excluded", f"is in the category {excluded}, which the settings leave out"
    if rules.include and not any(_category_key(name) in categories for name in rules.include):
        return "excluded", f"is in none of the categories asked for: {', '.join(rules.include)}"
    return "waiting", ""


def apply_rules(
    rules: CategoryRules, posts: Sequence[Post], last_seen: datetime
) -> tuple[Post, ...]:
    """Return those posts of an unchanged feed whose state changed rules would change.

    `last_seen` is the time of the feed's last full reading. A post that has left the feed
    since is not included again.
    """
    changed = []
    for post in posts:
        if post.state not in ("waiting", "excluded"):
            continue
        state, reason = state_by_content(post, rules)
        if state != post.state and (state != "waiting" or post.last_seen == last_seen):
            changed.append(replace(post, state=state, reason=reason))
    return tuple(changed)


def apply_first_read(posts: Sequence[Post], backfill: int) -> tuple[Post, ...]:
    """Return the posts of a feed's first reading: all seen, except the newest `backfill`."""
    waiting = [post for post in posts if post.state == "waiting"]
    is_dated = all(post.published is not None for post in waiting)
    # A feed without dates is taken to be newest first, as nearly all are.
    ranked = sorted(waiting, key=_timestamp, reverse=True) if is_dated else waiting
    newest = {post.guid for post in ranked[: max(backfill, 0)]}
    return tuple(
        post
        if post.guid in newest
        else replace(post, state="seen_before_start", reason=SEEN_BEFORE_START)
        for post in posts
    )


def apply_start(
    posts: Sequence[Post], start: FeedStart, *, known: Sequence[Post], seen: Sequence[Post]
) -> tuple[Post, ...]:
    """Return new posts, of which those from before the feed's first reading count as seen.

    A lengthened feed, deleted posts and another plugin bring such posts up. They are dated before
    the day of that reading, and either reach back further than the feed did then or stand below
    the posts it held. A post without a date is held where it could be one of them. `seen` is the
    whole feed, in its order, and `known` what was stored before.
    """
    at_start = {post.guid for post in known if post.first_seen and post.first_seen <= start.at}
    below = _guids_below(seen, at_start)
    return tuple(_apply_start(post, start, below, was_empty=not at_start) for post in posts)


def _apply_start(post: Post, start: FeedStart, below: frozenset[str], *, was_empty: bool) -> Post:
    if post.published is None:
        if post.state == "waiting" and (was_empty or post.guid in below):
            return replace(post, state="held", reason=_UNDATED)
        return post
    reaches_back = start.oldest is None or post.published <= start.oldest
    if post.published < start.day and (reaches_back or post.guid in below):
        return replace(post, state="seen_before_start", reason=_OLDER_THAN_START)
    return post


def _guids_below(seen: Sequence[Post], at_start: Collection[str]) -> frozenset[str]:
    """Return the guids of the posts that the feed lists after the last one of `at_start`."""
    places = [place for place, post in enumerate(seen) if post.guid in at_start]
    if not places or _is_ascending(seen):
        return frozenset()
    return frozenset(post.guid for post in seen[places[-1] + 1 :])


def apply_flood_brake(posts: Sequence[Post], now: datetime) -> tuple[Post, ...]:
    """Hold old posts if more than ten appear at once: probably an archive was moved."""
    old = [
        post
        for post in posts
        if post.published is not None
        and now - post.published > OLD
        and post.state != "seen_before_start"
    ]
    if len(old) <= FLOOD:
        return tuple(posts)
    reason = f"{len(old)} posts older than three weeks appeared at once: are they new?"
    guids = {post.guid for post in old if post.state == "waiting"}
    return tuple(
        replace(post, state="held", reason=reason) if post.guid in guids else post for post in posts
    )


def withdraw_missing(departed: Sequence[Post], seen: Sequence[Post]) -> tuple[Post, ...]:
    """Return, as withdrawn, the posts that left the feed although it reaches back past them."""
    reach = oldest_listed_date(seen)
    return tuple(
        replace(post, state="withdrawn", reason=_WITHDRAWN)
        for post in departed
        if post.state in _WITHDRAWABLE
        and reach is not None
        and post.published is not None
        and post.published > reach
    )


def _category_key(name: str) -> str:
    return name.casefold().strip()


def _timestamp(post: Post) -> float:
    return post.published.timestamp() if post.published is not None else 0.0


def _is_ascending(seen: Sequence[Post]) -> bool:
    """Whether the feed lists the oldest post first."""
    dates = [post.published for post in seen if post.published is not None]
    return len(set(dates)) > 1 and all(first <= second for first, second in pairwise(dates))


def oldest_listed_date(seen: Sequence[Post]) -> datetime | None:
    """Return the date of the post at the old end of the feed; None without dates.

    Not the minimum: a pinned post, or one edited in a feed sorted by edits, stands among
    newer ones and does not show how far back the feed reaches.
    """
    dates = [post.published for post in seen if post.published is not None]
    if not dates:
        return None
    return dates[0] if _is_ascending(seen) else dates[-1]
