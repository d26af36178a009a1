"""Words of a post that no message shows, counted so that the author learns of them.

What is left out on purpose (what the page hides, boilerplate, shortcodes) does not count. Two
lengths tell whether anything is missing; only then each text is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from selectolax.lexbor import LexborNode

from newsletter.models import LeftOut
from newsletter.reader.clean.flow import Block, block_html, collapse_whitespace
from newsletter.reader.clean.shortcodes import strip_shortcodes
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.walk import HIDDEN_ELEMENTS

#: The share of a post's words that may be left out without a word to the author.
SHARE = 0.05
# A text is looked for this far around the place where it should be, so that pictures' captions
# may move. It keeps the search linear.
_WINDOW = 4000
_KEY_LENGTH = 60
_FIRST_WORDS = 6
_TAG = re.compile(r"<[^>]*>")
_NO_WORD = re.compile(r"[\W_]+")
# What a part of a post is called, the innermost first.
_PARTS = {
    "table": "a table",
    "svg": "a drawing",
    "canvas": "a drawing",
    "select": "a list to choose from",
    "textarea": "a box to write in",
    "figcaption": "the caption of a picture",
    "ul": "a list",
    "ol": "a list",
    "dl": "a list",
    "blockquote": "a quotation",
    "pre": "a text in fixed columns",
    "p": "a paragraph",
    "div": "a paragraph",
    "section": "a section",
}
_NO_PART = "a paragraph"


@dataclass(slots=True)
class _Part:
    name: str
    start: str
    words: int = 0


def find_left_out(
    body: LexborNode, source: str, blocks: Iterable[Block], set_aside: Iterable[str]
) -> LeftOut | None:
    """Return what is missing of a post, or None if it is no more than SHARE of its words.

    `source` is the text of `body`, `blocks` is what became of it, and `set_aside` what was left
    out on purpose.
    """
    aside = " ".join(set_aside)
    # The label of a card is ours.
    own = _text(block for block in blocks if block.kind not in {"card", "image"})
    if _length(own) + _length(aside) >= _length(source) * (1 - SHARE):
        return None
    own_place, left = _Place(own), _Place(aside)
    total, missing = 0, 0
    parts: dict[int, _Part] = {}
    for node, text in _texts(body):
        count = len(text.split())
        key = _letters(text)[:_KEY_LENGTH]
        if not key:
            continue
        if own_place.holds(key):
            total += count
        elif not left.holds(key) and not _is_hidden(node):
            total += count
            missing += count
            ancestor, name = _part_of(node)
            part = parts.setdefault(ancestor.mem_id, _Part(name, text))
            part.words += count
    if not parts or missing <= total * SHARE:
        return None
    largest = max(parts.values(), key=lambda part: part.words)
    first = " ".join(largest.start.split()[:_FIRST_WORDS])
    return LeftOut(words=missing, total=total, part=f"{largest.name} (“{first}…”)")


class _Place:
    """A position in a text, from which the next text is looked for."""

    def __init__(self, text: str) -> None:
        self._letters = _letters(text)
        self._position = 0

    def holds(self, key: str) -> bool:
        """Whether `key` stands near the position, which then moves behind it."""
        start = self._position
        at = self._letters.find(key, start, start + _WINDOW)
        if at < 0:
            return self._letters.find(key, max(0, start - _WINDOW), start) >= 0
        self._position = at + len(key)
        return True


def _texts(body: LexborNode) -> Iterator[tuple[LexborNode, str]]:
    """Yield each text that a browser may show, without shortcodes."""
    for node in body.traverse(include_text=True):
        parent = node.parent
        if node.is_text_node and parent is not None and parent.tag not in HIDDEN_ELEMENTS:
            text = collapse_whitespace(strip_shortcodes(node.text_content or ""))
            if text:
                yield node, text


def _is_hidden(node: LexborNode) -> bool:
    around = node.parent
    while around is not None and around.tag != "body":
        if concealment(around.attributes):
            return True
        around = around.parent
    return False


def _part_of(node: LexborNode) -> tuple[LexborNode, str]:
    """Return the element that a lost text belongs to, and what it is called."""
    around = node.parent
    nearest = around
    while around is not None and around.tag != "body":
        if around.tag in {"table", "svg", "select", "ul", "ol", "dl"}:
            return around, _PARTS[around.tag]
        if nearest is not None and nearest.tag not in _PARTS:
            nearest = around
        around = around.parent
    if nearest is None:
        return node, _NO_PART
    return nearest, _PARTS.get(nearest.tag or "", _NO_PART)


def _text(blocks: Iterable[Block]) -> str:
    text = _TAG.sub("", " ".join(map(block_html, blocks)))
    return unescape(text) if "&" in text else text


def _letters(text: str) -> str:
    return _NO_WORD.sub("", text).casefold()


def _length(text: str) -> int:
    return len("".join(text.split()))
