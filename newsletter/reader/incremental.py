"""The posts of a feed that were not read before: only their items are parsed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from newsletter import __version__
from newsletter.errors import ParseError
from newsletter.models import FetchResult
from newsletter.reader.parsing.items import FeedUpdate, KnownItems
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.posts import build_posts


def parse_incrementally(fetched: FetchResult, *, feed_url: str, known: KnownItems) -> FeedUpdate:
    """The posts in `fetched` but for those whose items are as they were.

    Wherever the items left out might have told on the others, the whole feed is read.
    Raises ParseError.
    """
    pieces = split_items(fetched)
    if pieces is not None and any(mark in known.guid_by_hash for mark in pieces.hashes):
        pruned = _parse_unknown_items(fetched, pieces, feed_url, known)
        if pruned is not None:
            return pruned
    feed = parse_feed(fetched)
    told_apart = pieces is not None and feed.well_formed and len(pieces.items) == len(feed.items)
    marks = pieces.hashes if pieces is not None and told_apart else ("",) * len(feed.items)
    guids = (item.guid for item in feed.items)
    return FeedUpdate(
        feed=replace(feed, items=()),
        posts=build_posts(feed, feed_url=feed_url, known=known.guids),
        items=tuple(zip(marks, guids, strict=True)),
    )


def _parse_unknown_items(
    fetched: FetchResult, pieces: SplitFeed, feed_url: str, known: KnownItems
) -> FeedUpdate | None:
    """The reading of the unknown items alone, or None where it might not be right."""
    unknown = tuple(n for n, mark in enumerate(pieces.hashes) if mark not in known.guid_by_hash)
    if not all(pieces.has_guid(place) for place in unknown):
        return None
    try:
        feed = parse_feed(replace(fetched, body=pieces.keep_items(unknown)))
    except ParseError:
        return None
    # Known items came from sound XML; if the rest is sound, so is the whole.
    if not feed.well_formed or len(feed.items) != len(unknown):
        return None
    if feed.site_url != known.site_url:
        return None
    read = dict(zip(unknown, feed.items, strict=True))
    items = tuple(
        (mark, read[place].guid if place in read else known.guid_by_hash[mark])
        for place, mark in enumerate(pieces.hashes)
    )
    if len({guid for _, guid in items}) < len(items):
        return None
    return FeedUpdate(
        feed=replace(feed, items=()),
        posts=build_posts(feed, feed_url=feed_url, known=known.guids),
        items=items,
    )


_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>][^>]*>?", re.IGNORECASE)
_PARTS = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(item|entry)(?=[\s>/])|</(item|entry)\s*>", re.DOTALL
)
_NAMES = (b"<guid", b"<id>", b"<id ", b"rdf:about")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFeed:
    """A body cut at its items: head, items and tail make it whole.

    `marks` name the items in their order: equal marks mean equal posts.
    """

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    hashes: tuple[str, ...]

    def keep_items(self, places: tuple[int, ...]) -> bytes:
        """The body with no items but those at `places`."""
        return b"".join((self.head, *(self.items[place] for place in places), self.tail))

    def has_guid(self, place: int) -> bool:
        """Whether the item names itself; names we make up hang on the other items."""
        return any(name in self.items[place] for name in _NAMES)


def split_items(fetched: FetchResult) -> SplitFeed | None:
    """The pieces of an RSS or Atom feed; None where cutting it would not be safe.

    Safe is UTF-8 without entities of its own, each item opened and closed in turn with
    nothing between them.
    """
    body = fetched.body
    root = _ROOT.search(body)
    if root is None or b"<!DOCTYPE" in body[: root.start()] or not _is_utf8(body):
        return None
    spans = _item_spans(body, root.end())
    if not spans or any(body[one[1] : two[0]].strip() for one, two in pairwise(spans)):
        return None
    items = tuple(body[start:end] for start, end in spans)
    # What else decides how an item reads: the root's namespaces and base, the address
    # that relative ones are resolved against, and our own program.
    ground = hashlib.sha256(
        b"\n".join((root.group(), fetched.final_url.encode(), __version__.encode()))
    )
    return SplitFeed(
        head=body[: spans[0][0]],
        items=items,
        tail=body[spans[-1][1] :],
        hashes=tuple(_hash_item(ground.digest(), item) for item in items),
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _item_spans(body: bytes, start: int) -> list[tuple[int, int]]:
    """Where each item begins and ends; nothing if one is not closed or holds another."""
    spans: list[tuple[int, int]] = []
    opened, name = -1, b""
    for part in _PARTS.finditer(body, start):
        starts, ends = part.groups()
        if starts and opened < 0:
            opened, name = part.start(), starts
        elif ends and opened >= 0 and ends == name:
            spans.append((opened, part.end()))
            opened = -1
        elif starts or ends:
            return []
    return spans if opened < 0 else []


def _hash_item(ground: bytes, item: bytes) -> str:
    return hashlib.blake2b(item, key=ground, digest_size=12).hexdigest()
