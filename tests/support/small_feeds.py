"""Minimal feeds and items for tests of the reader, and feeds read into clean posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from html import escape

from newsletter.models import Feed, FetchResult, Post
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.posts import build_clean_post, clean_from_source
from newsletter.reader.read import NO_MEMORY, FeedMemory, Reading, read_feeds

FEED_URL = "https://blog.example/feed/"
WORDS = "We ran along the river until the mist was gone, then up the hill and home for tea."


def fetch_result(body: bytes | str, *, kind: str = "application/rss+xml") -> FetchResult:
    raw = body.encode() if isinstance(body, str) else body
    return FetchResult(url=FEED_URL, final_url=FEED_URL, status=200, body=raw, content_type=kind)


def item(number: int, *, extra: str = "", guid: str | None = None, text: str = WORDS) -> str:
    name = f"https://blog.example/?p={number}" if guid is None else guid
    named = f'<guid isPermaLink="false">{name}</guid>' if name else ""
    return (
        f"<item><title>Run {number}</title><link>https://blog.example/run-{number}/</link>{named}"
        f"<pubDate>Sun, {number % 28 + 1:02} Nov 2026 07:00:00 +0000</pubDate>"
        f"<description>{escape(text)}</description>"
        f"<content:encoded><![CDATA[<p>{text} ({number})</p>]]></content:encoded>{extra}</item>"
    )


def rss(*items: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel>'
        "<title>Hill &amp; Dale</title><link>https://blog.example/</link>"
        f"<description>Running</description>{head}{''.join(items)}</channel></rss>"
    )


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
