"""Blocks: the pieces a cleaned post consists of, and how they are joined to HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

Kind = Literal[
    "text", "heading", "quote", "list", "caption", "card", "image", "pre", "table", "rule"
]
_PARAGRAPHS = frozenset({"text", "caption", "card"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a post: its HTML, its text, its links as (address, text).

    The HTML of a paragraph (text, caption, card) is what stands inside its <p>.
    """

    kind: Kind
    html: str
    text: str = ""
    links: tuple[tuple[str, str], ...] = ()


def blocks_html(blocks: Iterable[Block], between: str = "") -> str:
    """The HTML of blocks that stand on a page or in a quotation."""
    return between.join(block_html(block) for block in blocks)


def cell_html(blocks: list[Block]) -> str:
    """The HTML of blocks in a list item or a cell: a lone paragraph needs no <p>."""
    several = sum(block.kind in _PARAGRAPHS for block in blocks) > 1
    return "".join(block_html(block) if several else block.html for block in blocks)


def block_html(block: Block) -> str:
    """The HTML of one block, with its <p> if it is a paragraph."""
    return f"<p>{block.html}</p>" if block.kind in _PARAGRAPHS else block.html


def blocks_text(blocks: Iterable[Block]) -> str:
    """The text of blocks, a line each."""
    return "\n".join(block.text for block in blocks if block.text and block.kind != "image")


def paragraph_kind(html: str) -> Kind:
    """Whether a paragraph is a caption (all of it small or a source) or plain text."""
    for tag in ("small", "cite"):
        whole = html.startswith(f"<{tag}>") and html.endswith(f"</{tag}>")
        if whole and html.count(f"<{tag}>") == 1:
            return "caption"
    return "text"


def quote_block(inside: list[Block]) -> Block:
    """The blocks inside a quotation as one block; its text is the words quoted."""
    return Block(
        kind="quote",
        html=f"<blockquote>{blocks_html(inside)}</blockquote>",
        text=blocks_text(block for block in inside if block.kind != "caption"),
        links=tuple(link for block in inside for link in block.links),
    )


def link_html(address: str, label: str) -> str:
    """A link with these words."""
    return f'<a href="{escape(address)}">{escape(label, quote=False)}</a>'
