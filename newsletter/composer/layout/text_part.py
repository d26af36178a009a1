"""The text part: written for readers of plain text, not stripped from the HTML part."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping

from newsletter.composer.layout.view_fields import LayoutFields
from newsletter.composer.phrases import Phrases
from newsletter.composer.templating import fill_template
from newsletter.models import Issue, SafeHtml
from newsletter.text import LINE_WIDTH, columns, one_line, wrap

_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
_INDENT = re.compile(r"\s*(?:[*•-] |\d+\. )?")
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
    fields = replace(fields, posts=posts)
    text = fill_template(folders, f"{layout}.txt", fields.by_name())
    return _break_sendgrid_tags(_BLANK_LINES.sub("\n\n", text).strip() + "\n")


def _break_sendgrid_tags(text: str) -> str:
    """Separate the characters of `<%…%>`, which SendGrid would substitute; text has no entities."""
    return text.replace("<%", "< %").replace("%>", "% >").replace("\u00a0", " ")


# Every edition of an issue shows the same posts, and the conversion takes a third of the
# time to render one.
@lru_cache(maxsize=64)
def body_text(html: SafeHtml, *, phrases: Phrases) -> str:
    """Convert a post to plain text in lines of at most 76 columns.

    Headings, quotations, lists and captions keep their shape. Links are numbered, with
    their URLs listed at the end.
    """
    if not html.strip():
        return ""
    links: list[str] = []
    config = ParserConfig(css=_STYLES, custom_html_tag_handler_mapping=_handlers(links, phrases))
    text = get_text(f"<div>{html}</div>", config)
    lines = "\n".join(_wrap_line(line) for line in text.split("\n")).strip("\n")
    urls = "\n".join(f"[{number}] {url}" for number, url in enumerate(links, 1))
    return "\n\n".join(filter(None, (lines, urls)))


def _wrap_line(line: str) -> str:
    """Wrap one line of the converter, with its indentation on every line."""
    plain = line.rstrip()
    if columns(plain) <= LINE_WIDTH:
        return plain
    indent = _INDENT.match(plain)
    lead = indent[0] if indent else ""
    return wrap(plain[len(lead) :], lead, " " * len(lead))


def _handlers(links: list[str], phrases: Phrases) -> CustomHtmlTagHandlerMapping:
    """Write pictures as [Image: …] and links as [1]; append the links' URLs to `links`."""
    opened: list[str] = []

    def write_image(state: HtmlDocumentState, attributes: dict[str, str]) -> None:
        alt = one_line(attributes.get("alt", ""))
        if alt:
            state.tags[-1].write(phrases.image.format(alt=alt))

    def open_link(_: HtmlDocumentState, attributes: dict[str, str]) -> None:
        opened.append(one_line(attributes.get("href", "")))

    def close_link(state: HtmlDocumentState) -> None:
        url = opened.pop() if opened else ""
        if url:
            if url not in links:
                links.append(url)
            state.tags[-1].write(f" [{links.index(url) + 1}]")

    return CustomHtmlTagHandlerMapping(
        start_tag_mapping={"img": write_image, "a": open_link},
        end_tag_mapping={"a": close_link},
    )
