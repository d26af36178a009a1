"""The text part: written for readers of plain text, not stripped from the HTML part."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from html import escape, unescape
from pathlib import Path

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from inscriptis.model.tag.list_tag import li_start_handler, ol_end_handler

from newsletter.composer.layout.view_fields import LayoutFields
from newsletter.composer.phrases import Phrases
from newsletter.composer.templating import fill_template
from newsletter.models import Issue, SafeHtml
from newsletter.text import (
    LINE_WIDTH,
    columns,
    list_number,
    one_line,
    subscript,
    superscript,
    wrap,
)

_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
_DEEPEST_INDENT = LINE_WIDTH // 2
_INDENT = re.compile(r"\s*(?:[*•-] |(?:-?\d+|[a-zA-Z]|[ivxlc]+|[IVXLC]+)\. )?")
# Characters that guide a page's line breaks.
_BREAK_HINTS = ("\u00ad", "\u200b", "\u2060", "\ufeff")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,7}")
_SHIFTED = re.compile(r"<(sup|sub)>(.{0,500}?)</\1>", re.DOTALL)
_BETWEEN_TAGS = re.compile(r"(?<![^>])[^<>]+")
# Pictures alone in a block, which are described, or a picture inside of a line, whose alt text
# is a word of it.
_PICTURE = re.compile(
    r"<(?:p|figure|div|li|td|th)\b[^<>]*>(?:\s|</?a\b[^<>]*>|<img\b[^<>]*>)+(?=</?(?!a\b|img\b)[a-z])|"
    r"<img\b[^<>]*>"
)
_LIST_BEFORE_LIST = re.compile(r"(?<=</[uo]l>)(?=\s*<(?:[uo]l|table)\b)")
# The picture of a video, above the link to it that says the same.
_POSTER = re.compile(
    r'<p><a href="([^"<>]*)"><img\b[^<>]*\balt="Video(?:: [^"]*)?"[^<>]*></a></p>\s*'
    r'(?=<p><a href="\1">)'
)
_ALT = re.compile(r'\balt="([^"]*)"')
_STYLES = {
    **STRICT_CSS_PROFILE,
    "blockquote": HtmlElement(
        display=Display.block, margin_before=1, margin_after=1, padding_inline=4
    ),
    "figcaption": HtmlElement(display=Display.block, margin_after=1),
    # A margin here would separate the items too.
    "ul": HtmlElement(display=Display.block, padding_inline=2),
    "ol": HtmlElement(display=Display.block, padding_inline=2),
    "pre": HtmlElement(
        display=Display.block,
        margin_before=1,
        margin_after=1,
        whitespace=STRICT_CSS_PROFILE["pre"].whitespace,
    ),
}


def write_text(
    issue: Issue, fields: LayoutFields, layout: str, *, folders: tuple[Path, ...]
) -> str:
    """Return the text part from the template `layout`.txt, wrapped at 76 columns.

    Raise ComposeError for a broken template.
    """
    posts = tuple(
        replace(view, body=body_text(post.html, phrases=fields.words)) if view.whole else view
        for view, post in zip(fields.posts, issue.posts, strict=False)
    )
    fields = replace(fields, posts=posts, note=body_text(issue.note, phrases=fields.words))
    text = fill_template(folders, f"{layout}.txt", fields.by_name())
    return _break_sendgrid_tags(_BLANK_LINES.sub("\n\n", text).strip() + "\n")


def _break_sendgrid_tags(text: str) -> str:
    """Separate the characters of `<%…%>`, which SendGrid would substitute; text has no entities.

    Soft hyphens and other hints for line breaks go: plain text shows them as signs.
    """
    for hint in _BREAK_HINTS:
        text = text.replace(hint, "")
    text = text.replace("\u00a0", " ")
    return text.replace("<%", "< %").replace("%>", "% >")


# Every edition of an issue shows the same posts, and the conversion takes a third of the
# time to render one.
@lru_cache(maxsize=64)
def body_text(html: SafeHtml, *, phrases: Phrases) -> str:
    """Convert a post to plain text in lines of at most 76 columns.

    Headings, quotations, lists and captions keep their shape. Struck words stand between
    tildes. Links are numbered, with their URLs listed at the end.
    """
    if not html.strip():
        return ""
    links: dict[str, int] = {}
    config = ParserConfig(css=_STYLES, custom_html_tag_handler_mapping=_handlers(links, phrases))
    text = get_text(f"<div>{_write_marks(html)}</div>", config)
    lines = "\n".join(_wrap_line(line) for line in text.split("\n")).strip("\n")
    urls = "\n".join(f"[{number}] {url}" for url, number in links.items())
    return "\n\n".join(filter(None, (lines, urls)))


def _write_marks(html: str) -> str:
    """Write raised and lowered text, and pictures inside of a line, as words; separate blocks.

    A rule is a line, and a list that follows another begins below an empty one. A video is one
    link.

    inscriptis decodes text once more than HTML does, so "&amp;lt;" would become "<".
    """
    html = html.replace("&amp;", "&amp;amp;").replace("<hr>", "<p>---</p>")
    html = _LIST_BEFORE_LIST.sub("<p></p>", _POSTER.sub("", html))
    return _PICTURE.sub(_write_inline_picture, _SHIFTED.sub(_write_shifted, html))


def _write_shifted(match: re.Match[str]) -> str:
    write = superscript if match[1] == "sup" else subscript
    return _BETWEEN_TAGS.sub(lambda text: escape(write(unescape(text[0])), quote=False), match[2])


def _write_inline_picture(match: re.Match[str]) -> str:
    if not match[0].startswith("<img"):
        return match[0]
    alt = _ALT.search(match[0])
    words = alt[1] if alt else ""
    before = match.string[max(match.start() - 1, 0) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    # A picture of a word runs into no word beside it; one of a letter begins a word.
    first = " " if words[:1].isalnum() and before.isalnum() else ""
    last = " " if len(words) > 1 and words[-1].isalnum() and after.isalnum() else ""
    return f"{first}{words}{last}"


def _wrap_line(line: str) -> str:
    """Wrap one line of the converter, with its indentation on every line."""
    plain = line.rstrip()
    if columns(plain) <= LINE_WIDTH:
        return plain
    indent = _INDENT.match(plain)
    lead = indent[0] if indent else ""
    if len(lead) > _DEEPEST_INDENT:
        # A cell beside a very wide one stands beyond the end of the line.
        return wrap(plain)
    return wrap(plain[len(lead) :], lead, " " * len(lead))


def _handlers(links: dict[str, int], phrases: Phrases) -> CustomHtmlTagHandlerMapping:
    marks = _Marks(links, phrases)
    return CustomHtmlTagHandlerMapping(
        start_tag_mapping={
            "img": marks.write_image,
            "a": marks.open_link,
            "s": marks.strike,
            "ol": marks.open_numbered,
            "li": marks.open_item,
        },
        end_tag_mapping={"a": marks.close_link, "s": marks.strike, "ol": marks.close_numbered},
    )


class _Marks:
    """Writes pictures as [Image: …] and links as [1], strikes words, counts as lists count."""

    def __init__(self, links: dict[str, int], phrases: Phrases) -> None:
        #: The number of each link, by its URL.
        self._links = links
        self._phrases = phrases
        self._opened: list[str] = []
        self._counting: list[str] = []

    def write_image(self, state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        alt = one_line(attributes.get("alt", ""))
        if alt:
            state.tags[-1].write(self._phrases.image.format(alt=alt))

    def open_link(self, _: HtmlDocumentState, attributes: dict[str, str]) -> None:
        self._opened.append(one_line(unescape(attributes.get("href", ""))))

    def close_link(self, state: HtmlDocumentState) -> None:
        url = self._opened.pop() if self._opened else ""
        if url:
            number = self._links.setdefault(url, len(self._links) + 1)
            state.tags[-1].write(f" [{number}]")

    def strike(self, state: HtmlDocumentState, _: object = None) -> None:
        state.tags[-1].write("~")

    def open_numbered(self, state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        start = attributes.get("start", "")
        state.li_counter.append(int(start) if _WHOLE_NUMBER.fullmatch(start) else 1)
        self._counting.append(attributes.get("type", ""))

    def close_numbered(self, state: HtmlDocumentState) -> None:
        ol_end_handler(state)
        self._counting.pop()

    def open_item(self, state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        li_start_handler(state, attributes)
        number = state.tags[-1].list_bullet.removesuffix(". ")
        if _WHOLE_NUMBER.fullmatch(number) and self._counting:
            state.tags[-1].list_bullet = f"{list_number(int(number), self._counting[-1])}. "
