"""Reconcile a feed with the stored posts: what is new, changed, joined or withdrawn.

Pure: known posts and seen posts go in, changes come out. A guid names a post. Whether a post
is known decides whether it is new, never its date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.models import Post, PostState
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.identity.guid_changes import join_changed_guids
from newsletter.reader.identity.post_states import (
    CategoryRules,
    FeedStart,
    apply_first_read,
    apply_flood_brake,
    apply_start,
    state_by_content,
    withdraw_missing,
)

_QUERY = re.compile(r"[?#][^\"'\s<>]*")
# Nothing in the feed moves a post out of these states.
_FINAL: frozenset[PostState] = frozenset({"issued", "skipped"})
# A decision of the author, or the start, gave these states: the text follows the feed, the
# state stays.
_STICKY: frozenset[PostState] = frozenset({"seen_before_start", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The posts to store. Each is complete, with its state and the reason in words."""

    #: Never seen before; id 0.
    new: tuple[Post, ...] = ()
    #: Known, with a new text or a new state.
    changed: tuple[Post, ...] = ()
    #: Gone from the blog.
    withdrawn: tuple[Post, ...] = ()
    #: Withdrawn before, now in the feed again.
    returned: tuple[Post, ...] = ()
    #: Known, under a new guid.
    joined: tuple[Post, ...] = ()
    #: Known, with the same text but another number of comments or other facts: no edit.
    refreshed: tuple[Post, ...] = ()
    #: Ids of all other known posts in the feed, for `last_seen`.
    touched: tuple[int, ...] = ()


def reconcile(
    *,
    known: tuple[Post, ...],
    seen: tuple[Post, ...],
    now: datetime,
    rules: CategoryRules,
    first_read: bool = False,
    backfill: int = 0,
    start: FeedStart | None = None,
) -> Changes:
    """Return the changes that `seen`, all posts of one fetch, makes to the `known` posts.

    Deduplicates `seen` by guid: the first item of a guid counts. `start` says what the first
    reading was, None if this is the first.
    """
    by_guid = {post.guid: post for post in known}
    present = {post.guid: post for post in reversed(seen)}
    unique = [post for post in seen if present[post.guid] is post]
    unknown = [post for post in unique if post.guid not in by_guid]
    departed = [post for post in known if post.guid not in present]
    joined = join_changed_guids(departed=departed, unknown=unknown, all_known=known)
    joined_ids = {post.id for post in joined.values()}

    arrived = tuple(_new_post(post, now, rules) for post in unknown if post.guid not in joined)
    if start is not None:
        arrived = apply_start(arrived, start, known=known, seen=unique)
    back = [
        _update_post(by_guid[post.guid], post, now, rules)
        for post in unique
        if post.guid in by_guid and by_guid[post.guid].state == "withdrawn"
    ]
    new, returned = _admit_posts(arrived, back, now, first_read=first_read, backfill=backfill)
    changed, refreshed, touched = _update_known(by_guid, unique, now, rules)
    return Changes(
        new=new,
        changed=changed,
        withdrawn=withdraw_missing([post for post in departed if post.id not in joined_ids], seen),
        returned=returned,
        joined=tuple(
            _update_post(joined[post.guid], post, now, rules)
            for post in unknown
            if post.guid in joined
        ),
        refreshed=refreshed,
        touched=touched,
    )


def is_edited(before: Post, after: Post) -> bool:
    """Whether a post reads differently: its title, its text or its pictures."""
    return _text_view(before) != _text_view(after)


def _admit_posts(
    new: Sequence[Post], back: Sequence[Post], now: datetime, *, first_read: bool, backfill: int
) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """Return new and returned posts in their states. The flood brake counts both."""
    if first_read:
        return apply_first_read(new, backfill), tuple(back)
    braked = apply_flood_brake((*new, *back), now)
    return braked[: len(new)], braked[len(new) :]


def _update_known(
    by_guid: dict[str, Post], seen: Sequence[Post], now: datetime, rules: CategoryRules
) -> tuple[tuple[Post, ...], tuple[Post, ...], tuple[int, ...]]:
    """Return the changed posts, the refreshed posts, and the ids of the other known ones."""
    changed: list[Post] = []
    refreshed: list[Post] = []
    touched: list[int] = []
    for post in seen:
        known = by_guid.get(post.guid)
        if known is None or known.state == "withdrawn":
            continue
        after = _update_post(known, post, now, rules)
        if known.state in _FINAL or (post is known and after.state == known.state):
            touched.append(known.id)
        elif _reader_view(after) != _reader_view(known):
            changed.append(after)
        elif (after.comment_count, after.facts) != (known.comment_count, known.facts):
            refreshed.append(after)
        else:
            touched.append(known.id)
    return tuple(changed), tuple(refreshed), tuple(touched)


def _new_post(post: Post, now: datetime, rules: CategoryRules) -> Post:
    state, reason = state_by_content(post, rules)
    dates = [date for date in (post.published, post.updated) if date is not None]
    newest = max(dates, default=now)
    return replace(
        post,
        first_seen=now,
        last_seen=now,
        stable_since=min(newest, now),
        state=state,
        reason=reason,
    )


def _update_post(known: Post, seen: Post, now: datetime, rules: CategoryRules) -> Post:
    """Return the known post as the feed has it now. An issued post keeps all but its guid."""
    if known.state in _FINAL:
        return replace(known, guid=seen.guid, last_seen=now)
    is_sticky = known.state in _STICKY
    state, reason = (known.state, known.reason) if is_sticky else state_by_content(seen, rules)
    return replace(
        seen,
        id=known.id,
        published=seen.published or known.published,
        first_seen=known.first_seen,
        last_seen=now,
        stable_since=known.stable_since
        if seen.fingerprint == known.fingerprint
        else _edited_at(known, seen, now),
        state=state,
        reason=reason,
        issue=known.issue,
    )


def _edited_at(known: Post, seen: Post, now: datetime) -> datetime:
    """Return when the post was edited: the feed's date if it is possible, else `now`."""
    updated = seen.updated
    if (
        updated is None
        or updated > now
        or (known.stable_since is not None and updated <= known.stable_since)
    ):
        return now
    return updated


def _reader_view(post: Post) -> tuple[object, ...]:
    """Return what makes a post different to its reader. Changed query strings do not."""
    return (
        *_text_view(post),
        canonical_url(post.url),
        post.published,
        post.categories,
        post.protected,
        post.state if post.state != "settling" else "waiting",
    )


def _text_view(post: Post) -> tuple[object, ...]:
    return (
        post.fingerprint,
        post.title,
        _QUERY.sub("", post.html),
        post.image and _QUERY.sub("", post.image.url),
    )
