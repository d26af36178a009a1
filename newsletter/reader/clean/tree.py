"""From a post's HTML to its blocks: which rule each element and class asks for."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.reader.clean import (
    block_rules,
    embeds,
    galleries,
    links,
    picture_rules,
    tables,
    text_rules,
)
from newsletter.reader.clean.blocks import Block
from newsletter.reader.clean.boilerplate import is_boilerplate, trimmed
from newsletter.reader.clean.depth import LENGTH
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.source import readable
from newsletter.reader.clean.walk import UNREAD, Attributes, Rule, Walk

_MARGIN = 3000  # for the link to the rest
_GALLERY_TAGS = frozenset({"div", "figure", "ul", "dl", "section"})
_STANDING = (
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "address",
    "center", "details", "fieldset", "hgroup", "menu", "dir", "li", "dd", "body",
)  # fmt: skip
_RULES: dict[str, Rule] = {
    **text_rules.RULES,
    **dict.fromkeys(UNREAD, text_rules.nothing),
    **dict.fromkeys(_STANDING, block_rules.block),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), block_rules.heading),
    **dict.fromkeys(("tbody", "thead", "tfoot", "tr", "td", "th", "caption"), tables.part),
    "a": links.link,
    "audio": embeds.recording,
    "amp-img": picture_rules.image,
    "blockquote": block_rules.quote,
    "br": text_rules.line_break,
    "dt": block_rules.definitions,
    "embed": embeds.plugin,
    "figcaption": picture_rules.figure_caption,
    "figure": picture_rules.figure,
    "form": block_rules.form,
    "hr": block_rules.rule,
    "iframe": embeds.frame,
    "img": picture_rules.image,
    "noscript": picture_rules.fallback,
    "object": embeds.plugin,
    "ol": block_rules.listing,
    "pre": block_rules.preformatted,
    "summary": block_rules.summary,
    "table": tables.table,
    "ul": block_rules.listing,
    "video": embeds.recording,
}
_CLASS_RULES: dict[str, Rule] = {
    **dict.fromkeys(embeds.CLASSES, embeds.quoted_post),
    "wp-caption": picture_rules.figure,
    "wp-caption-text": picture_rules.figure_caption,
    "wp-caption-dd": picture_rules.figure_caption,
    "gallery-caption": picture_rules.figure_caption,
    "wp-block-cover": picture_rules.cover,
    "wp-block-spacer": text_rules.nothing,
}


def read_tree(html: str, page: Page) -> Walk:
    """The finished walk over `html`: its blocks, its pictures, whether it is protected."""
    html, cut = readable(html)
    walk = Walk(page, _RULES, _class_rule)
    body = LexborHTMLParser(f"<body>{html}").body
    if body is not None:
        walk.children(body)
    walk.flow.finish()
    blocks = trimmed(embeds.bare_addresses_as_cards(walk.flow.blocks, walk), page)
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
        return text_rules.nothing
    for name in (attributes.get("class") or "").split():
        rule = _CLASS_RULES.get(name)
        if rule:
            return rule
        if name in galleries.CLASSES and node.tag in _GALLERY_TAGS:
            return galleries.gallery
    return None
