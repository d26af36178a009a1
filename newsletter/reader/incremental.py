"""The posts of a feed that were not read before: only their items are parsed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from newsletter import __version__
from newsletter.errors import ParseError
from newsletter.models import Fetched
from newsletter.reader.parsing.items import Fresh, Known
from newsletter.reader.parsing.parse import parse_here
from newsletter.reader.posts import posts_met


def fresh_posts(fetched: Fetched, *, feed_url: str, known: Known) -> Fresh:
    """The posts in `fetched` but for those whose items are as they were.

    Wherever the items left out might have told on the others, the whole feed is read.
    Raises ParseError.
    """
    pieces = pieces_of(fetched)
    if pieces is not None and any(mark in known.guids for mark in pieces.marks):
        pruned = _pruned(fetched, pieces, feed_url, known)
        if pruned is not None:
            return pruned
    feed = parse_here(fetched)
    told_apart = pieces is not None and feed.well_formed and len(pieces.items) == len(feed.items)
    marks = pieces.marks if pieces is not None and told_apart else ("",) * len(feed.items)
    guids = (item.guid for item in feed.items)
    return Fresh(
        feed=replace(feed, items=()),
        posts=posts_met(feed, feed_url=feed_url, known=known.names),
        items=tuple(zip(marks, guids, strict=True)),
    )


def _pruned(fetched: Fetched, pieces: Pieces, feed_url: str, known: Known) -> Fresh | None:
    """The reading of the unknown items alone, or None where it might not be right."""
    unknown = tuple(n for n, mark in enumerate(pieces.marks) if mark not in known.guids)
    if not all(pieces.is_named(place) for place in unknown):
        return None
    try:
        feed = parse_here(replace(fetched, body=pieces.only(unknown)))
    except ParseError:
        return None
    # Known items came from sound XML; if the rest is sound, so is the whole.
    if not feed.well_formed or len(feed.items) != len(unknown):
        return None
    if feed.site_url != known.site_url:
        return None
    read = dict(zip(unknown, feed.items, strict=True))
    items = tuple(
        (mark, read[place].guid if place in read else known.guids[mark])
        for place, mark in enumerate(pieces.marks)
    )
    if len({guid for _, guid in items}) < len(items):
        return None
    return Fresh(
        feed=replace(feed, items=()),
        posts=posts_met(feed, feed_url=feed_url, known=known.names),
        items=items,
    )


_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>][^>]*>?", re.IGNORECASE)
_PARTS = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(item|entry)(?=[\s>/])|</(item|entry)\s*>", re.DOTALL
)
_NAMES = (b"<guid", b"<id>", b"<id ", b"rdf:about")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A body cut at its items: head, items and tail make it whole.

    `marks` name the items in their order: equal marks mean equal posts.
    """

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    marks: tuple[str, ...]

    def only(self, places: tuple[int, ...]) -> bytes:
        """The body with no items but those at `places`."""
        return b"".join((self.head, *(self.items[place] for place in places), self.tail))

    def is_named(self, place: int) -> bool:
        """Whether the item names itself; names we make up hang on the other items."""
        return any(name in self.items[place] for name in _NAMES)


def pieces_of(fetched: Fetched) -> Pieces | None:
    """The pieces of an RSS or Atom feed; None where cutting it would not be safe.

    Safe is UTF-8 without entities of its own, each item opened and closed in turn with
    nothing between them.
    """
    body = fetched.body
    root = _ROOT.search(body)
    if root is None or b"<!DOCTYPE" in body[: root.start()] or not _is_utf8(body):
        return None
    spans = _spans(body, root.end())
    if not spans or any(body[one[1] : two[0]].strip() for one, two in pairwise(spans)):
        return None
    items = tuple(body[start:end] for start, end in spans)
    # What else decides how an item reads: the root's namespaces and base, the address
    # that relative ones are resolved against, and our own program.
    ground = hashlib.sha256(
        b"\n".join((root.group(), fetched.final_url.encode(), __version__.encode()))
    )
    return Pieces(
        head=body[: spans[0][0]],
        items=items,
        tail=body[spans[-1][1] :],
        marks=tuple(_mark(ground.digest(), item) for item in items),
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _spans(body: bytes, start: int) -> list[tuple[int, int]]:
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


def _mark(ground: bytes, item: bytes) -> str:
    return hashlib.blake2b(item, key=ground, digest_size=12).hexdigest()
