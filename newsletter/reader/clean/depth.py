"""A bound on what a post may cost: its length, its nesting, its tags.

HTML parsers take quadratic time where elements nest without end, where formatting is
opened and never closed, or where one tag has thousands of attributes. So the source is
bounded before it is parsed, in one pass. Its text stays whole, but for the length.
"""

from __future__ import annotations

import re
from collections import Counter

LENGTH = 200_000
NESTING = 100
_OPEN_FORMATTING = 8
_TAG_LENGTH = 20_000
_HARMLESS_TAGS = 100
_TAG = re.compile(r"<!--(?:-?>|.*?--!?>|.*)|<(/?)([a-zA-Z][^\s/>]*)[^>]*(?:>|\Z)", re.DOTALL)
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
})  # fmt: skip
_RAW = frozenset({
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
})  # fmt: skip
_FORMATTING = frozenset({
    "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
# The elements an end tag of a text-level element does not reach across
# (WHATWG HTML 13.2.4.2, "special").
_SPECIAL = frozenset({
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd",
    "details", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "html", "li", "main", "marquee",
    "menu", "nav", "noscript", "object", "ol", "p", "pre", "section", "select", "summary",
    "table", "tbody", "td", "template", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_SCOPES = frozenset({
    "button", "caption", "html", "marquee", "object", "table", "td", "template", "th",
})  # fmt: skip
# A start tag that ends an open sibling: the siblings, and where the search stops.
_SIBLINGS = {
    "p": (frozenset({"p"}), _SPECIAL - {"p"}),
    "li": (frozenset({"li"}), _SPECIAL - {"li", "p", "div", "address"}),
    "dd": (frozenset({"dd", "dt"}), _SPECIAL - {"dd", "dt", "p", "div", "address"}),
    "dt": (frozenset({"dd", "dt"}), _SPECIAL - {"dd", "dt", "p", "div", "address"}),
    "td": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "th": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
}


def bounded(html: str) -> tuple[str, bool]:
    """`html` within the bounds, and whether its end was cut off."""
    cut = len(html) > LENGTH
    if cut:
        html = html[:LENGTH]
        if html.rfind("<") > html.rfind(">"):
            html = html[: html.rfind("<")]
        html = html[: html.rfind("&")] if "&" in html[-10:] else html
    if len(html) <= _TAG_LENGTH and html.count("<") <= _HARMLESS_TAGS:
        return html, cut
    return _TAG.sub(_Nesting().tag, html), cut


class _Nesting:
    """The elements open at one place of the source, as far as a bound needs to know."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._formatting: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._raw = ""

    def tag(self, found: re.Match[str]) -> str:
        """What stands in the place of one tag: itself, a bare form of it or a space."""
        name = (found[2] or "").lower()
        if not name or (self._raw and name != self._raw):
            return found[0] if name else ""
        self._raw = name if name in _RAW and not found[1] else ""
        kept = name in _VOID or (self._end(name) if found[1] else self._start(name))
        if not kept:
            return " "
        return found[0] if len(found[0]) <= _TAG_LENGTH else f"<{found[1]}{name}>"

    def _start(self, name: str) -> bool:
        if name in _SIBLINGS:
            self._close(*_SIBLINGS[name])
        too_deep = len(self._open) >= NESTING
        if too_deep or (name in _FORMATTING and self._formatting.total() >= _OPEN_FORMATTING):
            self._left_out[name] += 1
            return False
        self._open.append(name)
        if name in _FORMATTING:
            self._formatting[name] += 1
        return True

    def _end(self, name: str) -> bool:
        if self._left_out[name]:
            self._left_out[name] -= 1
            return False
        self._close(frozenset({name}), (_SCOPES if name in _SPECIAL else _SPECIAL) - {name})
        # Formatting outlives the block it stands in, until its own end tag.
        if self._formatting[name]:
            self._formatting[name] -= 1
        return True

    def _close(self, names: frozenset[str], walls: frozenset[str]) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place] in names:
                del self._open[place:]
                return
            if self._open[place] in walls:
                return
