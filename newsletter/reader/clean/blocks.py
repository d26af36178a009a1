"""Blocks: what a clean post consists of, and how they are joined to HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

Kind = Literal[
    "text", "heading", "quote", "list", "caption", "card", "image", "pre", "table", "rule"
]
_PARAGRAPH_KINDS = frozenset({"text", "caption", "card"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a post."""

    kind: Kind
    #: For a paragraph (text, caption, card) the HTML inside of its <p>.
    html: str
    #: In plain words: struck words are left out, raised figures are apart ("3:58¹").
    text: str = ""
    #: All words of the blog's text, where `text` differs from them.
    all_words: str = ""
    #: Its links, as pairs of URL and text.
    links: tuple[tuple[str, str], ...] = ()


def blocks_html(blocks: Iterable[Block], between: str = "") -> str:
    """Return the HTML of blocks in a post or a quotation."""
    return between.join(block_html(block) for block in blocks)


def cell_html(blocks: list[Block]) -> str:
    """Return the HTML of blocks in a list item or a cell, where a single paragraph has no <p>."""
    several = sum(block.kind in _PARAGRAPH_KINDS for block in blocks) > 1
    return "".join(block_html(block) if several else block.html for block in blocks)


def block_html(block: Block) -> str:
    """Return the HTML of one block, with its <p> if it is a paragraph."""
    return f"<p>{block.html}</p>" if block.kind in _PARAGRAPH_KINDS else block.html


def blocks_text(blocks: Iterable[Block]) -> str:
    """Return the text of blocks, each on separate lines, without pictures."""
    return "\n".join(block.text for block in blocks if block.text and block.kind != "image")


def source_words(block: Block) -> str:
    """Return all words of a block as the blog has them."""
    return block.all_words or block.text


def joined_source_words(blocks: Iterable[Block]) -> str:
    """Return all words of blocks as the blog has them, "" if their texts say the same."""
    inside = tuple(block for block in blocks if block.kind != "image")
    if not any(block.all_words for block in inside):
        return ""
    return "\n".join(map(source_words, inside))


def paragraph_kind(html: str) -> Kind:
    """Return "caption" if the whole paragraph is <small> or <cite>, else "text"."""
    for tag in ("small", "cite"):
        is_whole = html.startswith(f"<{tag}>") and html.endswith(f"</{tag}>")
        if is_whole and html.count(f"<{tag}>") == 1:
            return "caption"
    return "text"


def quote_block(inside: list[Block]) -> Block:
    """Return the blocks inside a quotation as one block, whose text is without captions."""
    return Block(
        kind="quote",
        html=f"<blockquote>{blocks_html(inside)}</blockquote>",
        text=blocks_text(block for block in inside if block.kind != "caption"),
        all_words=joined_source_words(inside),
        links=tuple(link for block in inside for link in block.links),
    )


def link_html(url: str, label: str) -> str:
    """Return a link with this label."""
    return f'<a href="{escape(url)}">{escape(label, quote=False)}</a>'
