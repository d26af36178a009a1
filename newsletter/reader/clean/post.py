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
from newsletter.reader.clean.blocks import Block, blocks_html
from newsletter.reader.clean.boilerplate import is_boilerplate, trim_boilerplate
from newsletter.reader.clean.excerpt import build_excerpt, count_words
from newsletter.reader.clean.facts import find_facts
from newsletter.reader.clean.inline_rules import TAGS as TEXT_TAGS
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.pictures import choose_lead_image
from newsletter.reader.clean.source import LENGTH, prepare_source
from newsletter.reader.clean.walk import HIDDEN_ELEMENTS, Attributes, Rule, Walk

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
    walk = read_blocks(content if content.strip() else summary, page)
    blocks = walk.flow.blocks
    if walk.protected:
        return CleanPost(html=SafeHtml(""), protected=True)
    html, refused = sanitise(blocks_html(blocks, "\n"))
    if refused:
        again = read_blocks(html, page)
        html, _ = sanitise(blocks_html(again.flow.blocks, "\n"))
    own = _summary_blocks(summary, page) if content.strip() else []
    return CleanPost(
        html=SafeHtml(html),
        excerpt=build_excerpt(blocks, own),
        image=choose_lead_image(walk.pictures, media, page),
        reading_minutes=_reading_minutes(blocks),
        facts=find_facts(blocks),
    )


def _summary_blocks(summary: str, page: Page) -> list[Block]:
    return read_blocks(summary[:SUMMARY_LENGTH], page).flow.blocks if summary.strip() else []


def _reading_minutes(blocks: list[Block]) -> int:
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
    **dict.fromkeys(HIDDEN_ELEMENTS, inline_rules.drop),
    **dict.fromkeys(_STANDING, block_rules.write_block),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), block_rules.write_heading),
    **dict.fromkeys(
        ("tbody", "thead", "tfoot", "tr", "td", "th", "caption"), table_rules.write_layout_part
    ),
    "a": inline_rules.write_link,
    "audio": embed_rules.write_media,
    "amp-img": picture_rules.write_image,
    "blockquote": block_rules.write_quote,
    "br": inline_rules.write_line_break,
    "dt": block_rules.write_term,
    "embed": embed_rules.write_plugin,
    "figcaption": picture_rules.write_figure_caption,
    "figure": picture_rules.write_figure,
    "form": block_rules.read_form,
    "hr": block_rules.write_rule,
    "iframe": embed_rules.write_iframe,
    "img": picture_rules.write_image,
    "noscript": picture_rules.write_noscript,
    "object": embed_rules.write_plugin,
    "ol": block_rules.write_list,
    "pre": block_rules.write_preformatted,
    "summary": block_rules.write_summary,
    "table": table_rules.write_table,
    "ul": block_rules.write_list,
    "video": embed_rules.write_media,
}
_CLASS_RULES: dict[str, Rule] = {
    **dict.fromkeys(embed_rules.EMBED_CLASSES, embed_rules.write_quoted_post),
    "wp-caption": picture_rules.write_figure,
    "wp-caption-text": picture_rules.write_figure_caption,
    "wp-caption-dd": picture_rules.write_figure_caption,
    "gallery-caption": picture_rules.write_figure_caption,
    "wp-block-cover": picture_rules.write_cover,
    "wp-block-spacer": inline_rules.drop,
}


def read_blocks(html: str, page: Page) -> Walk:
    """The finished walk over `html`: its blocks, its pictures, whether it is protected."""
    html, cut = prepare_source(html)
    walk = Walk(page, _RULES, _class_rule)
    body = LexborHTMLParser(f"<body>{html}").body
    if body is not None:
        walk.walk_children(body)
    walk.flow.finish()
    blocks = trim_boilerplate(embed_rules.replace_bare_urls(walk.flow.blocks, walk), page)
    walk.flow.blocks = list(_limit_length(blocks))
    if cut or len(walk.flow.blocks) < len(blocks):
        block_rules.write_link_to_rest(walk)
    return walk


def _limit_length(blocks: list[Block]) -> Iterator[Block]:
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
        return inline_rules.drop
    for name in (attributes.get("class") or "").split():
        rule = _CLASS_RULES.get(name)
        if rule:
            return rule
        if name in picture_rules.GALLERY_CLASSES and node.tag in _GALLERY_TAGS:
            return picture_rules.write_gallery
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


def sanitise(html: str) -> tuple[str, bool]:
    """`html` through the list, and whether an address in it was refused."""
    clean = _CLEANER.clean(html)
    return clean, bool(_DEAD.search(clean))
