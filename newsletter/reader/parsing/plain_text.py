"""Plain text and URLs from what a feed writes: no tags, entities or control characters."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

# C0 and C1 controls, bidirectional overrides, the byte order mark and lone surrogates: they
# are invisible, and each can break a header, a database or a line of text.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_MAX_TITLE_LENGTH = 500


def strip_unprintable(text: str) -> str:
    """Return `text` without control characters and lone surrogates. Line ends stay."""
    return _SURROGATE.sub("\ufffd", _UNPRINTABLE.sub("", text))


def truncate_line(text: str, *, longest: int = _MAX_TITLE_LENGTH) -> str:
    """Return `text` as one line of at most `longest` characters, without control characters.

    Unlike `newsletter.text.one_line` it keeps zero-width characters: a guid or a title from
    a feed is stored as the feed has it.
    """
    line = _SPACE.sub(" ", strip_unprintable(text)).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def text_from_html(markup: str) -> str:
    """Return the text of a title or name that may contain tags and entities, on one line.

    Some WordPress plugins escape twice (`&amp;#8217;`), so text that still contains a
    numeric entity is decoded once more.
    """
    text = markup[: _MAX_TITLE_LENGTH * 20]
    if "<" in text:
        body = LexborHTMLParser(text).body
        text = body.text() if body is not None else ""
    else:
        text = unescape(text)
    if "&#" in text:
        text = unescape(text)
    return truncate_line(text)


def web_address(raw: str, base: str = "") -> str:
    """Return `raw` as an absolute http(s) URL, resolved against `base`, or ""."""
    candidate = strip_unprintable(raw).strip().replace("\n", "").replace("\r", "").replace("\t", "")
    if not candidate:
        return ""
    try:
        joined = urljoin(base, candidate)
        parts = urlsplit(joined)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return joined if is_web else ""
