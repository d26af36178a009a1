"""Clean stored posts when their clean text is needed: to compare them, or to draft an issue.

Cleaning is the slowest step of collecting, and most posts never need it: those that were on
the blog before the newsletter began. Such posts are stored with their `source` instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from newsletter.models import Feed, Post
from newsletter.reader.identity.guid_changes import (
    MatchCandidates,
    PostSketch,
    find_match_candidates,
)
from newsletter.reader.identity.post_states import PROTECTED
from newsletter.reader.workers.pool import TIMEOUT_SECONDS, clean_posts
from newsletter.storage import posts
from newsletter.storage.database.engine import snapshot, transaction

if TYPE_CHECKING:
    # For annotations only: it imports the HTTP client, which drafting does not need.
    from newsletter.reader.read import Reading

_UNCLEANABLE = "its text could not be made fit for email: look at the post on the blog."


def clean_waiting(engine: Engine, *, seconds: float = TIMEOUT_SECONDS) -> None:
    """Clean the posts that wait for an issue. The caller holds the lock.

    A post that needs a password becomes `protected`. A post that cannot be cleaned within
    `seconds` is held for the author and not excluded: the machine may only have been busy,
    and once released the post is cleaned again.
    """
    with snapshot(engine) as connection:
        waiting = posts.uncleaned_posts(connection, "waiting")
    if not waiting:
        return
    batch = clean_posts(waiting, seconds=seconds)
    with transaction(engine) as connection:
        save_cleaned(connection, batch.posts)
        failed = [post.id for post in batch.failed]
        posts.set_state(connection, failed, "held", _UNCLEANABLE)


def clean_these(engine: Engine, ids: Sequence[int]) -> None:
    """Clean the posts with these ids that are not clean yet, such as those of before the start.

    One that cannot be cleaned stays as it is.
    """
    with snapshot(engine) as connection:
        uncleaned = [p for p in posts.by_ids(connection, ids) if p.source is not None]
    if uncleaned:
        batch = clean_posts(uncleaned)
        with transaction(engine) as connection:
            save_cleaned(connection, batch.posts)


def save_cleaned(connection: Connection, cleaned: Iterable[Post]) -> None:
    """Save those of the cleaned posts that are stored. Waiting ones may become protected."""
    posts.save(connection, [_protect(post) for post in cleaned if post.id])


def uncleaned_candidates(
    connection: Connection, readings: Iterable[tuple[Feed, Reading]]
) -> tuple[Post, ...]:
    """Return the posts, stored and just read, that reconcile compares by their text."""
    stored_ids: set[int] = set()
    new_posts: list[Post] = []
    for feed, reading in readings:
        candidates = _match_candidates(connection, feed, reading)
        stored_ids |= candidates.known
        new_posts += [post for post in reading.posts if post.guid in candidates.seen]
    return (*posts.by_ids(connection, sorted(stored_ids)), *new_posts)


def replace_posts(reading: Reading, cleaned: Iterable[Post]) -> Reading:
    """Return the reading with the cleaned posts of its feed in place of the uncleaned ones."""
    by_guid = {post.guid: post for post in cleaned if not post.id and post.feed == reading.feed.url}
    if not by_guid:
        return reading
    return replace(reading, posts=tuple(by_guid.get(post.guid, post) for post in reading.posts))


def _protect(post: Post) -> Post:
    if not post.protected or post.state != "waiting":
        return post
    return replace(post, state="protected", reason=PROTECTED)


def _match_candidates(connection: Connection, feed: Feed, reading: Reading) -> MatchCandidates:
    if not reading.posts or feed.started_at is None:
        return MatchCandidates()
    sketches = (
        PostSketch(id=post_id, guid=guid, title=title, url=url, cleaned=cleaned)
        for post_id, guid, title, url, cleaned in posts.identities_of_feed(connection, feed.id)
    )
    return find_match_candidates(sketches, reading.posts, (guid for _, guid in reading.items))
