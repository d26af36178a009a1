"""What a feed says, before anything is cleaned: the values between parser and posts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
    truncated: bool = False
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItems:
    """What earlier readings left: the guid of each item by its mark, and the site.

    `names` are the guids of all the feed's posts ever read. One of them met again is cleaned
    at once, to be compared; a new post may come with its `source` instead.
    """

    guid_by_hash: Mapping[str, str] = field(default_factory=dict)
    site_url: str = ""
    guids: frozenset[str] = frozenset()


NO_KNOWN_ITEMS = KnownItems()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedUpdate:
    """What the feed says of itself, the posts read now, and all its items in order.

    `items` are pairs of mark and guid, of known items too; the mark is "" where the
    feed cannot be cut.
    """

    feed: ParsedFeed
    posts: tuple[Post, ...]
    items: tuple[tuple[str, str], ...]


_LONGEST = 1000


def assign_guids(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items in their order, each with a guid, each given guid once (the first).

    Without a guid the link names an item, else a hash of its title and date, else of
    its text. Where several lack one and share a link, the last keeps it as its name: feeds
    run newest first, so it is the one that was there before.
    """
    listed = tuple(items)
    taken = {_shorten(item.guid) for item in listed if item.guid}
    kept: list[Item] = []
    given: set[str] = set()
    for item in reversed(_deduplicate(listed)):
        guid = _shorten(item.guid) or _fallback_guid(item)
        if not item.guid:
            while guid in taken | given:
                guid = _digest(guid, item.title, _date(item), item.content or item.summary)
        given.add(guid)
        kept.append(replace(item, guid=guid))
    return tuple(reversed(kept))


def _deduplicate(items: tuple[Item, ...]) -> list[Item]:
    """Without repetitions: of a guid, or of a nameless item with its link and all else."""
    found: dict[object, Item] = {}
    for place, item in enumerate(items):
        nameless = item if item.url else place
        found.setdefault(item.guid or nameless, item)
    return list(found.values())


def _fallback_guid(item: Item) -> str:
    if item.url:
        return _shorten(item.url)
    if item.title or item.published is not None:
        return _digest(item.title, _date(item))
    return _digest(item.content or item.summary)


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else _digest(name)


def _date(item: Item) -> str:
    return item.published.isoformat() if item.published is not None else ""


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
