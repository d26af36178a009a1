"""Items become Posts: cleaned, measured and given the mark that shows an edit."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict, replace

from selectolax.lexbor import LexborHTMLParser

from newsletter.models import Facts, Post
from newsletter.reader.clean import clean_post, facts_of_fields
from newsletter.reader.items import UNTITLED, Item, ParsedFeed

_QUERY = re.compile(r"(https?://[^\s?#]+)[?#]\S*")
_TITLE_WORDS = 8


def posts_of(feed: ParsedFeed, *, feed_url: str) -> tuple[Post, ...]:
    """Every item of `feed` as a Post with id 0, in the feed's order."""
    site_url = feed.site_url or feed_url
    return tuple(post_of(item, feed_url=feed_url, site_url=site_url) for item in feed.items)


def post_of(item: Item, *, feed_url: str, site_url: str) -> Post:
    """One item as a Post: an item without a title is named by its first words."""
    cleaned = clean_post(
        content=item.content,
        summary=item.summary,
        url=item.url,
        site_url=site_url,
        media=item.media,
        title=item.title,
    )
    return Post(
        feed=feed_url,
        guid=item.guid,
        url=item.url or site_url,
        title=item.title or _first_words(cleaned.excerpt),
        fingerprint=fingerprint(item.title, cleaned.html),
        author=item.author,
        published=item.published,
        updated=item.updated,
        html=cleaned.html,
        excerpt=cleaned.excerpt,
        image=cleaned.image,
        categories=item.categories,
        comment_count=item.comment_count,
        comments_url=item.comments_url,
        reading_minutes=cleaned.reading_minutes,
        facts=None if cleaned.protected else _facts(item, cleaned.facts),
        protected=cleaned.protected,
    )


def _facts(item: Item, in_text: Facts | None) -> Facts | None:
    """The facts of a run: the feed's own elements first, then tags ("race: X"), then text."""
    tags = (tag.partition(":")[::2] for tag in item.categories if ":" in tag)
    told = facts_of_fields((*item.fields, *tags))
    if told is None or in_text is None:
        return told or in_text
    missing = {name: value for name, value in asdict(in_text).items() if not getattr(told, name)}
    return replace(told, **missing)


def fingerprint(title: str, html: str) -> str:
    """SHA-256 of what a reader reads: the title and the visible text.

    Case, spacing and typographic form do not count, nor do the query strings of
    addresses in the text, which some plugins renew with every visit.
    """
    body = LexborHTMLParser(html).body if html else None
    text = body.text(separator=" ") if body is not None else ""
    readable = "\n".join(_normal(part) for part in (title, text))
    return hashlib.sha256(readable.encode("utf-8", "replace")).hexdigest()


def _normal(text: str) -> str:
    plain = _QUERY.sub(r"\1", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())


def _first_words(text: str) -> str:
    words = text.split()
    if not words:
        return UNTITLED
    short = " ".join(words[:_TITLE_WORDS])
    return short if len(words) <= _TITLE_WORDS else short.rstrip(".,;:!?–—-") + "…"
