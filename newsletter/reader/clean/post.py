"""Clean one post: the pipeline, the rule for each element, and the sanitiser's allowlist."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.models import Facts, Image, LeftOut, SafeHtml
from newsletter.reader.clean import (
    block_rules,
    card_rules,
    embed_rules,
    inline_rules,
    picture_rules,
    symbol_rules,
    table_rules,
)
from newsletter.reader.clean.boilerplate import is_boilerplate, trim_boilerplate
from newsletter.reader.clean.excerpt import build_excerpt, count_words
from newsletter.reader.clean.facts import find_facts
from newsletter.reader.clean.flow import Block, blocks_html, source_words
from newsletter.reader.clean.left_out import find_left_out
from newsletter.reader.clean.pictures import choose_lead_image
from newsletter.reader.clean.shortcodes import closed_tags
from newsletter.reader.clean.source import LENGTH, prepare_source
from newsletter.reader.clean.style_sheets import apply_own_styles
from newsletter.reader.clean.styles import EMPHASIS, concealment, is_on_its_own_line
from newsletter.reader.clean.urls import Page
from newsletter.reader.clean.walk import (
    HIDDEN_ELEMENTS,
    Attributes,
    Rule,
    Walk,
    is_line_number,
)

#: How much is read of a summary that stands beside a content.
SUMMARY_LENGTH = 20_000
# Brysbaert (2019): silent reading of non-fiction in English, 238 words a minute.
_WORDS_PER_MINUTE = 230
# Room for the link to the rest of a post that is too long.
_MARGIN = 3000

_GALLERY_TAGS = frozenset({"div", "figure", "ul", "dl", "section"})
# Only these attributes ask for a rule of their own.
_MAY_SAY_MORE = frozenset({
    "class", "hidden", "id", "popover", "style", "xml:base", *card_rules.ADDRESS_NAMES,
})  # fmt: skip
_PLAYER_TAGS = frozenset({"div", "figure", "section"})
_BLOCK_TAGS = (
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "address",
    "center", "details", "fieldset", "legend", "search", "hgroup", "menu", "dir",
    "li", "dd", "body",
)  # fmt: skip
_RULES: dict[str, Rule] = {
    **inline_rules.RULES,
    **symbol_rules.RULES,
    **dict.fromkeys(HIDDEN_ELEMENTS, inline_rules.drop),
    **dict.fromkeys(_BLOCK_TAGS, block_rules.write_block),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), block_rules.write_heading),
    **dict.fromkeys(
        ("tbody", "thead", "tfoot", "tr", "td", "th", "caption"), table_rules.write_layout_part
    ),
    "a": inline_rules.write_link,
    "audio": embed_rules.write_media,
    "amp-img": picture_rules.write_image,
    "blockquote": block_rules.write_quote,
    "br": inline_rules.write_line_break,
    "dialog": block_rules.write_dialog,
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
    "oembed": card_rules.write_custom_element,
    "ol": block_rules.write_list,
    "pre": block_rules.write_preformatted,
    "summary": block_rules.write_summary,
    "table": table_rules.write_table,
    "ul": block_rules.write_list,
    "video": embed_rules.write_media,
}
_CLASS_RULES: dict[str, Rule] = {
    **dict.fromkeys(embed_rules.EMBED_CLASSES, embed_rules.write_quoted_post),
    **card_rules.CLASS_RULES,
    "wp-caption": picture_rules.write_figure,
    "wp-caption-text": picture_rules.write_figure_caption,
    "wp-caption-dd": picture_rules.write_figure_caption,
    "gallery-caption": picture_rules.write_figure_caption,
    "tr-caption": picture_rules.write_figure_caption,
    "wp-block-cover": picture_rules.write_cover,
    "wp-block-spacer": inline_rules.drop,
    "footnote": block_rules.write_footnote,
    "kg-callout-card": block_rules.write_callout,
    **dict.fromkeys(("sidenote", "marginnote"), symbol_rules.write_side_note),
}

#: The allowlist of the sanitiser: the only elements and attributes in a clean post.
TAGS = inline_rules.TAGS | {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "img", "table", "tbody", "tr", "td", "th"),
}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "li": {"value"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_DROPPED_WITH_CONTENT = {
    "script", "style", "template", "textarea", "title", "iframe", "noscript", "svg", "math",
}  # fmt: skip
_SANITISER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=ATTRIBUTES,
    tag_attribute_values={"table": {"role": {"table"}}, "ol": {"type": {"A", "a", "I", "i"}}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
)
_WITHOUT_URL = re.compile(r"<a>|<img(?! src=)[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPost:
    """A post as the newsletter shows it."""

    html: SafeHtml
    #: Plain text.
    excerpt: str = ""
    #: The lead image.
    image: Image | None = None
    #: 0 for a post without words.
    reading_minutes: int = 0
    #: Whether the post is behind WordPress's password form. Then all else is empty.
    protected: bool = False
    facts: Facts | None = None
    left_out: LeftOut | None = None


def clean_post(
    *,
    content: str,
    summary: str,
    url: str,
    site_url: str,
    media: tuple[Image, ...],
    title: str,
) -> CleanPost:
    """Clean the HTML in `content`, or in `summary` if there is no content.

    Never raises. Relative URLs are resolved against `url`, the post's own, else against
    `site_url`, its blog's. `media` are pictures that the feed names outside of the text.
    """
    page = Page(url=url, site_url=site_url, title=" ".join(title.split()))
    walk = read_blocks(content if content.strip() else summary, page, is_measured=True)
    if walk.protected:
        return CleanPost(html=SafeHtml(""), protected=True)
    summary_blocks = _summary_blocks(summary, page) if content.strip() else []
    blocks = _with_story(walk.flow.blocks, summary_blocks)
    html, has_refused = sanitise(blocks_html(blocks, "\n"))
    if has_refused:
        # A link or picture without its URL is not in normal form: walk the result once more.
        html, _ = sanitise(blocks_html(read_blocks(html, page).flow.blocks, "\n"))
    return CleanPost(
        html=SafeHtml(html),
        excerpt=build_excerpt(blocks, summary_blocks),
        image=choose_lead_image(walk.pictures, media, page),
        reading_minutes=_reading_minutes(blocks),
        facts=find_facts(blocks),
        left_out=walk.left_out,
    )


def read_blocks(html: str, page: Page, *, is_measured: bool = False) -> Walk:
    """Return the finished walk over `html`, with its blocks in `walk.flow`.

    If `is_measured`, `walk.left_out` says which words are missing, unless the post was cut.
    """
    html, is_cut = prepare_source(html)
    html = apply_own_styles(html)
    body = LexborHTMLParser(f"<body>{html}").body
    walk = Walk(_with_base(page, html, body), _RULES, _attribute_rule, closed_tags(html))
    source = body.text() if body is not None and is_measured else ""
    if body is not None:
        if "#cmnt_ref" in html:
            walk.unwanted.update(_notes_of_readers(body))
        walk.walk_children(body)
    walk.flow.finish()
    merged_blocks = embed_rules.merge_cards(embed_rules.replace_bare_urls(walk.flow.blocks, walk))
    blocks, trimmed = trim_boilerplate(merged_blocks, page)
    walk.set_aside += (source_words(block) for block in trimmed)
    walk.flow.blocks = list(_limit_length(blocks))
    if is_cut or len(walk.flow.blocks) < len(blocks):
        block_rules.write_link_to_rest(walk)
    elif source and body is not None:
        walk.left_out = find_left_out(body, source, blocks, walk.set_aside)
    return walk


def _with_base(page: Page, html: str, body: LexborNode | None) -> Page:
    """Return the page with the base that a <base> in `html` states, if there is one."""
    stated = body.css_first("base[href]") if body is not None and "<base" in html else None
    address = page.web(stated.attributes.get("href")) if stated is not None else ""
    return replace(page, base=address) if address else page


def _notes_of_readers(body: LexborNode) -> Iterator[int]:
    """Yield what readers of a Google document noted beside it: private words at its end."""
    for anchor in body.css('a[href^="#cmnt_ref"]'):
        note = anchor.parent
        while note is not None and note.tag not in {"p", "div", "body"}:
            note = note.parent
        box = note.parent if note is not None and note.tag == "p" and note.prev is None else None
        if box is not None and box.tag == "div":
            note = box
        if note is not None and note.tag != "body":
            yield note.mem_id


def sanitise(html: str) -> tuple[str, bool]:
    """Return `html` reduced to the allowlist, and whether a URL in it was refused.

    The rules write nothing else, so this changes nothing unless a rule is wrong. It is the
    only defence that the safety of a message depends on.
    """
    clean = _SANITISER.clean(html)
    return clean, bool(_WITHOUT_URL.search(clean))


def _attribute_rule(node: LexborNode, attributes: Attributes) -> Rule | None:
    """Return the rule that an element's attributes ask for, which wins over that of its name."""
    if _MAY_SAY_MORE.isdisjoint(attributes) and node.tag in _RULES:
        return None
    if is_boilerplate(attributes, node) or is_line_number(node, attributes):
        return inline_rules.drop
    hidden = concealment(attributes)
    if hidden:
        return inline_rules.drop if hidden == "whole" else inline_rules.write_shown_again
    rule = _class_rule(node, attributes)
    style = attributes.get("style")
    if style and "mso-list" in style:
        rule = block_rules.word_rule(style) or rule
    if style and EMPHASIS.search(style):
        rule = partial(inline_rules.write_styled, rule=rule or _RULES.get(node.tag or ""))
    if style and node.tag in inline_rules.INLINE_ELEMENTS and is_on_its_own_line(style):
        rule = partial(inline_rules.write_on_its_own_line, rule=rule or _RULES.get(node.tag))
    if attributes.get("xml:base"):
        rule = partial(inline_rules.write_on_base, rule=rule or _RULES.get(node.tag or ""))
    return rule


