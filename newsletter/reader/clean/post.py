"""Cleaning one post: from what the feed holds to what may stand in a newsletter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.models import Facts, Image, SafeHtml
from newsletter.reader.clean import (
    block_rules,
    embed_rules,
    inline_rules,
    picture_rules,
    table_rules,
)
from newsletter.reader.clean.blocks import Block, page_html
from newsletter.reader.clean.boilerplate import is_boilerplate, trimmed
from newsletter.reader.clean.excerpt import count_words, excerpt
from newsletter.reader.clean.facts import find_facts
from newsletter.reader.clean.inline_rules import TAGS as TEXT_TAGS
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.pictures import lead_image
from newsletter.reader.clean.source import LENGTH, readable
from newsletter.reader.clean.walk import UNREAD, Attributes, Rule, Walk

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


_MARGIN = 3000  # for the link to the rest
_GALLERY_TAGS = frozenset({"div", "figure", "ul", "dl", "section"})
_STANDING = (
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "address",
    "center", "details", "fieldset", "hgroup", "menu", "dir", "li", "dd", "body",
)  # fmt: skip
_RULES: dict[str, Rule] = {
    **inline_rules.RULES,
    **dict.fromkeys(UNREAD, inline_rules.nothing),
    **dict.fromkeys(_STANDING, block_rules.block),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), block_rules.heading),
    **dict.fromkeys(("tbody", "thead", "tfoot", "tr", "td", "th", "caption"), table_rules.part),
    "a": inline_rules.link,
    "audio": embed_rules.recording,
    "amp-img": picture_rules.image,
    "blockquote": block_rules.quote,
    "br": inline_rules.line_break,
    "dt": block_rules.definitions,
    "embed": embed_rules.plugin,
    "figcaption": picture_rules.figure_caption,
    "figure": picture_rules.figure,
    "form": block_rules.form,
    "hr": block_rules.rule,
    "iframe": embed_rules.frame,
    "img": picture_rules.image,
    "noscript": picture_rules.fallback,
    "object": embed_rules.plugin,
    "ol": block_rules.listing,
    "pre": block_rules.preformatted,
    "summary": block_rules.summary,
    "table": table_rules.table,
    "ul": block_rules.listing,
    "video": embed_rules.recording,
}
_CLASS_RULES: dict[str, Rule] = {
    **dict.fromkeys(embed_rules.CLASSES, embed_rules.quoted_post),
    "wp-caption": picture_rules.figure,
    "wp-caption-text": picture_rules.figure_caption,
    "wp-caption-dd": picture_rules.figure_caption,
    "gallery-caption": picture_rules.figure_caption,
    "wp-block-cover": picture_rules.cover,
    "wp-block-spacer": inline_rules.nothing,
}


def read_tree(html: str, page: Page) -> Walk:
    """The finished walk over `html`: its blocks, its pictures, whether it is protected."""
    html, cut = readable(html)
    walk = Walk(page, _RULES, _class_rule)
    body = LexborHTMLParser(f"<body>{html}").body
    if body is not None:
        walk.children(body)
    walk.flow.finish()
    blocks = trimmed(embed_rules.bare_addresses_as_cards(walk.flow.blocks, walk), page)
    walk.flow.blocks = list(_within_length(blocks))
    if cut or len(walk.flow.blocks) < len(blocks):
        block_rules.rest_on_the_site(walk)
    return walk


def _within_length(blocks: list[Block]) -> Iterator[Block]:
    """The first blocks, as many as the cleaner would read again without cutting."""
    room = LENGTH - _MARGIN
    for block in blocks:
        # A non-breaking space is written "&nbsp;".
        room -= len(block.html) + 5 * block.html.count("\xa0") + len("<p></p>\n")
        if room < 0:
            return
        yield block


def _class_rule(node: LexborNode, attributes: Attributes) -> Rule | None:
    if is_boilerplate(attributes):
        return inline_rules.nothing
    for name in (attributes.get("class") or "").split():
        rule = _CLASS_RULES.get(name)
        if rule:
            return rule
        if name in picture_rules.CLASSES and node.tag in _GALLERY_TAGS:
            return picture_rules.gallery
    return None


TAGS = TEXT_TAGS | {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "img", "table", "tbody", "tr", "td", "th"),
}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_UNREAD = {"script", "style", "template", "textarea", "title", "iframe", "noscript", "svg", "math"}
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_UNREAD,
    attributes=ATTRIBUTES,
    tag_attribute_values={"table": {"role": {"table"}}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
)
_DEAD = re.compile(r"<a>|<img(?! src=)[^>]*>")


def sanitised(html: str) -> tuple[str, bool]:
    """`html` through the list, and whether an address in it was refused."""
    clean = _CLEANER.clean(html)
    return clean, bool(_DEAD.search(clean))
