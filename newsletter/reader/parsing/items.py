"""What a feed says, before anything is cleaned: the values between parser and posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.models import Image, Post

UNTITLED = "(untitled)"
# Names of a feed's own elements that tell of a run.
FACT_FIELDS = ("distance", "time", "pace", "race", "route", "duration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed, in our words.

    `title` and `author` are plain text. `content` and `summary` are the blog's own HTML,
    untouched and untrusted. `url` is absolute http(s) or "". `guid` is
    never "" in a ParsedFeed. `fields` are elements of the feed's own, as name and value.
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
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A whole feed: its name, the site it belongs to, and its items in their order.

    `well_formed` says that it was sound XML, read without guessing, `cut_off` that the
    transfer ended within an item, which was left out.
    """

    title: str = ""
    site_url: str = ""
    generator: str = ""
    well_formed: bool = False
    cut_off: bool = False
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier readings left: the guid of each item by its mark, and the site.

    `names` are the guids of all the feed's posts ever read. One of them met again is cleaned
    at once, to be compared; a new post may come with its `source` instead.
    """

    guids: Mapping[str, str] = field(default_factory=dict)
    site_url: str = ""
    names: frozenset[str] = frozenset()


NOTHING = Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What the feed says of itself, the posts read now, and all its items in order.

    `items` are pairs of mark and guid, of known items too; the mark is "" where the
    feed cannot be cut.
    """

    feed: ParsedFeed
    posts: tuple[Post, ...]
    items: tuple[tuple[str, str], ...]
