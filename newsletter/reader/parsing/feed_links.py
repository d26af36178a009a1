"""The feeds that a web page links. A worker process reads the page: it may be made to harm."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from newsletter.models import FetchResult
from newsletter.reader.parsing.plain_text import web_address

# Feed autodiscovery: https://blog.whatwg.org/feed-autodiscovery. WordPress also links its
# API, as plain application/json, which is not a feed.
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_COMMENTS = re.compile(
    r"comment|kommentar|commentaire|coment[aá]rio|commenti|reactie", re.IGNORECASE
)
_MAX_LINKS = 8


def feed_links(page: FetchResult) -> tuple[str, ...]:
    """Return the feeds that the page links, with feeds of comments last."""
    tree = LexborHTMLParser(page.body.decode("utf-8", "replace"))
    base_node = tree.css_first("base[href]")
    base = urljoin(page.final_url, (base_node.attributes.get("href") or "") if base_node else "")
    links: list[tuple[bool, str]] = []
    for link in tree.css("link[rel][href]"):
        attributes = {name: value or "" for name, value in link.attributes.items()}
        media_type = attributes.get("type", "").partition(";")[0].strip().lower()
        url = web_address(attributes["href"], base)
        if "alternate" in attributes["rel"].lower().split() and media_type in _FEED_TYPES and url:
            label = attributes.get("title", "") + " " + urlsplit(url).path
            links.append((bool(_COMMENTS.search(label)), url))
    links.sort(key=lambda pair: pair[0])
    return tuple(url for _, url in links[:_MAX_LINKS])
