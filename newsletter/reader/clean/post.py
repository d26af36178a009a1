"""Cleaning one post: from what the feed holds to what may stand in a newsletter."""

from __future__ import annotations

import math
from dataclasses import dataclass

from newsletter.models import Facts, Image, SafeHtml
from newsletter.reader.clean.blocks import Block, page_html
from newsletter.reader.clean.excerpt import excerpt
from newsletter.reader.clean.facts import find_facts
from newsletter.reader.clean.lead_image import lead_image
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.sanitise import sanitised
from newsletter.reader.clean.sentences import count_words
from newsletter.reader.clean.tree import read_tree

_WORDS_A_MINUTE = 230  # Brysbaert 2019: silent reading of non-fiction in English, 238
SUMMARY_LENGTH = 20_000  # of one that stands beside a content


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPost:
    """What the cleaner makes of a post.

    `excerpt` is plain text. `reading_minutes` is 0 for a post without words.
    """

    html: SafeHtml
    excerpt: str = ""
    image: Image | None = None
    reading_minutes: int = 0
    protected: bool = False
    facts: Facts | None = None


def clean_post(
    *,
    content: str,
    summary: str,
    url: str,
    site_url: str,
    media: tuple[Image, ...],
    title: str,
) -> CleanPost:
    """`content` (or `summary`, if there is no content) as HTML that is fit for email.

    Never raises. `url` is the post's address, `site_url` its blog's: relative addresses
    are resolved against them, and the blog's closing lines known by them. `media` are
    pictures the feed names beside the text. Cleaning twice changes nothing.
    """
    page = Page(url=url, site_url=site_url, title=" ".join(title.split()))
    walk = read_tree(content if content.strip() else summary, page)
    blocks = walk.flow.blocks
    if walk.protected:
        return CleanPost(html=SafeHtml(""), protected=True)
    html, refused = sanitised(page_html(blocks, "\n"))
    if refused:
        again = read_tree(html, page)
        html, _ = sanitised(page_html(again.flow.blocks, "\n"))
    own = _summary(summary, page) if content.strip() else []
    return CleanPost(
        html=SafeHtml(html),
        excerpt=excerpt(blocks, own),
        image=lead_image(walk.pictures, media, page),
        reading_minutes=_minutes(blocks),
        facts=find_facts(blocks),
    )


def _summary(summary: str, page: Page) -> list[Block]:
    return read_tree(summary[:SUMMARY_LENGTH], page).flow.blocks if summary.strip() else []


def _minutes(blocks: list[Block]) -> int:
    words = sum(count_words(block.text) for block in blocks if block.kind != "image")
    return math.ceil(words / _WORDS_A_MINUTE)
