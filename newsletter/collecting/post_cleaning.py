"""Cleans stored posts where they are needed clean: to be compared, or to be drafted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.models import Feed, Post
from newsletter.reader.identity.guid_changes import (
    MatchCandidates,
    PostSketch,
    find_match_candidates,
)
from newsletter.reader.identity.post_states import PROTECTED
from newsletter.reader.read import Reading
from newsletter.reader.workers.clean_posts import clean_posts
from newsletter.reader.workers.pool import TIMEOUT_SECONDS
from newsletter.storage import posts
from newsletter.storage.database.engine import snapshot, transaction

_UNCLEANABLE = "its text could not be made fit for email: look at the post on the blog."


def clean_waiting(context: Context, *, seconds: float = TIMEOUT_SECONDS) -> None:
    """Cleans the posts that wait for an issue. To be called where the lock is held.

    One that turns out to need a password is left out. One that breaks the cleaner is held
    for the author, not left out: a machine too busy to clean it in `seconds` must not lose
    it, and released it is tried again.
    """
    with snapshot(context.engine) as connection:
        waiting = posts.uncleaned(connection, "waiting")
    if not waiting:
        return
    done = clean_posts(waiting, seconds=seconds)
    with transaction(context.engine) as connection:
        posts.save(connection, map(_apply_protection, done.posts))
        spoiled = [post.id for post in done.failed]
        posts.set_state(connection, spoiled, "held", _UNCLEANABLE)


def _apply_protection(post: Post) -> Post:
    if not post.protected or post.state != "waiting":
        return post
    return dataclasses.replace(post, state="protected", reason=PROTECTED)


def clean_for_comparison(
    context: Context, readings: Sequence[tuple[Feed, Reading]]
) -> tuple[Reading, ...]:
    """The readings with all cleaned that will be compared by its text, as are known posts."""
    with snapshot(context.engine) as connection:
        wanted = [_match_candidates(connection, feed, one) for feed, one in readings]
        ids = sorted(post_id for each in wanted for post_id in each.known)
        known = posts.by_ids(connection, ids)
    seen = [
        post
        for (_, one), each in zip(readings, wanted, strict=True)
        for post in one.posts
        if post.guid in each.seen
    ]
    done = clean_posts((*known, *seen)).posts
    stored = [post for post in done if post.id]
    if stored:
        with transaction(context.engine) as connection:
            posts.save(connection, map(_apply_protection, stored))
    return tuple(_replace_cleaned(one, done) for _, one in readings)


def _match_candidates(connection: Connection, feed: Feed, one: Reading) -> MatchCandidates:
    if not one.posts or feed.checked_at is None:
        return MatchCandidates()
    sketches = (
        PostSketch(id=post_id, guid=guid, title=title, url=url, cleaned=clean)
        for post_id, guid, title, url, clean in posts.identities_of_feed(connection, feed.id)
    )
    return find_match_candidates(sketches, one.posts, (guid for _, guid in one.items))


def _replace_cleaned(one: Reading, cleaned: Iterable[Post]) -> Reading:
    clean = {post.guid: post for post in cleaned if not post.id and post.feed == one.feed.url}
    if not clean:
        return one
    return dataclasses.replace(one, posts=tuple(clean.get(post.guid, post) for post in one.posts))
