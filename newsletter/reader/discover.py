"""From a blog's address to its feed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from newsletter.errors import FeedError, FetchError, NoFeedFound, ParseError
from newsletter.models import Feed, FetchResult
from newsletter.reader.http.fetch import fetch
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.parsing.plain_text import web_address
from newsletter.reader.workers.pool import ParserPool

# https://blog.whatwg.org/feed-autodiscovery; the plain application/json that WordPress
# links to is its API, not a feed.
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_USUAL_PLACES = ("feed/", "rss.xml", "atom.xml", "feed.xml", "index.xml")
_COMMENTS = re.compile(
    r"comment|kommentar|commentaire|coment[aá]rio|commenti|reactie", re.IGNORECASE
)
_MOST_LINKS = 8
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


def discover_feed(address: str, *, allow_private: bool) -> tuple[Feed, ParsedFeed]:
    """The feed at `address`, which may be a blog's page or the feed itself.

    A page names its feed (`<link rel="alternate">`); where it does not, the usual places
    are tried. Raises NoFeedFound with what was tried, or FetchError when not even the
    page can be had.
    """
    given = _add_scheme(address)
    with ParserPool(size=1) as pool:
        page = _fetch_page(given, guessed=given != address.strip(), allow_private=allow_private)
        try:
            return _feed_at(given, page, pool.parse(page), page_url="")
        except ParseError:
            links, tried = _feed_links(page), []
        for candidate in _candidate_urls(page, links):
            tried.append(candidate)
            try:
                fetched = fetch(candidate, allow_private=allow_private)
                return _feed_at(candidate, fetched, pool.parse(fetched), page_url=page.final_url)
            except FeedError:
                continue
    raise NoFeedFound(
        f"No feed was found at {page.final_url}. Tried: {', '.join(tried)}.",
        url=given,
        cure="Look on the blog for a link called RSS or Feed and give its address.",
    )


def _add_scheme(address: str) -> str:
    """The address with https:// where it has none, or with `feed:` taken away."""
    text = address.strip()
    if text.lower().startswith("feed:"):
        text = text[len("feed:") :].lstrip("/")
    return text if _SCHEME.match(text) else f"https://{text.lstrip('/')}"


def _fetch_page(given: str, *, guessed: bool, allow_private: bool) -> FetchResult:
    """The page; where https was our guess and fails, http is tried."""
    try:
        return fetch(given, allow_private=allow_private)
    except FetchError as error:
        if not guessed or not given.startswith("https://"):
            raise
        try:
            return fetch("http://" + given.removeprefix("https://"), allow_private=allow_private)
        except FetchError:
            raise error from None


def _feed_at(
    asked: str, fetched: FetchResult, parsed: ParsedFeed, *, page_url: str
) -> tuple[Feed, ParsedFeed]:
    """The feed under the address it is best kept under.

    Where the server only corrected the spelling (https, www, a slash), the corrected one;
    a redirect to another place may be for today, so then the address that was asked for.
    """
    moved = canonical_url(asked) != canonical_url(fetched.final_url)
    feed = Feed(
        url=asked if moved else fetched.final_url,
        title=parsed.title,
        site_url=parsed.site_url or page_url,
    )
    return feed, parsed


def _feed_links(page: FetchResult) -> tuple[str, ...]:
    """Feeds that the page's head names, feeds of comments last."""
    tree = LexborHTMLParser(page.body.decode("utf-8", "replace"))
    base_node = tree.css_first("base[href]")
    base = urljoin(page.final_url, (base_node.attributes.get("href") or "") if base_node else "")
    named: list[tuple[bool, str]] = []
    for link in tree.css("link[rel][href]"):
        given = {name: value or "" for name, value in link.attributes.items()}
        kind = given.get("type", "").partition(";")[0].strip().lower()
        url = web_address(given["href"], base)
        if "alternate" in given["rel"].lower().split() and kind in _FEED_TYPES and url:
            of_comments = bool(_COMMENTS.search(given.get("title", "") + " " + urlsplit(url).path))
            named.append((of_comments, url))
    named.sort(key=lambda pair: pair[0])
    return tuple(url for _, url in named[:_MOST_LINKS])


def _candidate_urls(page: FetchResult, links: Iterable[str]) -> Iterator[str]:
    """Each address worth trying once: the page's links, then the usual places."""
    parts = urlsplit(page.final_url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = page.final_url.partition("?")[0].rstrip("/") + "/"
    places = [urljoin(start, place) for start in (folder, root) for place in _USUAL_PLACES]
    yield from dict.fromkeys((*links, *places))
