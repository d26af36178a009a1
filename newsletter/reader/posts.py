"""Items become Posts: cleaned, measured and given the mark that shows an edit.

Cleaning takes longer than all else, and most posts are never needed clean: those that
were on the blog before the newsletter began. So a post may wait for it.
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

_TITLE_WORDS = 8
# A password's form makes the post another from the start.
_FORM = re.compile("<form", re.IGNORECASE)


def posts_of(feed: ParsedFeed, *, feed_url: str) -> tuple[Post, ...]:
    """Every item of `feed` as a cleaned Post with id 0, in the feed's order."""
    site_url = feed.site_url or feed_url
    return tuple(
        build_clean_post(item, feed_url=feed_url, site_url=site_url) for item in feed.items
    )


def build_posts(feed: ParsedFeed, *, feed_url: str, known: Container[str]) -> tuple[Post, ...]:
    """As `posts_of`, but those may wait for cleaning whose guid is not `known`."""
    site_url = feed.site_url or feed_url
    return tuple(
        (build_clean_post if item.guid in known or not _can_defer_cleaning(item) else _build_post)(
            item, feed_url=feed_url, site_url=site_url
        )
        for item in feed.items
    )


def build_clean_post(item: Item, *, feed_url: str, site_url: str) -> Post:
    """One item as a Post: an item without a title is named by its first words."""
    post = _build_post(item, feed_url=feed_url, site_url=site_url)
    return _clean(post, post.source or Source(), url=item.url)


def clean_from_source(post: Post) -> Post:
    """The post with all that is made from its source; as it is, if that was done before."""
    return _clean(post, post.source, url=post.url) if post.source is not None else post


def _can_defer_cleaning(item: Item) -> bool:
    """Whether the item says all that its state hangs on without being cleaned."""
    text = item.content, item.summary
    return bool(item.title and item.url) and not any(_FORM.search(part) for part in text)


def _build_post(item: Item, *, feed_url: str, site_url: str) -> Post:
    whole = LENGTH + 1  # what the cleaner reads, and sees that it was more
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
    made = clean_post(
        content=source.content,
        summary=source.summary,
        url=url,
        site_url=source.site_url,
        media=source.media,
        title=post.title,
    )
    return replace(
        post,
        title=post.title or _first_words(made.excerpt),
        fingerprint=fingerprint(post.title, made.html),
        html=made.html,
        excerpt=made.excerpt,
        image=made.image,
        reading_minutes=made.reading_minutes,
        facts=None if made.protected else _merge_facts(post, source, made.facts),
        protected=made.protected,
        source=None,
    )


def _merge_facts(post: Post, source: Source, in_text: Facts | None) -> Facts | None:
    """The facts of a run: the feed's own elements first, then tags ("race: X"), then text."""
    tags = (tag.partition(":")[::2] for tag in post.categories if ":" in tag)
    told = facts_from_fields((*source.fields, *tags))
    if told is None or in_text is None:
        return told or in_text
    missing = {name: value for name, value in asdict(in_text).items() if not getattr(told, name)}
    return replace(told, **missing)


def fingerprint(title: str, html: str) -> str:
    """SHA-256 of what a reader reads: the title and the visible text (see `normal`)."""
    body = LexborHTMLParser(html).body if html else None
    text = body.text(separator=" ") if body is not None else ""
    readable = "\n".join(normalise_text(part) for part in (title, text))
    return hashlib.sha256(readable.encode("utf-8", "replace")).hexdigest()


def _first_words(text: str) -> str:
    words = text.split()
    if not words:
        return UNTITLED
    short = " ".join(words[:_TITLE_WORDS])
    return short if len(words) <= _TITLE_WORDS else short.rstrip(".,;:!?–—-") + "…"