def _class_rule(node: LexborNode, attributes: Attributes) -> Rule | None:
    for name in (attributes.get("class") or "").split():
        rule = _CLASS_RULES.get(name)
        if rule:
            return rule
        if name in picture_rules.GALLERY_CLASSES and node.tag in _GALLERY_TAGS:
            return picture_rules.write_gallery
    tag = node.tag or ""
    if "-" in tag and tag not in _RULES:
        return card_rules.write_custom_element
    if tag == "span" and attributes.get("role") == "tooltip":
        return symbol_rules.write_side_note
    if tag in _PLAYER_TAGS and any(name in attributes for name in card_rules.ADDRESS_NAMES):
        return card_rules.write_lazy_player
    return None


def _limit_length(blocks: list[Block]) -> Iterator[Block]:
    """Yield the first blocks, as many as the cleaner would read again without a cut."""
    room = LENGTH - _MARGIN
    for block in blocks:
        # A non-breaking space is written "&nbsp;".
        room -= len(block.html) + 5 * block.html.count("\xa0") + len("<p></p>\n")
        if room < 0:
            return
        yield block


def _summary_blocks(summary: str, page: Page) -> list[Block]:
    return read_blocks(summary[:SUMMARY_LENGTH], page).flow.blocks if summary.strip() else []


def _with_story(blocks: list[Block], summary: list[Block]) -> list[Block]:
    """Return the blocks of a post, with those of its summary if only that has words.

    Photo blogs give the picture as the content and the story as the description.
    """
    if any(block.kind not in {"image", "card", "rule"} for block in blocks):
        return blocks
    has_picture = any(block.kind == "image" for block in blocks)
    return blocks + [block for block in summary if block.kind != "image" or not has_picture]


def _reading_minutes(blocks: list[Block]) -> int:
    words = sum(count_words(block.text) for block in blocks if block.kind != "image")
    return math.ceil(words / _WORDS_PER_MINUTE)
