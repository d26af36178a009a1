"""Fetch further pages of a WordPress feed (`?paged=2`) that shows fewer posts than are new."""

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

_MAX_PAGES = 5
_FAILURES_BEFORE_FIRST_PAGE_ONLY = 3
_WORDPRESS_GUID = re.compile(r"[?&](?:p|page_id)=\d+")


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
    """Add the posts of further pages, up to a known post, the last page, or five pages.

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
