"""The source of a post before it is parsed: bounded, and only text and tags in it."""

from __future__ import annotations

import re
from collections import Counter

# Characters that are no text (C0, C1, surrogates) or turn round what follows them.
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff\ufffe\uffff]"
)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));?")
_BLOCKS = re.compile(
    r"<(?:p|br|div|li|h[1-6]|pre|table|blockquote|section|article)[\s/>]", re.IGNORECASE
)
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_LAST_CODE = 0x10FFFF
# Windows-1252 characters that HTML reads from the references 128 to 159.
_WINDOWS = range(0x80, 0xA0)


def prepare_source(html: str) -> tuple[str, bool]:
    """`html` as it may be parsed, and whether its end was cut off.

    What makes parsers slow or texts unreadable is gone, `[caption]` has become a figure,
    and the empty lines of a text without tags have become paragraphs.
    """
    html, cut = limit_source(html[: LENGTH + 1])
    html = _NO_TEXT.sub("", html.replace("<![CDATA[", "").replace("]]>", ""))
    if "&#" in html:
        html = _REFERENCE.sub(_replace_reference, html)
    if "\n" in html and not _BLOCKS.search(html):
        html = _EMPTY_LINE.sub("<br><br>", html)
    return captions_to_figures(html), cut


def _replace_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    readable_code = code in _WINDOWS or (code <= _LAST_CODE and not _NO_TEXT.match(chr(code)))
    return found[0] if readable_code else ""


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


def limit_source(html: str) -> tuple[str, bool]:
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


# Those whose argument is an address keep it: a card is made of it later.
_WITH_ADDRESS = re.compile(
    r"\[(?:youtube|vimeo|embed|instagram|spotify|soundcloud)[ =]+(?:url=)?[\"']?(https?://[^\s\]\"']+)[^\[\]]*\]"
)
_NAMES = (
    "audio|caption|contact-form|contact-field|crowdsignal|embed|et_pb_[a-z_]+|fusion_[a-z_]+|"
    "gallery|googlemaps|googleapps|gravityform|instagram|jetpack[a-z_-]*|mc4wp_form|ninja_form|"
    "playlist|polldaddy|portfolio|sharing|slideshow|soundcloud|spotify|strava|subscribe|"
    "subscription_form|toc|tiled_gallery|vc_[a-z_]+|video|videopress|vimeo|wpforms|wpvideo|youtube"
)
_NESTED = 5  # a shortcode within another one comes to light when that one is gone
_CAPTION = re.compile(r"\scaption=(?:\"([^\"\]]*)\"|'([^'\]]*)')")
_SHORTCODE = re.compile(rf"\[/?(?:{_NAMES})(?:[ =/][^\[\]]*)?\]")


def strip_shortcodes(text: str) -> str:
    """`text` without shortcodes; the address in `[embed]` and its like stays."""
    if "[" not in text:
        return text
    text = _WITH_ADDRESS.sub(r" \1 ", text)
    for _ in range(_NESTED):
        text, removed = _SHORTCODE.subn(" ", text)
        if not removed:
            break
    return text


def captions_to_figures(html: str) -> str:
    """The source with each `[caption]…[/caption]` made a figure."""
    if "[/caption]" not in html:
        return html
    pieces = []
    place = 0
    while (start := html.find("[caption", place)) >= 0:
        inner = html.find("]", start) + 1
        end = html.find("[/caption]", inner)
        if not inner or end < 0:
            break
        named = _CAPTION.search(html, start, inner)
        words = f" {named[1] or named[2]}" if named else ""
        pieces += [html[place:start], "<figure>", html[inner:end], words, "</figure>"]
        place = end + len("[/caption]")
    return "".join((*pieces, html[place:]))
