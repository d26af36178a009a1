"""The values between parser and posts, and the guid of every item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.models import Image, Post

UNTITLED = "(untitled)"
#: Names of a feed's own elements that may hold facts of a run.
FACT_FIELDS = ("distance", "time", "pace", "race", "route", "duration")
_MAX_GUID_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed."""

    #: Never empty in a ParsedFeed.
    guid: str
    #: An absolute http(s) URL, or "".
    url: str = ""
    #: Plain text, as is `author`.
    title: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    #: The blog's HTML, untouched and untrusted, as is `summary`.
    content: str = ""
    summary: str = ""
    categories: tuple[str, ...] = ()
    comment_count: int | None = None
    comments_url: str = ""
    #: Pictures that the feed names outside of the text.
    media: tuple[Image, ...] = ()
    #: Elements of the feed's own that are called like FACT_FIELDS, as name and value.
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed and its items, in the feed's order."""

    title: str = ""
    site_url: str = ""
    generator: str = ""
    #: A BCP 47 tag, as the feed writes it, "" if it names none.
    language: str = ""
    #: Whether it was well-formed XML or JSON, parsed without guessing.
    well_formed: bool = False
    #: Whether the transfer ended inside the last item, which was dropped.
    truncated: bool = False
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItems:
    """The items of earlier readings."""

    #: The guid of each item of the last body, by the item's hash. They are not parsed again.
    guid_by_hash: Mapping[str, str] = field(default_factory=dict)
    #: The feed's site at that time.
    site_url: str = ""
    #: The guids of all posts of the feed. A known post is cleaned at once, to be compared.
    guids: frozenset[str] = frozenset()


NO_KNOWN_ITEMS = KnownItems()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedUpdate:
    """The result of parsing a feed of which some items may be known."""

    #: The feed without its items.
    feed: ParsedFeed
    #: The posts of the items that were parsed.
    posts: tuple[Post, ...]
    #: All items in order, as pairs of hash and guid. The hash is "" if the feed could not be
    #: split into items.
    items: tuple[tuple[str, str], ...]


def assign_guids(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items, deduplicated by guid, each with a guid.

    An item without a guid is named by its link, else by a hash of its title and date, else of
    its text. Of several such items with one link, the last keeps the link as its guid: feeds
    are newest first, so it is the one that was there before.
    """
    listed = tuple(items)
    own_guids = {_shorten(item.guid) for item in listed if item.guid}
    named: list[Item] = []
    assigned: set[str] = set()
    for item in reversed(_deduplicate(listed)):
        guid = _shorten(item.guid) or _fallback_guid(item)
        if not item.guid:
            while guid in own_guids | assigned:
                guid = _digest(guid, item.title, _date(item), item.content or item.summary)
        assigned.add(guid)
        named.append(replace(item, guid=guid))
    return tuple(reversed(named))


def _deduplicate(items: tuple[Item, ...]) -> list[Item]:
    """Drop items that repeat a guid, and items without a guid that are equal and have a link."""
    unique: dict[object, Item] = {}
    for index, item in enumerate(items):
        fallback_key = item if item.url else index
        unique.setdefault(item.guid or fallback_key, item)
    return list(unique.values())


def _fallback_guid(item: Item) -> str:
    if item.url:
        return _shorten(item.url)
    if item.title or item.published is not None:
        return _digest(item.title, _date(item))
    return _digest(item.content or item.summary)


def _shorten(guid: str) -> str:
    return guid if len(guid) <= _MAX_GUID_LENGTH else _digest(guid)


def _date(item: Item) -> str:
    return item.published.isoformat() if item.published is not None else ""


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
