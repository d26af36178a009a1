"""Rules for text-level elements: emphasis, breaks, code and quotation marks."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.flow import Mark
from newsletter.reader.clean.walk import Attributes, Rule, Walk

# What each becomes in the newsletter; what is not named leaves only its text.
_MARKS = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "dfn": "em",
    "var": "em",
    "mark": "em",
    "cite": "cite",
    "q": "q",
    "s": "s",
    "strike": "s",
    "del": "s",
    "u": "u",
    "small": "small",
    "sub": "sub",
    "sup": "sup",
    "code": "code",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
}
TAGS = frozenset(_MARKS.values())


def _rule(tag: str) -> Rule:
    mark = Mark(tag, f"<{tag}>")

    def marked(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
        walk.marked(mark, node)

    return marked


def line_break(walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """A <br>."""
    walk.flow.line_break()


def nothing(_walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """An element that leaves, with all that is in it."""


RULES: dict[str, Rule] = {name: _rule(tag) for name, tag in _MARKS.items()}
