"""The flow that text, pictures and line breaks are poured into.

A flow writes one normal form: a paragraph holds only text-level elements, no element is
empty, white space is single. That form read again gives the same form again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from newsletter.reader.clean.blocks import Block, paragraph_kind

_LONE_NBSP = re.compile(r"(?<=\S)\xa0(?=\S)")
_INVISIBLE = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class InlineTag:
    """A text-level element that is open: its name and its start tag."""

    name: str
    start: str
    href: str = ""


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of `text`."""
    return bool(text) and not _INVISIBLE.fullmatch(text)


def collapse_whitespace(text: str) -> str:
    """`text` with each run of white space made one space; a lone NBSP stays."""
    if "\xa0" not in text:
        return " ".join(text.split())
    # NUL stands in for the lone ones: no text holds it.
    return " ".join(_LONE_NBSP.sub("\0", text).split()).replace("\0", "\xa0")


class Flow:
    """The content of one container: finished blocks and the paragraph being written.

    In a `line` (a heading, a caption) blocks only break the line.
    """

    def __init__(self, *marks: InlineTag, line: bool = False) -> None:
        self.line = line
        self.inline_tags = list(marks)
        self.blocks: list[Block] = []
        self._html: list[str] = []
        self._plain: list[str] = []
        self._open: list[InlineTag] = []
        self._links: list[tuple[str, str]] = []
        self._later: list[Block] = []
        self._breaks = 0
        self._space = False
        self._filled = False

    def add_text(self, raw: str) -> None:
        """Adds text; white space at its ends separates it from its neighbours."""
        words = collapse_whitespace(raw)
        if not words:
            self._space = self._space or bool(raw)
            return
        self._space = self._space or raw[0].isspace()
        self._begin(words)
        self._html.append(escape(words, quote=False))
        self._plain.append(words)
        self._filled = self._filled or is_visible(words)
        self._space = raw[-1].isspace()

    def add_line_break(self) -> None:
        """Adds a line break; two of them end the paragraph."""
        self._breaks += 1
        self._space = False
        if self._later:
            self.end_paragraph()

    def add_icon(self, html: str) -> None:
        """Adds a picture small enough to stand in a line of text."""
        self._begin("")
        self._html.append(html)
        self._filled = True
        self._space = False

    def add_picture(self, html: str, alt: str) -> None:
        """Adds a picture as a block of its own, never in the middle of a sentence."""
        link = next((tag for tag in self.inline_tags if tag.name == "a"), None)
        whole = f"{link.start}{html}</a>" if link else html
        links = ((link.href, alt),) if link else ()
        block = Block(kind="image", html=f"<p>{whole}</p>", text=alt, links=links)
        if self._breaks and not self.line:
            self.end_paragraph()
        if self._filled:
            self._later.append(block)
        else:
            self.blocks.append(block)

    def add_block(self, block: Block) -> None:
        """Adds a finished block after what was written so far."""
        self.finish()
        if block.kind != "rule" or (self.blocks and self.blocks[-1].kind != "rule"):
            self.blocks.append(block)

    def end_paragraph(self) -> None:
        """Ends the paragraph, if one is open; in a line it only breaks the line."""
        if self.line:
            self._breaks += bool(self._html)
            self._space = False
            return
        self.finish()

    def finish(self) -> None:
        """Makes a block of what was written, if a reader would see anything of it."""
        if not self._html and not self._later:
            self._breaks, self._space = 0, False
            return
        if self._filled:
            self._close(0)
            html = "".join(self._html)
            self.blocks.append(
                Block(
                    kind=paragraph_kind(html),
                    html=html,
                    text="".join(self._plain).strip(),
                    links=tuple(self._links),
                )
            )
        self.blocks.extend(self._later)
        self._html, self._plain, self._links, self._later, self._open = [], [], [], [], []
        self._breaks, self._space, self._filled = 0, False, False

    def _begin(self, words: str) -> None:
        if self._breaks > 1 and not self.line:
            self.finish()
        if self._html:
            self._separate()
        self._breaks, self._space = 0, False
        for tag in self.inline_tags[len(self._open) :]:
            self._html.append(tag.start)
            self._open.append(tag)
        href = next((tag.href for tag in self.inline_tags if tag.href), "")
        if href:
            known = self._links.pop() if self._links and self._links[-1][0] == href else (href, "")
            self._links.append((href, f"{known[1]} {words}".strip()))

    def _separate(self) -> None:
        kept = 0
        for tag, wanted in zip(self._open, self.inline_tags, strict=False):
            if tag != wanted:
                break
            kept += 1
        self._close(kept)
        if self._breaks:
            self._html.append("<br>")
            self._plain.append("\n")
        elif self._space:
            self._html.append(" ")
            self._plain.append(" ")

    def _close(self, kept: int) -> None:
        while len(self._open) > kept:
            self._html.append(f"</{self._open.pop().name}>")
