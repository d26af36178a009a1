"""A full post in plain text: headings, quotations, lists and captions keep their shape."""

from __future__ import annotations

import re
from functools import lru_cache

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping

from newsletter.composer.text.phrases import Words
from newsletter.models import SafeHtml
from newsletter.text import LINE_WIDTH, columns, one_line, wrap

_STYLES = {
    **STRICT_CSS_PROFILE,
    "blockquote": HtmlElement(
        display=Display.block, margin_before=1, margin_after=1, padding_inline=4
    ),
    "figcaption": HtmlElement(display=Display.block, margin_after=1),
    # A margin here would part the items too.
    "ul": HtmlElement(display=Display.block, padding_inline=2),
    "ol": HtmlElement(display=Display.block, padding_inline=2),
    "pre": HtmlElement(
        display=Display.block,
        margin_before=1,
        margin_after=1,
        whitespace=STRICT_CSS_PROFILE["pre"].whitespace,
    ),
}
_INDENT = re.compile(r"\s*(?:[*•-] |\d+\. )?")


@lru_cache(maxsize=64)
def body_text(html: SafeHtml, *, words: Words) -> str:
    """The post's text in lines of at most 76 columns; links are numbered and listed below.

    Kept, since it is the same in every edition of an issue and takes a third of the time
    of one with full posts.
    """
    if not html.strip():
        return ""
    links: list[str] = []
    config = ParserConfig(css=_STYLES, custom_html_tag_handler_mapping=_handlers(links, words))
    text = get_text(f"<div>{html}</div>", config)
    lines = "\n".join(_line(line) for line in text.split("\n")).strip("\n")
    listed = "\n".join(f"[{number}] {url}" for number, url in enumerate(links, 1))
    return "\n\n".join(filter(None, (lines, listed)))


def _line(line: str) -> str:
    """One line of the converter wrapped, keeping its indentation; short ones stay as is."""
    plain = line.rstrip()
    if columns(plain) <= LINE_WIDTH:
        return plain
    start = _INDENT.match(plain)
    lead = start[0] if start else ""
    return wrap(plain[len(lead) :], lead, " " * len(lead))


def _handlers(links: list[str], words: Words) -> CustomHtmlTagHandlerMapping:
    """Pictures as [Image: …] and links as numbers; `links` collects the addresses."""
    opened: list[str] = []

    def image(state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        alt = one_line(attributes.get("alt", ""))
        if alt:
            state.tags[-1].write(words.image.format(alt=alt))

    def link_opens(_: HtmlDocumentState, attributes: dict[str, str]) -> None:
        opened.append(one_line(attributes.get("href", "")))

    def link_closes(state: HtmlDocumentState) -> None:
        url = opened.pop() if opened else ""
        if url:
            if url not in links:
                links.append(url)
            state.tags[-1].write(f" [{links.index(url) + 1}]")

    return CustomHtmlTagHandlerMapping(
        start_tag_mapping={"img": image, "a": link_opens}, end_tag_mapping={"a": link_closes}
    )
