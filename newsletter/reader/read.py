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
from newsletter.models import Feed, Fetched, Post
from newsletter.reader import feed_status
from newsletter.reader.http.fetch import fetch
from newsletter.reader.paging import page_on, reaches_too_short
from newsletter.reader.parsing.items import Fresh, Known
from newsletter.reader.workers.pool import ParserPool

_AT_ONCE = 64
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What earlier readings of a feed left with us.

    `guids` of all its posts, `body_hash` of the last body that was read, and `items`:
    the guid of each of that body's items by its mark (see `marks`).
    """

    guids: frozenset[str] = frozenset()
    body_hash: str = ""
    items: Mapping[str, str] = field(default_factory=dict)


NO_MEMORY = Memory()


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


def seen_in(reading: Reading, known: Sequence[Post]) -> tuple[Post, ...]:
    """All posts the feed held, in its order: as read now, or as `known` where unchanged."""
    posts = {post.guid: post for post in (*known, *reading.posts)}
    return tuple(posts[guid] for _, guid in reading.items)


def read(
    feed: Feed,
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    memory: Memory = NO_MEMORY,
) -> Reading:
    """One feed, read now, all its posts clean: `read_all` for many is faster.

    Never raises for anything a server or a feed may do.
    `conditional` asks only for what changed: for polling, never for building an issue
    (WordPress may answer "not modified" although a back-dated post appeared). With it,
    the body known from last time counts as unchanged too.
    """
    with ParserPool(size=1) as pool:
        found = _read(
            feed, memory, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        try:
            return replace(found, posts=pool.clean(found.posts)) if found.posts else found
        except FeedError as error:
            return _failed(feed, error, now)


def read_all(
    feeds: Sequence[tuple[Feed, Memory]],
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
            _read, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        jobs = [threads.submit(reading, feed, memory) for feed, memory in feeds]
        return tuple(job.result() for job in jobs)


def _read(
    feed: Feed,
    memory: Memory,
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
            feed_status.address_of(feed),
            allow_private=allow_private,
            etag=feed.etag if conditional else "",
            last_modified=feed.last_modified if conditional else "",
        )
        same = fetched.status == _NOT_MODIFIED
        body_hash = memory.body_hash if same else hashlib.sha256(fetched.body).hexdigest()
        if same or (conditional and body_hash == memory.body_hash):
            after = feed_status.unchanged(feed, fetched, now)
            return Reading(feed=after, status="unchanged", body_hash=body_hash)
        fresh = _fresh(feed, memory, fetched, allow_private=allow_private, pool=pool)
    except FeedError as error:
        return _failed(feed, error, now)
    return Reading(
        feed=feed_status.read_well(feed, fetched, fresh.feed, now),
        status="ok",
        posts=fresh.posts,
        items=fresh.items,
        body_hash=body_hash,
    )


def _fresh(
    feed: Feed, memory: Memory, fetched: Fetched, *, allow_private: bool, pool: ParserPool
) -> Fresh:
    still_known = {mark: guid for mark, guid in memory.items.items() if guid in memory.guids}
    known = Known(guids=still_known, site_url=feed.site_url, names=memory.guids)
    fresh = pool.posts(fetched, feed_url=feed.url, known=known)
    if fresh.feed.cut_off and feed.checked_at is None:
        # Posts beyond the cut would count as new tomorrow.
        raise ParseError(
            f"{feed.url} broke off before the feed was complete, so it was not begun with.",
            url=feed.url,
            cure="Try again later; a feed's first reading decides what counts as seen.",
        )
    if reaches_too_short(fresh, memory.guids, feed.url):
        return page_on(feed, fresh, memory.guids, allow_private=allow_private, pool=pool)
    return fresh


def _failed(feed: Feed, error: FeedError, now: datetime) -> Reading:
    after = feed_status.failed(feed, error, now)
    pausing = after.state == "paused" != feed.state
    gone = isinstance(error, FetchError) and error.gone
    sentences = [str(error), feed_status.pause_sentence(after) if pausing and not gone else ""]
    return Reading(feed=after, status="failed", error=" ".join(filter(None, sentences)))
