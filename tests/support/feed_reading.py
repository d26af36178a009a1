"""Read feeds in tests: clean posts from parsed feeds and from feeds on a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsletter.models import Feed, Post
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.posts import build_clean_post, clean_from_source
from newsletter.reader.read import NO_MEMORY, FeedMemory, Reading, read_feeds


def clean_posts_of(feed: ParsedFeed, *, feed_url: str) -> tuple[Post, ...]:
    """Return every item of `feed` as a clean post."""
    site_url = feed.site_url or feed_url
    return tuple(
        build_clean_post(item, feed_url=feed_url, site_url=site_url) for item in feed.items
    )


def read_clean(
    feed: Feed, *, now: datetime, conditional: bool = False, memory: FeedMemory = NO_MEMORY
) -> Reading:
    """Read one feed and clean its posts."""
    (reading,) = read_feeds([(feed, memory)], now=now, conditional=conditional, allow_private=True)
    return replace(reading, posts=tuple(map(clean_from_source, reading.posts)))
