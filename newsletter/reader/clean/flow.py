"""The flow: writes texts, pictures and line breaks as blocks in one normal form.

A clean post consists of blocks, which are joined to HTML. In normal form a paragraph contains
only text-level elements, no element is empty, and white space is single. Normal form walked again
gives the same normal form, so cleaning is idempotent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

from newsletter.text import subscript, superscript

_SINGLE_NBSP = re.compile(r"(?<=\S)\xa0(?=\S)")
#: The width of a row of pictures, and of the space between two, in CSS pixels.
ROW_WIDTH = 528
ROW_GAP = 8
_CLOSING = ",.;:!?)]"
_INVISIBLE = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
Kind = Literal[
    "text", "heading", "quote", "list", "caption", "card", "image", "pre", "table", "rule"
]
_PARAGRAPH_KINDS = frozenset({"text", "caption", "card"})


@dataclass(frozen=True, slots=True)
class InlineTag:
    """A text-level element around what is written."""

    name: str
    #: Its start tag.
    start: str
    #: The URL of a link.
    href: str = ""


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of `text`."""
    return bool(text) and not _INVISIBLE.fullmatch(text)


def collapse_whitespace(text: str) -> str:
    """Return `text` with each run of white space as one space. A single NBSP stays."""
    if "\xa0" not in text:
        return " ".join(text.split())
    # NUL takes the place of a single NBSP: no text contains it.
    return " ".join(_SINGLE_NBSP.sub("\0", text).split()).replace("\0", "\xa0")


def _leave_out_struck(_words: str) -> str:
    return ""


# What words inside of an element are in plain text.
_PLAIN_WORDS: dict[str, Callable[[str], str]] = {
    "s": _leave_out_struck,
    "sup": superscript,
    "sub": subscript,
}


def _beside(row: Block, picture: Block) -> Block:
    """Return a row of pictures with one more at its end."""
    return Block(
        kind="image",
        html=f"{row.html.removesuffix('</p>')} {picture.html.removeprefix('<p>')}",
        text=" ".join(filter(None, (row.text, picture.text))),
        links=row.links + picture.links,
    )


