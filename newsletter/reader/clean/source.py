"""The source of a post before it is parsed: bounded, and only text and tags in it."""

from __future__ import annotations

import re

from newsletter.reader.clean.depth import LENGTH, bounded
from newsletter.reader.clean.shortcodes import captions_as_figures

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


def readable(html: str) -> tuple[str, bool]:
    """`html` as it may be parsed, and whether its end was cut off.

    What makes parsers slow or texts unreadable is gone, `[caption]` has become a figure,
    and the empty lines of a text without tags have become paragraphs.
    """
    html, cut = bounded(html[: LENGTH + 1])
    html = _NO_TEXT.sub("", html.replace("<![CDATA[", "").replace("]]>", ""))
    if "&#" in html:
        html = _REFERENCE.sub(_reference, html)
    if "\n" in html and not _BLOCKS.search(html):
        html = _EMPTY_LINE.sub("<br><br>", html)
    return captions_as_figures(html), cut


def _reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    readable_code = code in _WINDOWS or (code <= _LAST_CODE and not _NO_TEXT.match(chr(code)))
    return found[0] if readable_code else ""
