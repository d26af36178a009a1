"""Plain text and URLs from what a feed writes: no tags, entities or control characters.

Feeds of every format write the same things into fields that should be plain text: entities,
entities escaped twice, line breaks and emphasis as tags. Of the line breaks of plain text some
were meant by the writer, and others were put in by a program.
"""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.reader.clean.styles import concealment
from newsletter.text import subscript, superscript

# C0 and C1 controls, bidirectional overrides, the byte order mark and lone surrogates: they
# are invisible, and each can break a header, a database or a line of text.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
# "AT&T" and "?a=1&copy=2" are no references.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
# Tags as only HTML has them: "<3", "5K<10K" and "how to use <b>" are text.
_MARKUP = re.compile(r"<br\s*/?>|</[a-z][a-z0-9]*\s*>|<(?:img|wbr)\b[^<>]*>", re.IGNORECASE)
_SEPARATING = frozenset({
    "br", "hr", "p", "div", "li", "td", "th", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6",
    "blockquote", "section",
})  # fmt: skip
_UNREAD = frozenset({"script", "style", "template"})
_STRUCK = frozenset({"del", "s", "strike"})
_SHIFTED = {"sup": superscript, "sub": subscript}
_CLOSING = tuple(",.;:!?)")
_MAX_TITLE_LENGTH = 500
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Programs wrap at 60 to 100 columns, so a text whose lines are all shorter is not wrapped.
_SHORTEST_WRAPPED = 50
_LONGEST_WRAPPED = 110
_SENTENCE_END = (".", "!", "?", "…", ":", ";", "。")


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
        text = _words_of(body) if body is not None else ""
        if body is not None and not text.strip():
            text = _words_of(body, with_struck=True)
    else:
        text = unescape(text)
    if "&#" in text:
        text = unescape(text)
    return truncate_line(text)


def _words_of(body: LexborNode, *, with_struck: bool = False) -> str:
    """Return the words that a page would show of a title, as plain text says them. No recursion.

    Struck words do not stand as true, and a raised figure does not join the one before it.
    """
    words: list[str] = []
    open_nodes: list[LexborNode | str] = [body]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, str):
            words.append(node)
        elif node.is_text_node:
            words.append(node.text_content or "")
        elif not node.is_element_node or node.tag in _UNREAD or concealment(node.attributes):
            continue
        elif node.tag in _STRUCK and not with_struck:
            after = node.next.text_content if node.next is not None else None
            # Only a text node has text content.
            if words and (after or "")[:1] in _CLOSING:
                words[-1] = words[-1].rstrip()
        elif node.tag == "img":
            words.append(node.attributes.get("alt") or " ")
        elif node.tag in _SHIFTED:
            words.append(_SHIFTED[node.tag](node.text()))
        else:
            space = " " if node.tag in _SEPARATING else ""
            words.append(space)
            open_nodes += (space, *reversed(list(node.iter(include_text=True))))
    return "".join(words)


def text_from_plain(text: str) -> str:
    """Return a title or name that the feed declares as plain text, on one line.

    What is plainly markup is read as markup all the same: entities, and tags as only HTML has
    them. WordPress's own JSON Feed plugin writes both.
    """
    if _MARKUP.search(text):
        return text_from_html(text)
    return truncate_line(decode_references(text))


def decode_references(text: str) -> str:
    """Return `text` with character references (`&amp;`, `&#8217;`) decoded once."""
    return _REFERENCE.sub(lambda match: unescape(match[0]), text) if "&" in text else text


def html_from_text(text: str) -> str:
    """Return plain text as HTML that keeps its lines and paragraphs."""
    if "\n" not in text and "\r" not in text:
        return escape(text, quote=False)
    paragraphs = (
        "<br>".join(escape(line, quote=False) for line in lines) for lines in paragraphs_of(text)
    )
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


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


def paragraphs_of(text: str) -> list[list[str]]:
    """Return the paragraphs of plain text, each as its lines. Empty lines separate them.

    A paragraph that was wrapped at the end of full lines, as mail programs and editors do, is
    one line.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = (
        [" ".join(line.split()) for line in paragraph.split("\n") if line.strip()]
        for paragraph in _EMPTY_LINES.split(plain)
    )
    return [
        [" ".join(lines)] if _is_wrapped(lines) else lines for lines in paragraphs if any(lines)
    ]


def _is_wrapped(lines: list[str]) -> bool:
    """Whether each line was full: the first word of the next one had no room in it."""
    width = max(map(len, lines))
    if len(lines) == 1 or not _SHORTEST_WRAPPED <= width <= _LONGEST_WRAPPED:
        return False
    is_full = all(len(line) + 1 + len(after.split()[0]) > width for line, after in pairwise(lines))
    # The first of two lines is always full. It ends inside a sentence if it was wrapped.
    return is_full and (len(lines) > 2 or not lines[0].endswith(_SENTENCE_END))  # noqa: PLR2004 - see above
