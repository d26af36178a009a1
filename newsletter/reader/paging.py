"""Further pages of a WordPress feed (`?paged=2`), when one shows less than what is new."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.errors import FeedError
from newsletter.models import Feed
from newsletter.reader.feed_status import fetch_url
from newsletter.reader.http.fetch import fetch
from newsletter.reader.http.http_errors import HttpNotFound
from newsletter.reader.parsing.items import FeedUpdate, KnownItems
from newsletter.reader.workers.pool import ParserPool

_MOST_PAGES = 5
_PAGES_MATTER_UNTIL = 3
_WORDPRESS_GUID = re.compile(r"[?&](?:p|page_id)=\d+")


def may_miss_posts(fresh: FeedUpdate, known_guids: frozenset[str], url: str) -> bool:
    """Whether posts may lie between what we know and what a WordPress feed still shows."""
    guids = [guid for _, guid in fresh.items]
    if not guids or not known_guids or not known_guids.isdisjoint(guids):
        return False
    return (
        "wordpress" in fresh.feed.generator.casefold()
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
    """The posts of further pages too, until a known one, the last page, or the fifth.

    A page that fails makes the whole reading fail: once the first page is known, no
    later reading would page on again, and the posts between were lost. Only a server
    that keeps failing so is taken at its first page.
    """
    found = {post.guid: post for post in first.posts}
    for page in range(2, _MOST_PAGES + 2):
        try:
            fetched = fetch(_page_url(fetch_url(feed), page), allow_private=allow_private)
            more = pool.posts(fetched, feed_url=feed.url, known=KnownItems(guids=known_guids)).posts
        except FeedError as error:
            if isinstance(error, HttpNotFound) or feed.failures >= _PAGES_MATTER_UNTIL:
                break
            raise
        fresh = [post for post in more if post.guid not in found]
        found.update((post.guid, post) for post in fresh)
        if not fresh or any(post.guid in known_guids for post in fresh):
            break
    shown = {guid for _, guid in first.items}
    further = tuple(("", guid) for guid in found if guid not in shown)
    return replace(first, posts=tuple(found.values()), items=(*first.items, *further))


def _page_url(url: str, page: int) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(page))])))
