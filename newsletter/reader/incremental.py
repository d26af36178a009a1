"""Parse only the items of a feed whose bytes changed.

Parsing and cleaning take a hundred times as long as hashing. An item whose bytes, and all
else that its meaning depends on, are the same as last time is the post of last time.
"""

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

_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>][^>]*>?", re.IGNORECASE)
_ITEM_TAGS = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(item|entry)(?=[\s>/])|</(item|entry)\s*>", re.DOTALL
)
_GUID_TAGS = (b"<guid", b"<id>", b"<id ", b"rdf:about")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFeed:
    """The body of a feed, split at its items. Head, items and tail joined make the body."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    #: The hash of each item. Equal hashes mean equal posts.
    hashes: tuple[str, ...]

    def keep_items(self, indexes: tuple[int, ...]) -> bytes:
        """Return the body with only the items at these indexes."""
        return b"".join((self.head, *(self.items[index] for index in indexes), self.tail))

    def has_guid(self, index: int) -> bool:
        """Whether the item brings a guid. A guid we derive depends on the other items."""
        return any(tag in self.items[index] for tag in _GUID_TAGS)


def parse_incrementally(response: FetchResult, *, feed_url: str, known: KnownItems) -> FeedUpdate:
    """Return the posts whose items are not in `known`, and the guids of all items.

    Parses the whole feed wherever the known items could affect the others. Raise ParseError.
    """
    split = split_items(response)
    if split is not None and any(item_hash in known.guid_by_hash for item_hash in split.hashes):
        update = _parse_unknown_items(response, split, feed_url, known)
        if update is not None:
            return update
    feed = parse_feed(response)
    is_aligned = split is not None and feed.well_formed and len(split.items) == len(feed.items)
    hashes = split.hashes if split is not None and is_aligned else ("",) * len(feed.items)
    guids = (item.guid for item in feed.items)
    return FeedUpdate(
        feed=replace(feed, items=()),
        posts=build_posts(feed, feed_url=feed_url, known_guids=known.guids),
        items=tuple(zip(hashes, guids, strict=True)),
    )


def _parse_unknown_items(
    response: FetchResult, split: SplitFeed, feed_url: str, known: KnownItems
) -> FeedUpdate | None:
    """Parse the unknown items alone. Return None if the result could differ from the whole."""
    unknown = tuple(
        index for index, item_hash in enumerate(split.hashes) if item_hash not in known.guid_by_hash
    )
    if not all(split.has_guid(index) for index in unknown):
        return None
    try:
        feed = parse_feed(replace(response, body=split.keep_items(unknown)))
    except ParseError:
        return None
    # The known items came from well-formed XML: if the others are, so is the whole.
    if not feed.well_formed or len(feed.items) != len(unknown):
        return None
    if feed.site_url != known.site_url:
        return None
    parsed = dict(zip(unknown, feed.items, strict=True))
    items = tuple(
        (item_hash, parsed[index].guid if index in parsed else known.guid_by_hash[item_hash])
        for index, item_hash in enumerate(split.hashes)
    )
    if len({guid for _, guid in items}) < len(items):
        return None
    return FeedUpdate(
        feed=replace(feed, items=()),
        posts=build_posts(feed, feed_url=feed_url, known_guids=known.guids),
        items=items,
    )


def split_items(response: FetchResult) -> SplitFeed | None:
    """Split an RSS or Atom feed at its items. Return None if that would not be safe.

    It is safe for UTF-8 without a DTD, in which each item is opened and closed in turn and
    nothing stands between the items.
    """
    body = response.body
    root = _ROOT.search(body)
    if root is None or b"<!DOCTYPE" in body[: root.start()] or not _is_utf8(body):
        return None
    spans = _item_spans(body, root.end())
    if not spans or any(body[item[1] : after[0]].strip() for item, after in pairwise(spans)):
        return None
    items = tuple(body[start:end] for start, end in spans)
    # The meaning of an item depends on the namespaces and xml:base of the root, the URL that
    # relative ones are resolved against, and the version of this program.
    key = hashlib.sha256(
        b"\n".join((root.group(), response.final_url.encode(), __version__.encode()))
    ).digest()
    return SplitFeed(
        head=body[: spans[0][0]],
        items=items,
        tail=body[spans[-1][1] :],
        hashes=tuple(_hash_item(key, item) for item in items),
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _item_spans(body: bytes, start: int) -> list[tuple[int, int]]:
    """Return the start and end of each item; [] if one is unclosed or contains another."""
    spans: list[tuple[int, int]] = []
    opened_at, name = -1, b""
    for tag in _ITEM_TAGS.finditer(body, start):
        start_name, end_name = tag.groups()
        if start_name and opened_at < 0:
            opened_at, name = tag.start(), start_name
        elif end_name and opened_at >= 0 and end_name == name:
            spans.append((opened_at, tag.end()))
            opened_at = -1
        elif start_name or end_name:
            return []
    return spans if opened_at < 0 else []


def _hash_item(key: bytes, item: bytes) -> str:
    return hashlib.blake2b(item, key=key, digest_size=12).hexdigest()
