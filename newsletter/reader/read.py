"""Read feeds: fetch them, parse what changed, and return failures as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.errors import FeedError, FetchError, ParseError
from newsletter.models import Feed, FetchResult, Post
from newsletter.reader import feed_status
from newsletter.reader.feed_status import fetch_url
from newsletter.reader.http.fetch import fetch
from newsletter.reader.http.http_errors import HttpNotFound
from newsletter.reader.parsing.items import FeedUpdate, KnownItems
from newsletter.reader.workers.pool import ParserPool, waiting_threads

_THREADS = 64
_NOT_MODIFIED = 304
_MAX_PAGES = 5
_FAILURES_BEFORE_FIRST_PAGE_ONLY = 3
_WORDPRESS_GUID = re.compile(r"[?&](?:p|page_id)=\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """The stored state of a feed's earlier readings."""

    #: The guids of all its posts.
    guids: frozenset[str] = frozenset()
    #: The SHA-256 of the body that was read last.
    body_hash: str = ""
    #: The guid of each item of that body, by the item's hash (see `posts`).
    guid_by_hash: Mapping[str, str] = field(default_factory=dict)


NO_MEMORY = FeedMemory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The result of reading one feed.

    "ok": the feed was parsed. "unchanged": the server answered 304, or with the body of last
    time; `posts` and `items` are empty and mean nothing. "failed": see `error`.
    """

    #: The feed to store, with its new validators and state.
    feed: Feed
    status: Literal["ok", "unchanged", "failed"]
    #: Posts that are new or changed, with id 0. New ones may be uncleaned (see `Post.source`).
    posts: tuple[Post, ...] = ()
    #: All items of the feed in its order, as pairs of hash and guid.
    items: tuple[tuple[str, str], ...] = ()
    #: Why the reading failed, as sentences for the author.
    error: str = ""
    #: The SHA-256 of the body.
    body_hash: str = ""


def posts_in_feed(reading: Reading, known: Sequence[Post]) -> tuple[Post, ...]:
    """Return all posts that the feed holds, in its order.

    A post whose item has not changed is the one in `known`.
    """
    posts = {post.guid: post for post in (*known, *reading.posts)}
    return tuple(posts[guid] for _, guid in reading.items)


def read_feeds(
    feeds: Sequence[tuple[Feed, FeedMemory]],
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
) -> tuple[Reading, ...]:
    """Read all feeds at once and return their readings in the same order.

    Never raises, whatever a server or a feed does. With `conditional` the requests carry the
    stored validators (conditional GET), and a body that is the same as last time counts as
    unchanged. Use it for polling, never before an issue is built: WordPress may answer 304
    although a back-dated post appeared.
    """
    if not feeds:
        return ()
    with ParserPool() as pool, waiting_threads(min(_THREADS, len(feeds))) as threads:
        read_feed = partial(
            _read_feed, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        jobs = [threads.submit(read_feed, feed, memory) for feed, memory in feeds]
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
        response = fetch(
            feed_status.fetch_url(feed),
            allow_private=allow_private,
            etag=feed.etag if conditional else "",
            last_modified=feed.last_modified if conditional else "",
        )
        is_same = response.status == _NOT_MODIFIED
        body_hash = memory.body_hash if is_same else hashlib.sha256(response.body).hexdigest()
        if is_same or (conditional and body_hash == memory.body_hash):
            after = feed_status.record_unchanged(feed, response, now)
            return Reading(feed=after, status="unchanged", body_hash=body_hash)
        update = _parse_response(feed, memory, response, allow_private=allow_private, pool=pool)
    except FeedError as error:
        return _failed_reading(feed, error, now)
    return Reading(
        feed=feed_status.record_success(feed, response, update.feed, now),
        status="ok",
        posts=update.posts,
        items=update.items,
        body_hash=body_hash,
    )


def _parse_response(
    feed: Feed,
    memory: FeedMemory,
    response: FetchResult,
    *,
    allow_private: bool,
    pool: ParserPool,
) -> FeedUpdate:
    guid_by_hash = {
        item_hash: guid for item_hash, guid in memory.guid_by_hash.items() if guid in memory.guids
    }
    known = KnownItems(guid_by_hash=guid_by_hash, site_url=feed.site_url, guids=memory.guids)
    update = pool.posts(response, feed_url=feed.url, known=known)
    if update.feed.truncated and feed.started_at is None:
        # The posts behind the break would count as new tomorrow.
        raise ParseError(
            f"{feed.url} broke off before the feed was complete, so it was not begun with.",
            url=feed.url,
            cure="Try again later; a feed's first reading decides what counts as seen.",
        )
    if may_miss_posts(update, memory.guids, feed.url):
        return fetch_more_pages(feed, update, memory.guids, allow_private=allow_private, pool=pool)
    return update


def _failed_reading(feed: Feed, error: FeedError, now: datetime) -> Reading:
    after = feed_status.record_failure(feed, error, now)
    is_newly_paused = after.state == "paused" != feed.state
    is_gone = isinstance(error, FetchError) and error.gone
    pause = feed_status.pause_sentence(after) if is_newly_paused and not is_gone else ""
    return Reading(feed=after, status="failed", error=f"{error} {pause}".rstrip())


def may_miss_posts(update: FeedUpdate, known_guids: frozenset[str], url: str) -> bool:
    """Whether posts may lie between the known ones and those a WordPress feed shows.

    Only so if the feed shows no known post although some are known.
    """
    guids = [guid for _, guid in update.items]
    if not guids or not known_guids or not known_guids.isdisjoint(guids):
        return False
    return (
        "wordpress" in update.feed.generator.casefold()
        or urlsplit(url).path.rstrip("/").endswith("/feed")
        or all(_WORDPRESS_GUID.search(guid) for guid in guids)
    )


def fetch_more_pages(
    feed: Feed,
    first: FeedUpdate,
    known_guids: frozenset[str],
    *,
    allow_private: bool,
    pool: ParserPool,
) -> FeedUpdate:
    """Add the posts of further pages (`?paged=2`), up to a known post, the last page or five pages.

    Raise FeedError if a page fails. Storing the first page alone would make its posts known,
    no later reading would page again, and the posts between would be lost. Only for a server
    that has failed several times in a row is the first page accepted.
    """
    posts = {post.guid: post for post in first.posts}
    for page in range(2, _MAX_PAGES + 2):
        try:
            response = fetch(_page_url(fetch_url(feed), page), allow_private=allow_private)
            known = KnownItems(guids=known_guids)
            page_posts = pool.posts(response, feed_url=feed.url, known=known).posts
        except FeedError as error:
            is_last_page = isinstance(error, HttpNotFound)
            if is_last_page or feed.failures >= _FAILURES_BEFORE_FIRST_PAGE_ONLY:
                break
            raise
        new_posts = [post for post in page_posts if post.guid not in posts]
        posts.update((post.guid, post) for post in new_posts)
        if not new_posts or any(post.guid in known_guids for post in new_posts):
            break
    on_first_page = {guid for _, guid in first.items}
    further = tuple(("", guid) for guid in posts if guid not in on_first_page)
    return replace(first, posts=tuple(posts.values()), items=(*first.items, *further))


def _page_url(url: str, page: int) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(page))])))
