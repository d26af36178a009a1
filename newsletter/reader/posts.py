"""Build posts from a feed's items, and clean them.

Cleaning is by far the slowest step, and most posts never need it: those that were on the
blog before the newsletter began. So a new post may be stored uncleaned, with its `source`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from dataclasses import asdict, replace

from selectolax.lexbor import LexborHTMLParser

from newsletter.models import Facts, Post, Source
from newsletter.reader.clean.facts import facts_from_fields
from newsletter.reader.clean.post import SUMMARY_LENGTH, clean_post
from newsletter.reader.clean.source import LENGTH
from newsletter.reader.identity.canonical import normalise_text
from newsletter.reader.parsing.items import UNTITLED, Item, ParsedFeed
from newsletter.text import shorten

_TITLE_WORDS = 8
_TITLE_CHARACTERS = 24
# Kana, ideographs, Thai, Lao, Burmese and Khmer, ten in a row.
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]{10}")
_SENTENCE_END = re.compile(r"(?<=[。！？!?])")
_FORM = re.compile("<form", re.IGNORECASE)


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
