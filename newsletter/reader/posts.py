"""Build posts from the items of a feed, only from those whose bytes changed, and clean them.

Parsing and cleaning take a hundred times as long as hashing. An item whose bytes, and all
else that its meaning depends on, are the same as last time is the post of last time.

Cleaning is by far the slowest step, and most posts never need it: those that were on the
blog before the newsletter began. So a new post may be stored uncleaned, with its `source`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser

from newsletter import __version__
from newsletter.errors import ParseError
from newsletter.models import Facts, FetchResult, Post, Source
from newsletter.reader.clean.facts import facts_from_fields
from newsletter.reader.clean.post import SUMMARY_LENGTH, clean_post
from newsletter.reader.clean.source import LENGTH
from newsletter.reader.identity.canonical import normalise_text
from newsletter.reader.parsing.items import UNTITLED, FeedUpdate, Item, KnownItems, ParsedFeed
from newsletter.reader.parsing.parse import parse_feed
from newsletter.text import shorten

_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>][^>]*>?", re.IGNORECASE)
_ITEM_TAGS = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(item|entry)(?=[\s>/])|</(item|entry)\s*>", re.DOTALL
)
_GUID_TAGS = (b"<guid", b"<id>", b"<id ", b"rdf:about")
_TITLE_WORDS = 8
_TITLE_CHARACTERS = 24
# Kana, ideographs, Thai, Lao, Burmese and Khmer, ten in a row.
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]{10}")
_SENTENCE_END = re.compile(r"(?<=[。！？!?])")
_FORM = re.compile("<form", re.IGNORECASE)


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


def build_posts(
    feed: ParsedFeed, *, feed_url: str, known_guids: Container[str]
) -> tuple[Post, ...]:
    """Build a post with id 0 from every item of `feed`, in the feed's order.

    Posts with known guids are clean, so that they can be compared; new ones may be uncleaned.
    """
    site_url = feed.site_url or feed_url
    return tuple(
        build_clean_post(item, feed_url=feed_url, site_url=site_url)
        if item.guid in known_guids or not _can_defer_cleaning(item)
        else _build_post(item, feed_url=feed_url, site_url=site_url)
        for item in feed.items
    )


def build_clean_post(item: Item, *, feed_url: str, site_url: str) -> Post:
    """Build a clean post from one item. Without a title it is named by its first words."""
    post = _build_post(item, feed_url=feed_url, site_url=site_url)
    return _clean(post, post.source or Source(), url=item.url)


def clean_from_source(post: Post) -> Post:
    """Clean a post from its `source`. A clean post is returned as it is."""
    return _clean(post, post.source, url=post.url) if post.source is not None else post


def _can_defer_cleaning(item: Item) -> bool:
    """Whether the title, the URL and the state of the post are known without cleaning it.

    A form may be WordPress's password form, which makes the post protected.
    """
    markup = item.content, item.summary
    return bool(item.title and item.url) and not any(_FORM.search(part) for part in markup)


def _build_post(item: Item, *, feed_url: str, site_url: str) -> Post:
    # One character more than the cleaner reads shows it that there was more.
    whole = LENGTH + 1
    return Post(
        feed=feed_url,
        guid=item.guid,
        url=item.url or site_url,
        title=item.title,
        author=item.author,
        published=item.published,
        updated=item.updated,
        categories=item.categories,
        comment_count=item.comment_count,
        comments_url=item.comments_url,
        source=Source(
            content=item.content[:whole],
            summary=item.summary[: SUMMARY_LENGTH if item.content.strip() else whole],
            site_url=site_url,
            media=item.media,
            fields=item.fields,
        ),
    )


def _clean(post: Post, source: Source, *, url: str) -> Post:
    clean = clean_post(
        content=source.content,
        summary=source.summary,
        url=url,
        site_url=source.site_url,
        media=source.media,
        title=post.title,
    )
    return replace(
        post,
        title=post.title or _first_words(clean.excerpt),
        fingerprint=fingerprint(post.title, clean.html),
        html=clean.html,
        excerpt=clean.excerpt,
        image=clean.image,
        reading_minutes=clean.reading_minutes,
        facts=None if clean.protected else _merge_facts(post, source, clean.facts),
        left_out=clean.left_out,
        protected=clean.protected,
        source=None,
    )


def _merge_facts(post: Post, source: Source, in_text: Facts | None) -> Facts | None:
    """Return the facts of the feed's own elements and of tags ("race: X"), then of the text."""
    tags = (tag.partition(":")[::2] for tag in post.categories if ":" in tag)
    in_fields = facts_from_fields((*source.fields, *tags))
    if in_fields is None or in_text is None:
        return in_fields or in_text
    missing = {
        name: value for name, value in asdict(in_text).items() if not getattr(in_fields, name)
    }
    return replace(in_fields, **missing)


def fingerprint(title: str, html: str) -> str:
    """Return the SHA-256 of the normalised title and visible text of a post."""
    body = LexborHTMLParser(html).body if html else None
    text = body.text(separator=" ") if body is not None else ""
    readable = "\n".join(normalise_text(part) for part in (title, text))
    return hashlib.sha256(readable.encode("utf-8", "replace")).hexdigest()


def _first_words(text: str) -> str:
    """Return a title for a post without one: its first words, or a part of its first sentence.

    Japanese, Chinese and Thai have no spaces between words, so characters are counted there.
    """
    words = text.split()
    if not words:
        return UNTITLED
    short = " ".join(words[:_TITLE_WORDS])
    if _WITHOUT_SPACES.search(short) and len(short) > _TITLE_CHARACTERS:
        sentence = _SENTENCE_END.split(text, maxsplit=1)[0]
        if len(sentence) <= _TITLE_CHARACTERS:
            return sentence if sentence == text else sentence.rstrip("。") + "…"
        return shorten(sentence, _TITLE_CHARACTERS)
    return short if len(words) <= _TITLE_WORDS else short.rstrip(".,;:!?–—-") + "…"
