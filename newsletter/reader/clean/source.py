"""The source of a post before it is parsed: limited in length and nesting, only text and tags.

HTML parsers take quadratic time where elements nest without end, where formatting is opened
and never closed, or where one tag has thousands of attributes. So the source is limited
before it is parsed, in one pass. Its text stays complete up to the limit of its length.
"""

from __future__ import annotations

import re
from collections import Counter

from newsletter.reader.parsing.plain_text import paragraphs_of

#: The limit of a post's source, in characters.
LENGTH = 200_000
#: The limit of nested elements.
NESTING = 100
_OPEN_FORMATTING = 8
_TAG_LENGTH = 20_000
_HARMLESS_TAGS = 100

# Characters that are no text (C0, C1, surrogates) or reverse the direction of what follows.
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff\ufffe\uffff]"
)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));?")
_BLOCK_TAGS = re.compile(
    r"<(?:p|br|div|li|h[1-6]|pre|table|blockquote|section|article)[\s/>]", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[a-zA-Z/!]")
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_LAST_CODE = 0x10FFFF
# HTML reads the references 128 to 159 as Windows-1252.
_WINDOWS_1252 = range(0x80, 0xA0)

_TAG = re.compile(r"<!--(?:-?>|.*?--!?>|.*)|<(/?)([a-zA-Z][^\s/>]*)[^>]*(?:>|\Z)", re.DOTALL)
_HIDES = re.compile(r"hidden|display|visibility|opacity|class=", re.IGNORECASE)
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
# The elements that the end tag of a text-level element does not reach across
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
# A start tag that ends an open sibling: the siblings, and the elements that end the search.
_SIBLINGS = {
    "p": (frozenset({"p"}), _SPECIAL - {"p"}),
    "li": (frozenset({"li"}), _SPECIAL - {"li", "p", "div", "address"}),
    "dd": (frozenset({"dd", "dt"}), _SPECIAL - {"dd", "dt", "p", "div", "address"}),
    "dt": (frozenset({"dd", "dt"}), _SPECIAL - {"dd", "dt", "p", "div", "address"}),
    "td": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "th": (frozenset({"td", "th"}), frozenset({"table", "tr"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
}

_CAPTION = re.compile(r"\scaption=(?:\"([^\"\]]*)\"|'([^'\]]*)')")


def prepare_source(html: str) -> tuple[str, bool]:
    """Return `html` ready to be parsed, and whether its end was cut off.

    Removes what makes parsers slow or texts unreadable. Turns each `[caption]` into a figure
    and the empty lines of a text without block tags into paragraphs. A text without any tags
    keeps its lines too.
    """
    html, is_cut = limit_source(html[: LENGTH + 1])
    html = _NO_TEXT.sub("", html.replace("<![CDATA[", "").replace("]]>", ""))
    # Browsers read an end tag of <br>, as XHTML has it, as a second line break.
    html = html.replace("<br></br>", "<br>")
    if "&#" in html:
        html = _REFERENCE.sub(_replace_reference, html)
    if "\n" in html and not _BLOCK_TAGS.search(html):
        html = _write_line_breaks(html)
    return captions_to_figures(html), is_cut


def _write_line_breaks(html: str) -> str:
    if _ANY_TAG.search(html):
        return _EMPTY_LINE.sub("<br><br>", html)
    return "<br><br>".join("<br>".join(lines) for lines in paragraphs_of(html))


def limit_source(html: str) -> tuple[str, bool]:
    """Return `html` within the limits, and whether its end was cut off."""
    is_cut = len(html) > LENGTH
    if is_cut:
        html = html[:LENGTH]
        if html.rfind("<") > html.rfind(">"):
            html = html[: html.rfind("<")]
        html = html[: html.rfind("&")] if "&" in html[-10:] else html
    if len(html) <= _TAG_LENGTH and html.count("<") <= _HARMLESS_TAGS:
        return html, is_cut
    return _TAG.sub(_Nesting().limit_tag, html), is_cut


def captions_to_figures(html: str) -> str:
    """Turn each `[caption]…[/caption]` into a figure."""
    if "[/caption]" not in html:
        return html
    parts = []
    position = 0
    while (start := html.find("[caption", position)) >= 0:
        inner = html.find("]", start) + 1
        end = html.find("[/caption]", inner)
        if not inner or end < 0:
            break
        attribute = _CAPTION.search(html, start, inner)
        caption = f" {attribute[1] or attribute[2]}" if attribute else ""
        parts += [html[position:start], "<figure>", html[inner:end], caption, "</figure>"]
        position = end + len("[/caption]")
    return "".join((*parts, html[position:]))


def _replace_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    is_text = code in _WINDOWS_1252 or (code <= _LAST_CODE and not _NO_TEXT.match(chr(code)))
    return match[0] if is_text else ""


class _Nesting:
    """Tracks which elements are open, as far as the limits depend on it."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._formatting: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._raw = ""

    def limit_tag(self, match: re.Match[str]) -> str:
        """Return what replaces one tag: the tag, the tag without attributes, or a space."""
        name = (match[2] or "").lower()
        if not name or (self._raw and name != self._raw):
            return match[0] if name else ""
        self._raw = name if name in _RAW and not match[1] else ""
        stays = name in _VOID or (self._end(name) if match[1] else self._start(name, match[0]))
        if not stays:
            return " "
        return match[0] if len(match[0]) <= _TAG_LENGTH else f"<{match[1]}{name}>"

    def _start(self, name: str, tag: str) -> bool:
        if name in _SIBLINGS:
            self._close(*_SIBLINGS[name])
        is_too_deep = len(self._open) >= NESTING and (
            # What the page hides stays hidden, as deep as it may stand.
            len(self._open) >= 2 * NESTING or not _HIDES.search(tag[:_TAG_LENGTH])
        )
        if is_too_deep or (name in _FORMATTING and self._formatting.total() >= _OPEN_FORMATTING):
            self._dropped[name] += 1
            return False
        self._open.append(name)
        if name in _FORMATTING:
            self._formatting[name] += 1
        return True

    def _end(self, name: str) -> bool:
        if self._dropped[name]:
            self._dropped[name] -= 1
            return False
        self._close(frozenset({name}), (_SCOPES if name in _SPECIAL else _SPECIAL) - {name})
        # A formatting element stays open after the end of its block, until its end tag.
        if self._formatting[name]:
            self._formatting[name] -= 1
        return True

    def _close(self, names: frozenset[str], barriers: frozenset[str]) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index] in names:
                del self._open[index:]
                return
            if self._open[index] in barriers:
                return