class Flow:
    """The content of one container: finished blocks, and the paragraph that is being written.

    In a `line` (a heading, a caption) a block only breaks the line.
    """

    #: The elements around the text that is added next, the outermost first.
    inline_tags: list[InlineTag]
    #: The finished blocks.
    blocks: list[Block]

    def __init__(self, *tags: InlineTag, line: bool = False) -> None:
        self.line = line
        self.inline_tags = list(tags)
        self.blocks: list[Block] = []
        self._html: list[str] = []
        self._text: list[str] = []
        self._all_words: list[str] | None = None
        self._gap = ""
        #: Whether the gap goes in front of a comma: after words that are left out, or a picture.
        self._has_loose_gap = False
        self._written_tags: list[InlineTag] = []
        self._links: list[tuple[str, str]] = []
        self._pictures_after: list[Block] = []
        self._breaks = 0
        #: How much room the row of pictures has that is being written.
        self._row_room = 0
        self._has_space = False
        self._has_content = False

    def add_text(self, raw: str) -> None:
        """Add text. White space at its ends separates it from its neighbours."""
        words = collapse_whitespace(raw)
        if not words:
            self._has_space = self._has_space or bool(raw)
            return
        self._has_space = self._has_space or raw[0].isspace()
        plain = words
        for tag in self.inline_tags:
            if tag.name in _PLAIN_WORDS:
                plain = _PLAIN_WORDS[tag.name](words)
                break
        self._open_tags(plain)
        self._html.append(escape(words, quote=False))
        if plain is not words or self._has_loose_gap or self._all_words is not None:
            self._add_plain(plain, words)
        else:
            if self._gap and self._text:
                self._text.append(self._gap)
            self._text.append(words)
            self._gap = ""
        self._has_content = self._has_content or is_visible(words)
        self._has_space = raw[-1].isspace()

    def add_line_break(self) -> None:
        """Add a line break. Two in a row end the paragraph."""
        self._breaks += 1
        self._has_space = False
        self._row_room = 0
        if self._pictures_after:
            self.end_paragraph()

    def add_icon(self, html: str, alt: str) -> None:
        """Add a picture small enough for a line of text. Its alt text is a word of the line."""
        self._open_tags(alt)
        self._html.append(html)
        if alt:
            # A picture of a word runs into no word beside it; one of a letter begins a word.
            if self._text and alt[0].isalnum() and self._text[-1][-1:].isalnum():
                self._gap = self._gap or " "
            self._add_plain(alt, "")
            if len(alt) > 1 and alt[-1].isalnum():
                self._gap, self._has_loose_gap = " ", True
        self._has_content = True
        self._has_space = False

    def add_picture(self, html: str, alt: str, width: int = 0) -> None:
        """Add a picture as a separate block, after the paragraph if one is open.

        Small pictures of one paragraph stay in one row, as far as it is wide enough.
        """
        link = next((tag for tag in self.inline_tags if tag.name == "a"), None)
        linked = f"{link.start}{html}</a>" if link else html
        links = ((link.href, alt),) if link else ()
        block = Block(kind="image", html=f"<p>{linked}</p>", text=alt, links=links)
        if self._breaks and not self.line:
            self.end_paragraph()
        if self.line or self._has_content or self._breaks or not width:
            self._row_room = 0
        elif width <= self._row_room:
            self.blocks[-1] = _beside(self.blocks[-1], block)
            self._row_room -= width + ROW_GAP
            return
        else:
            self._row_room = ROW_WIDTH - width - ROW_GAP
        if self._has_content:
            self._pictures_after.append(block)
        else:
            self.blocks.append(block)

    def ends_with_picture(self, html: str) -> bool:
        """Whether the last thing that was added is a picture with `html` in it."""
        before = self._pictures_after or ([] if self._has_content else self.blocks)
        return bool(before) and before[-1].kind == "image" and html in before[-1].html

    def add_block(self, block: Block) -> None:
        """Add a finished block. A rule at the start or after a rule is dropped."""
        self.finish()
        if block.kind != "rule" or (self.blocks and self.blocks[-1].kind != "rule"):
            self.blocks.append(block)

    def end_paragraph(self) -> None:
        """End the open paragraph. In a line, break the line."""
        if self.line:
            self._breaks += bool(self._html)
            self._has_space = False
            return
        self.finish()

    def finish(self) -> None:
        """Make a block of what was written, if a reader sees anything of it."""
        self._row_room = 0
        if not self._html and not self._pictures_after:
            self._breaks, self._has_space = 0, False
            return
        if self._has_content:
            self._close(0)
            html = "".join(self._html)
            self.blocks.append(
                Block(
                    kind=paragraph_kind(html),
                    html=html,
                    text="".join(self._text).strip(),
                    all_words="".join(self._all_words or ()),
                    links=tuple(self._links),
                )
            )
        self.blocks.extend(self._pictures_after)
        self._html, self._text, self._links, self._all_words = [], [], [], None
        self._gap, self._has_loose_gap = "", False
        self._pictures_after, self._written_tags = [], []
        self._breaks, self._has_space, self._has_content = 0, False, False

    def _add_plain(self, plain: str, words: str) -> None:
        """Add to the plain text what stands for `words`, after the space or break before it."""
        if plain != words and self._all_words is None:
            self._all_words = list(self._text)
        if self._all_words is not None:
            self._all_words += (self._gap, words)
        if not plain:
            self._has_loose_gap = True
            return
        closes = self._has_loose_gap and plain[0] in _CLOSING
        if self._text and self._gap and not closes:
            self._text.append(self._gap)
        self._text.append(plain)
        self._gap, self._has_loose_gap = "", False

    def _open_tags(self, words: str) -> None:
        """Prepare for `words`: break or separate, open the inline tags, collect the link."""
        if self._breaks > 1 and not self.line:
            self.finish()
        if self._html:
            self._separate()
        self._breaks, self._has_space = 0, False
        for tag in self.inline_tags[len(self._written_tags) :]:
            self._html.append(tag.start)
            self._written_tags.append(tag)
        href = next((tag.href for tag in self.inline_tags if tag.href), "")
        if href:
            continues = self._links and self._links[-1][0] == href
            text = self._links.pop()[1] if continues else ""
            self._links.append((href, f"{text} {words}".strip()))

    def _separate(self) -> None:
        """Close the tags that are not wanted any more and write the break or space."""
        common = 0
        for tag, wanted in zip(self._written_tags, self.inline_tags, strict=False):
            if tag != wanted:
                break
            common += 1
        self._close(common)
        if self._breaks:
            self._html.append("<br>")
            self._gap = "\n"
        elif self._has_space:
            self._html.append(" ")
            self._gap = self._gap or " "

    def _close(self, depth: int) -> None:
        while len(self._written_tags) > depth:
            self._html.append(f"</{self._written_tags.pop().name}>")


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
