"""What a feed says, before anything is cleaned: the values between parser and posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.models import Image

UNTITLED = "(untitled)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed, in our words.

    `title` and `author` are plain text. `content` and `summary` are the blog's own HTML,
    untouched and untrusted. `url` is absolute http(s) or "". `guid` is
    never "" in a ParsedFeed.
    """

    guid: str
    url: str = ""
    title: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    content: str = ""
    summary: str = ""
    categories: tuple[str, ...] = ()
    comment_count: int | None = None
    comments_url: str = ""
    media: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A whole feed: its name, the site it belongs to, and its items in their order."""

    title: str = ""
    site_url: str = ""
    generator: str = ""
    items: tuple[Item, ...] = ()
