"""Recognise feeds that hold something else than a blog's newest posts. Pure.

The addresses are WordPress's and Blogger's: https://wordpress.org/documentation/article/wordpress-feeds/
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from newsletter.reader.parsing.items import ParsedFeed

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
