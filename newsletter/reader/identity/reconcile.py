"""What a fetch of a feed means for the posts we know: the heart of sending once.

Pure: known posts and seen posts in, changes out. A guid names a post. What is new is
decided by whether we know it, never by its date.
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
    apply_first_read,
    apply_flood_brake,
    state_by_content,
    withdraw_missing,
)

_QUERY = re.compile(r"[?#][^\"'\s<>]*")
# Nothing the feed says moves a post out of these.
_FINAL: frozenset[PostState] = frozenset({"issued", "skipped"})
# States that an author's decision or the beginning gave: text follows, the state stays.
_STICKY: frozenset[PostState] = frozenset({"seen_before_start", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to store. Each Post is complete, with its state and the reason in words.

    new: never seen, id 0. changed: known, with new text or a new state. returned:
    withdrawn posts that are back. withdrawn: gone though they should be in the feed.
    joined: known posts under the new guid the feed now gives them. refreshed: the same
    text with other counts of comments or facts; no edit. touched: ids of all other known posts
    the feed held, for `last_seen`.
    """

    new: tuple[Post, ...] = ()
    changed: tuple[Post, ...] = ()
    withdrawn: tuple[Post, ...] = ()
    returned: tuple[Post, ...] = ()
    joined: tuple[Post, ...] = ()
    refreshed: tuple[Post, ...] = ()
    touched: tuple[int, ...] = ()


def reconcile(
    *,
    known: tuple[Post, ...],
    seen: tuple[Post, ...],
    now: datetime,
    rules: CategoryRules,
    first_read: bool = False,
    backfill: int = 0,
) -> Changes:
    """The changes that `seen`, one whole fetch of a feed, makes to its `known` posts."""
    by_guid = {post.guid: post for post in known}
    present = {post.guid: post for post in reversed(seen)}
    in_order = [post for post in seen if present[post.guid] is post]
    unknown = [post for post in in_order if post.guid not in by_guid]
    departed = [post for post in known if post.guid not in present]
    joined = join_changed_guids(departed=departed, unknown=unknown, all_known=known)
    joined_ids = {post.id for post in joined.values()}

    fresh = [_new_post(post, now, rules) for post in unknown if post.guid not in joined]
    back = [
        _update_post(by_guid[post.guid], post, now, rules)
        for post in in_order
        if post.guid in by_guid and by_guid[post.guid].state == "withdrawn"
    ]
    new, returned = _admit_posts(fresh, back, now, first_read=first_read, backfill=backfill)
    changed, refreshed, touched = _update_known(by_guid, in_order, now, rules)
    return Changes(
        new=new,
        changed=changed,
        withdrawn=withdraw_missing([p for p in departed if p.id not in joined_ids], seen),
        returned=returned,
        joined=tuple(
            _update_post(joined[post.guid], post, now, rules)
            for post in unknown
            if post.guid in joined
        ),
        refreshed=refreshed,
        touched=touched,
    )


def _admit_posts(
    fresh: Sequence[Post], back: Sequence[Post], now: datetime, *, first_read: bool, backfill: int
) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """New and returned posts in their states; both count for the flood brake."""
    if first_read:
        return apply_first_read(fresh, backfill), tuple(back)
    braked = apply_flood_brake((*fresh, *back), now)
    return braked[: len(fresh)], braked[len(fresh) :]


def _update_known(
    by_guid: dict[str, Post], seen: Sequence[Post], now: datetime, rules: CategoryRules
) -> tuple[tuple[Post, ...], tuple[Post, ...], tuple[int, ...]]:
    """Known posts the feed holds: changed, refreshed, and the ids of the others."""
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
    """The known post as the feed shows it now. What was issued keeps all but its guid."""
    if known.state in _FINAL:
        return replace(known, guid=seen.guid, last_seen=now)
    state, reason = (
        (known.state, known.reason) if known.state in _STICKY else state_by_content(seen, rules)
    )
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
    """When an edit was made: the feed's word if it can be true, else now."""
    said = seen.updated
    if (
        said is None
        or said > now
        or (known.stable_since is not None and said <= known.stable_since)
    ):
        return now
    return said


def _reader_view(post: Post) -> tuple[object, ...]:
    """What makes a post another to its reader; renewed query strings do not."""
    return (
        post.fingerprint,
        post.title,
        canonical_url(post.url),
        _QUERY.sub("", post.html),
        post.image and _QUERY.sub("", post.image.url),
        post.published,
        post.categories,
        post.protected,
        post.state if post.state != "settling" else "waiting",
    )
