"""Reading feeds: fetch, parse, clean; failures are values, so one feed harms no other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal

from newsletter.errors import FeedError, FetchError, ParseError
from newsletter.models import Feed, FetchResult, Post
from newsletter.reader import feed_status
from newsletter.reader.http.fetch import fetch
from newsletter.reader.paging import fetch_more_pages, may_miss_posts
from newsletter.reader.parsing.items import FeedUpdate, KnownItems
from newsletter.reader.workers.pool import ParserPool

_AT_ONCE = 64
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What earlier readings of a feed left with us.

    `guids` of all its posts, `body_hash` of the last body that was read, and `items`:
    the guid of each of that body's items by its mark (see `marks`).
    """

    guids: frozenset[str] = frozenset()
    body_hash: str = ""
    guid_by_hash: Mapping[str, str] = field(default_factory=dict)


NO_MEMORY = FeedMemory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading one feed.

    ok: `posts` are new or changed, id 0, and cleaned where they are known; `items` names
    all the feed holds, in its order, as pairs of mark and guid: `seen_in` puts both
    together. unchanged: the feed is as it was, both are empty and say nothing. failed:
    `error` is the sentence to show. `feed` is the feed as it should be stored. `body_hash`
    names the body read.
    """

    feed: Feed
    status: Literal["ok", "unchanged", "failed"]
    posts: tuple[Post, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    error: str = ""
    body_hash: str = ""


def posts_in_feed(reading: Reading, known: Sequence[Post]) -> tuple[Post, ...]:
    """All posts the feed held, in its order: as read now, or as `known` where unchanged."""
    posts = {post.guid: post for post in (*known, *reading.posts)}
    return tuple(posts[guid] for _, guid in reading.items)


def read(
    feed: Feed,
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    memory: FeedMemory = NO_MEMORY,
) -> Reading:
    """One feed, read now, all its posts clean: `read_all` for many is faster.

    Never raises for anything a server or a feed may do.
    `conditional` asks only for what changed: for polling, never for building an issue
    (WordPress may answer "not modified" although a back-dated post appeared). With it,
    the body known from last time counts as unchanged too.
    """
    with ParserPool(size=1) as pool:
        found = _read_feed(
            feed, memory, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        try:
            return replace(found, posts=pool.clean(found.posts)) if found.posts else found
        except FeedError as error:
            return _failed_reading(feed, error, now)


def read_feeds(
    feeds: Sequence[tuple[Feed, FeedMemory]],
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
) -> tuple[Reading, ...]:
    """Many feeds at once, each with what is known of it; readings in the same order.

    Posts met for the first time may come uncleaned, with their source.
    """
    if not feeds:
        return ()
    with ParserPool() as pool, ThreadPoolExecutor(min(_AT_ONCE, len(feeds))) as threads:
        reading = partial(
            _read_feed, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        jobs = [threads.submit(reading, feed, memory) for feed, memory in feeds]
        return tuple(job.result() for job in jobs)


def _read_feed(
    feed: Feed,
    memory: FeedMemory,
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    pool: ParserPool,
) -> Reading:
    if feed.state == "gone":
        return Reading(feed=feed, status="failed", error=feed_status.gone_sentence(feed))
    try:
        fetched = fetch(
            feed_status.fetch_url(feed),
            allow_private=allow_private,
            etag=feed.etag if conditional else "",
            last_modified=feed.last_modified if conditional else "",
        )
        same = fetched.status == _NOT_MODIFIED
        body_hash = memory.body_hash if same else hashlib.sha256(fetched.body).hexdigest()
        if same or (conditional and body_hash == memory.body_hash):
            after = feed_status.record_unchanged(feed, fetched, now)
            return Reading(feed=after, status="unchanged", body_hash=body_hash)
        fresh = _parse_response(feed, memory, fetched, allow_private=allow_private, pool=pool)
    except FeedError as error:
        return _failed_reading(feed, error, now)
    return Reading(
        feed=feed_status.record_success(feed, fetched, fresh.feed, now),
        status="ok",
        posts=fresh.posts,
        items=fresh.items,
        body_hash=body_hash,
    )


def _parse_response(
    feed: Feed, memory: FeedMemory, fetched: FetchResult, *, allow_private: bool, pool: ParserPool
) -> FeedUpdate:
    still_known = {
        item_hash: guid for item_hash, guid in memory.guid_by_hash.items() if guid in memory.guids
    }
    known = KnownItems(guid_by_hash=still_known, site_url=feed.site_url, guids=memory.guids)
    fresh = pool.posts(fetched, feed_url=feed.url, known=known)
    if fresh.feed.truncated and feed.checked_at is None:
        # Posts beyond the cut would count as new tomorrow.
        raise ParseError(
            f"{feed.url} broke off before the feed was complete, so it was not begun with.",
            url=feed.url,
            cure="Try again later; a feed's first reading decides what counts as seen.",
        )
    if may_miss_posts(fresh, memory.guids, feed.url):
        return fetch_more_pages(feed, fresh, memory.guids, allow_private=allow_private, pool=pool)
    return fresh


def _failed_reading(feed: Feed, error: FeedError, now: datetime) -> Reading:
    after = feed_status.record_failure(feed, error, now)
    pausing = after.state == "paused" != feed.state
    gone = isinstance(error, FetchError) and error.gone
    sentences = [str(error), feed_status.pause_sentence(after) if pausing and not gone else ""]
    return Reading(feed=after, status="failed", error=" ".join(filter(None, sentences)))
