"""Discover the feed of a blog from the address of one of its pages.

A feed may hold something else than the blog's newest posts: its comments, a later page, a search.
`partial_kind` recognises such a feed by its address, as WordPress and Blogger write it
(https://wordpress.org/documentation/article/wordpress-feeds/), and by its items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from newsletter.errors import FeedError, FetchError, NoFeedFound, ParseError
from newsletter.models import Feed, FetchResult
from newsletter.reader.http.fetch import fetch
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.workers.pool import ParserPool

_USUAL_PATHS = ("feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_COMMENT_PATH = re.compile(
    r"/comments/(?:feed|default|rss|atom)|/comments\.(?:rss|xml|atom)|/\d+/comments/"
)
_COMMENT_FEEDS = ("comments-rss2", "comments-atom", "comments-rss")
_PAGE_PATH = re.compile(r"/page/([2-9]|[1-9]\d+)(?:/|$)")
_AUTHOR_PATH = re.compile(r"/author/[^/]+")
_SEARCH_PATH = re.compile(r"/search/[^/]+")
# As WordPress titles them in the languages that we have words for.
_COMMENT_TITLE = re.compile(
    r"(?:comments (?:on|for)|kommentare (?:zu|für)|commentaires (?:sur|pour)|comentarios (?:en|de)"
    r"|commenti (?:a|su|per)|reacties op|reacties voor|comentários (?:em|sobre|a))\b",
    re.IGNORECASE,
)
_COMMENT_ITEM = re.compile(r"(?:by|von|par|por|di|da|door): \S|comment on .+ by \S", re.IGNORECASE)
COMMENTS = "comments on the blog"
SEARCH = "the results of a search on the blog"
AUTHOR = "the posts of one of its authors alone"


def discover_feed(address: str, *, allow_private: bool) -> tuple[Feed, ParsedFeed]:
    """Return the feed at `address`, which may be a page of the blog or the feed itself.

    Follows the feeds that the page links (`<link rel="alternate">`), then tries the usual
    paths. Raise NoFeedFound with the URLs that were tried, or FetchError if the page itself
    cannot be fetched.
    """
    url = _add_scheme(address)
    with ParserPool(size=1) as pool:
        page = _fetch_page(url, guessed=url != address.strip(), allow_private=allow_private)
        try:
            parsed = pool.parse(page)
        except ParseError:
            links, tried = _links_of(pool, page), []
        else:
            return _feed_at(url, page, parsed, page_url="")
        for candidate in _candidate_urls(page, links):
            tried.append(candidate)
            try:
                response = fetch(candidate, allow_private=allow_private)
                return _feed_at(candidate, response, pool.parse(response), page_url=page.final_url)
            except FeedError:
                continue
    raise NoFeedFound(
        f"No feed was found at {page.final_url}. Tried: {', '.join(tried)}.",
        url=url,
        cure="Look on the blog for a link called RSS or Feed and give its address.",
    )


def _add_scheme(address: str) -> str:
    """Return the address with https:// if it has no scheme, and without `feed:`."""
    text = address.strip()
    if text.lower().startswith("feed:"):
        text = text[len("feed:") :].lstrip("/")
    return text if _SCHEME.match(text) else f"https://{text.lstrip('/')}"


def _fetch_page(url: str, *, guessed: bool, allow_private: bool) -> FetchResult:
    """Fetch the page. If https was a guess and fails, try http."""
    try:
        return fetch(url, allow_private=allow_private)
    except FetchError as error:
        if not guessed or not url.startswith("https://"):
            raise
        try:
            return fetch("http://" + url.removeprefix("https://"), allow_private=allow_private)
        except FetchError:
            raise error from None


def _feed_at(
    requested_url: str, response: FetchResult, parsed: ParsedFeed, *, page_url: str
) -> tuple[Feed, ParsedFeed]:
    """Return the feed under the URL to store.

    That is the URL after redirects if they only corrected the spelling (https, www, a
    slash). A redirect to another place may be temporary, so then it is the requested URL.
    A feed without posts may belong to a new blog. Raise ParseError if it is broken as well.
    """
    if not parsed.items and not parsed.well_formed:
        raise ParseError(
            f"The feed at {response.final_url} is broken and holds no posts that can be read.",
            url=requested_url,
            cure="Open it in a browser; if it stays so, tell whoever runs the blog's software.",
        )
    is_elsewhere = canonical_url(requested_url) != canonical_url(response.final_url)
    feed = Feed(
        url=requested_url if is_elsewhere else response.final_url,
        title=parsed.title,
        site_url=parsed.site_url or page_url,
    )
    return feed, parsed


def _links_of(pool: ParserPool, page: FetchResult) -> tuple[str, ...]:
    """Return the feeds that the page links; none if it takes too long to read."""
    try:
        return pool.feed_links(page)
    except ParseError:
        return ()


def _candidate_urls(page: FetchResult, links: Iterable[str]) -> Iterator[str]:
    """Yield each URL to try once: the page's links, then the usual paths."""
    parts = urlsplit(page.final_url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = page.final_url.partition("?")[0].rstrip("/") + "/"
    guesses = [urljoin(start, path) for start in (folder, root) for path in _USUAL_PATHS]
    yield from dict.fromkeys((*links, *guesses))


def partial_kind(url: str, parsed: ParsedFeed) -> str:
    """Return in words what the feed holds, "" if it holds the newest posts of a blog."""
    parts = urlsplit(url)
    path, query = parts.path.lower(), dict(parse_qsl(parts.query.lower(), keep_blank_values=True))
    if _has_comments(path, query, parsed):
        return COMMENTS
    page = _PAGE_PATH.search(path)
    number = page[1] if page else query.get("paged", "") or query.get("page", "")
    if number.isdecimal() and int(number) > 1:
        return f"page {int(number)} of the blog, with older posts"
    start = query.get("start-index", "")
    if start.isdecimal() and int(start) > 1:
        return "a later page of the blog, with older posts"
    if "s" in query or "q" in query or _SEARCH_PATH.search(path):
        return SEARCH
    if "author" in query or "author_name" in query or _AUTHOR_PATH.search(path):
        return AUTHOR
    return ""


def _has_comments(path: str, query: dict[str, str], parsed: ParsedFeed) -> bool:
    if _COMMENT_PATH.search(path) or query.get("feed") in _COMMENT_FEEDS or "withcomments" in query:
        return True
    if _COMMENT_TITLE.match(parsed.title):
        return True
    titles = [item.title for item in parsed.items]
    return len(titles) > 1 and all(_COMMENT_ITEM.match(title) for title in titles)
