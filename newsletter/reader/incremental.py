"""The posts of a feed that were not read before: only their items are parsed."""

from __future__ import annotations

from dataclasses import replace

from newsletter.errors import ParseError
from newsletter.models import Fetched
from newsletter.reader.parsing.item_hashes import Pieces, pieces_of
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
