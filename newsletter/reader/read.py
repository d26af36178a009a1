"""Reading feeds: fetch, parse, clean; failures are values, so one feed harms no other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Literal

from newsletter.errors import FeedError, FetchError
from newsletter.models import Feed, FeedState, Fetched, Post
from newsletter.reader.fetch import fetch
from newsletter.reader.items import ParsedFeed
from newsletter.reader.paging import page_on, reaches_too_short
from newsletter.reader.parser_pool import ParserPool

_AT_ONCE = 48
_PAUSED_AFTER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading one feed.

    ok: `posts` are all the feed holds, cleaned, id 0. unchanged: the feed is as it was,
    `posts` is empty and says nothing. failed: `error` is the sentence to show. `feed` is
    the feed as it should be stored. `body_hash` names the body that was read.
    """

    feed: Feed
    status: Literal["ok", "unchanged", "failed"]
    posts: tuple[Post, ...] = ()
    error: str = ""
    retry_after: int = 0
    body_hash: str = ""


def read(
    feed: Feed,
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    known_guids: frozenset[str] = frozenset(),
    known_body: str = "",
) -> Reading:
    """One feed, read now. Never raises for anything a server or a feed may do.

    `conditional` asks only for what changed: for polling, never for building an issue
    (WordPress may answer "not modified" although a back-dated post appeared). With it,
    a body whose hash is `known_body` counts as unchanged too.
    """
    with ParserPool(size=1) as pool:
        return _read(
            feed,
            known_guids,
            now=now,
            conditional=conditional,
            allow_private=allow_private,
            pool=pool,
            known_body=known_body,
        )


def read_all(
    feeds_and_guids: Sequence[tuple[Feed, frozenset[str]]],
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    known_bodies: Mapping[str, str] | None = None,
) -> tuple[Reading, ...]:
    """Many feeds at once, each with the guids known of it; readings in the same order.

    `known_bodies` holds, by feed address, the `body_hash` of the last reading.
    """
    if not feeds_and_guids:
        return ()
    bodies = known_bodies or {}
    workers = min(_AT_ONCE, len(feeds_and_guids))
    with ParserPool() as pool, ThreadPoolExecutor(workers) as threads:
        reading = partial(
            _read, now=now, conditional=conditional, allow_private=allow_private, pool=pool
        )
        jobs = [
            threads.submit(reading, feed, guids, known_body=bodies.get(feed.url, ""))
            for feed, guids in feeds_and_guids
        ]
        return tuple(job.result() for job in jobs)


def _read(
    feed: Feed,
    known_guids: frozenset[str],
    *,
    now: datetime,
    conditional: bool,
    allow_private: bool,
    pool: ParserPool,
    known_body: str,
) -> Reading:
    if feed.state == "gone":
        return Reading(feed=feed, status="failed", error=_gone_sentence(feed))
    try:
        fetched = fetch(
            feed.url,
            allow_private=allow_private,
            etag=feed.etag if conditional else "",
            last_modified=feed.last_modified if conditional else "",
        )
        body_hash = hashlib.sha256(fetched.body).hexdigest()
        if fetched.status == 304 or (conditional and body_hash == known_body):  # noqa: PLR2004 - HTTP "Not Modified"
            same = known_body if fetched.status == 304 else body_hash  # noqa: PLR2004 - see above
            return Reading(feed=_alive(feed, now), status="unchanged", body_hash=same)
        parsed, posts = pool.posts(fetched, feed_url=feed.url)
        if reaches_too_short(parsed, posts, known_guids, feed.url):
            posts = page_on(feed, posts, known_guids, allow_private=allow_private, pool=pool)
    except FeedError as error:
        return _failed(feed, error, now)
    return Reading(
        feed=_after(feed, fetched, parsed, now), status="ok", posts=posts, body_hash=body_hash
    )


def _alive(feed: Feed, now: datetime) -> Feed:
    return replace(feed, checked_at=now, failures=0, state="active")


def _after(feed: Feed, fetched: Fetched, parsed: ParsedFeed, now: datetime) -> Feed:
    return replace(
        _alive(feed, now),
        title=parsed.title or feed.title,
        site_url=parsed.site_url or feed.site_url,
        etag=fetched.etag,
        last_modified=_usable(fetched.last_modified),
    )


def _usable(last_modified: str) -> str:
    """Last-Modified as sent; of 1980 or before it comes from a broken clock and freezes."""
    try:
        year = parsedate_to_datetime(last_modified).year
    except (ValueError, TypeError):
        return last_modified
    return last_modified if year > 1980 else ""  # noqa: PLR2004 - said above


def _failed(feed: Feed, error: FeedError, now: datetime) -> Reading:
    failures = feed.failures + 1
    state: FeedState = "paused" if failures >= _PAUSED_AFTER else feed.state
    sentence = str(error)
    if isinstance(error, FetchError) and error.gone:
        state = "gone"
    elif state == "paused" and feed.state != "paused":
        sentence += f" It has failed {failures} times in a row and counts as paused from now on."
    return Reading(
        feed=replace(feed, checked_at=now, failures=failures, state=state),
        status="failed",
        error=sentence,
        retry_after=error.retry_after if isinstance(error, FetchError) else 0,
    )


def _gone_sentence(feed: Feed) -> str:
    return (
        f"{feed.url} said it is gone for good (HTTP 410), so it is not read any more. "
        "Give the blog's new feed in newsletter.toml."
    )
