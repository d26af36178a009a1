"""The HTML part: from the MJML frame to a message with posts and inlined styles.

    MJML template -> build_frame -> compile_frame -> insert_bodies -> inline_styles
                  -> add_style_blocks -> escape_sendgrid_tags

Post HTML never passes through MJML or Jinja2: the frame has a placeholder for each post,
and the post goes into the compiled result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

from newsletter.composer.layout.view_fields import LayoutFields
from newsletter.composer.templating import fill_template
from newsletter.errors import ComposeError
from newsletter.models import Layout, Post, SafeHtml
from newsletter.text import one_line

#: Width of a post's column, in CSS pixels.
_BODY_WIDTH = 528
_TOP_HEADING = 3
_NOTE = "note"
_IMAGE = re.compile(r"<img\b[^<>]*>")
_SIZE = re.compile(r' (width|height)="(\d{1,6})"')
# A letter of Hebrew, Arabic and the scripts beside them.
_FROM_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TEXT_BLOCK = re.compile(r"<(p|h[3-6])>")
# Two pictures beside each other, each of which may be a link.
_PAIR = re.compile(
    r"<p>(?:<a\b[^<>]*>)?<img\b[^<>]*>(?:</a>)? (?:<a\b[^<>]*>)?<img\b[^<>]*>(?:</a>)?</p>"
)
# Smaller pictures may stand below each other on a telephone.
_SMALLEST_OF_PAIR = 160
# Per cent of the row for a pixel, with a little room for the space between.
_PAIR_SHARE = 99.5 / _BODY_WIDTH
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_HEAD_CELL = re.compile(r"<th(?=[\s>])(?![^>]*\sscope=)")
_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")
_ERROR_POSITION = re.compile(r"at position (\d+)")
# Characters that the MJML compiler writes in Rust's debug notation (an emoji's joiner as
# \u{200d}) inside attributes and the title, which becomes an attribute.
_MANGLED = re.compile(r"[\\\x80-\U0010ffff]")
# The possessive `*+` never goes back over a tag that has none.
_MANGLED_TAG = re.compile(r"<[^<>\\\x80-\U0010ffff]*+[\\\x80-\U0010ffff][^<>]*>|<mj-title>[^<]*")


def build_frame(fields: LayoutFields, nonce: str, folders: tuple[Path, ...], layout: Layout) -> str:
    """Return the edition's MJML, with placeholders for the note and each post shown in full.

    Raise ComposeError for a broken template.
    """
    posts = tuple(
        replace(post, body=_placeholder(nonce, index)) if post.whole else post
        for index, post in enumerate(fields.posts)
    )
    note = _placeholder(nonce, _NOTE) if fields.note else ""
    fields = replace(fields, posts=posts, note=note)
    return fill_template(folders, f"{layout}.mjml", fields.by_name())


def _placeholder(nonce: str, index: int | str) -> str:
    return f"-nl{nonce}#{index}-"


def compile_frame(mjml: str, layout: Layout) -> str:
    """Compile MJML to HTML. Raise ComposeError with the line if it is not valid."""
    mjml = _MANGLED_TAG.sub(_write_entities, mjml)
    try:
        # No fonts are fetched, and mj-include has no loader, so nothing is read from disk.
        html = str(mjml2html(mjml, disable_comments=True, fonts={}))
    except ValueError as error:
        raise ComposeError(
            f"The email template {layout}.mjml does not make valid MJML{_near(mjml, error)}: "
            f"{error}.",
            cure="Correct your own copy of it, or remove it to go back to the one that came "
            "with the program.",
        ) from error
    # The compiler closes and reopens Outlook's conditional comment between tags: 3 KB.
    html = html.replace("<![endif]--><!--[if mso | IE]>", "")
    # Not a valid value in HTML; the style attribute beside it says the same.
    return html.replace(' height="auto"', "")


def _write_entities(tag: re.Match[str]) -> str:
    """Return the tag with entities for mangled characters; `inline_styles` decodes them."""
    return _MANGLED.sub(lambda character: f"&#{ord(character[0])};", tag[0])


def _near(mjml: str, error: ValueError) -> str:
    """Return the line of a compile error in words. The compiler reports a byte offset."""
    position = _ERROR_POSITION.search(str(error))
    if position is None:
        return ""
    before = mjml.encode()[: int(position[1])].decode(errors="ignore")
    line = before.count("\n") + 1
    return f" near line {line} (filled in: {one_line(mjml.splitlines()[line - 1])[:80]})"


def insert_bodies(html: str, nonce: str, note: SafeHtml, posts: Sequence[Post]) -> str:
    """Replace every placeholder with the HTML of the note or its post, in one pass."""
    placeholder = re.compile(rf"-nl{re.escape(nonce)}#(\d+|{_NOTE})-")

    def body(place: re.Match[str]) -> str:
        return _adapt_body(note if place[1] == _NOTE else posts[int(place[1])].html)

    return placeholder.sub(body, html)


def _adapt_body(html: SafeHtml) -> str:
    """Adapt a cleaned post to a place below the post's title, which is an h2.

    Renumbers headings from h3 on, gives tables a role and head cells a scope, limits pictures
    to _BODY_WIDTH by their width attribute, the only one Outlook obeys, and keeps pairs of
    pictures in their row on a telephone. Where scripts are mixed, each paragraph has its own
    direction.
    """
    levels = _HeadingLevels(html)
    renumbered = _HEADING.sub(levels.renumber, html)
    scoped = _ROW.sub(_add_scope, renumbered)
    paired = _PAIR.sub(_keep_in_row, _IMAGE.sub(_limit_width, scoped))
    if _FROM_RIGHT_TO_LEFT.search(html):
        paired = _TEXT_BLOCK.sub(r'<\1 dir="auto">', paired)
    return paired.replace("<table", '<table role="table"')


def _add_scope(row: re.Match[str]) -> str:
    """Return the row with scopes: a head cell beside data cells heads the row, else a column."""
    scope = "row" if "<td" in row[0] else "col"
    return _HEAD_CELL.sub(f'<th scope="{scope}"', row[0])


def _limit_width(tag: re.Match[str]) -> str:
    sizes = {name: int(value) for name, value in _SIZE.findall(tag[0])}
    width = sizes.get("width", 0)
    if not width and "height" in sizes:
        # MJML's own style sheet would show it at its full size.
        return f'{tag[0][:-1]} style="height:{sizes["height"]}px">'
    if width <= _BODY_WIDTH:
        return tag[0]

    def scale(size: re.Match[str]) -> str:
        return f' {size[1]}="{round(int(size[2]) * _BODY_WIDTH / width)}"'

    return _SIZE.sub(scale, tag[0])


def _keep_in_row(pair: re.Match[str]) -> str:
    """Return a pair of pictures with their shares of the row as widths."""
    widths = [int(value) for name, value in _SIZE.findall(pair[0]) if name == "width"]
    if len(widths) < 2 or min(widths) < _SMALLEST_OF_PAIR:  # noqa: PLR2004 - a pair
        return pair[0]
    shares = iter(widths)
    return _IMAGE.sub(
        lambda tag: f'{tag[0][:-1]} style="width:{_PAIR_SHARE * next(shares):.1f}%">', pair[0]
    )


class _HeadingLevels:
    """Renumbers headings in order: the highest level becomes h3, and no level is skipped."""

    def __init__(self, html: str) -> None:
        levels = [int(level) for _, level in _HEADING.findall(html)]
        self._shift = _TOP_HEADING - min(levels, default=_TOP_HEADING)
        self._last = _TOP_HEADING - 1

    def renumber(self, tag: re.Match[str]) -> str:
        if tag[1]:
            return f"</h{self._last}"
        self._last = min(int(tag[2]) + self._shift, self._last + 1, 6)
        return f"<h{self._last}"


def inline_styles(html: str, style_sheet: str) -> str:
    """Write the rules of `style_sheet` into style attributes.

    Some mail programs drop style blocks. Raise ComposeError if the style sheet cannot be
    parsed.
    """
    try:
        return _inliner(style_sheet).inline(html)
    except (InlineError, ValueError) as error:
        raise ComposeError(
            f"The style sheet style.css of the email templates cannot be used: {error}.",
            cure="Correct it, or remove your own copy.",
        ) from error


@lru_cache(maxsize=16)
def _inliner(style_sheet: str) -> CSSInliner:
    return CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,
        minify_css=True,
        extra_css=style_sheet,
    )


def add_style_blocks(html: str, blocks: Sequence[str]) -> str:
    """Append each of `blocks` to the head as a separate style block.

    A mail program that rejects one rule drops the whole block it is in.
    """
    styles = "".join(f"<style>{block.strip()}</style>" for block in blocks if block.strip())
    return html.replace("</head>", f"{styles}</head>", 1)


def escape_sendgrid_tags(html: str) -> str:
    """Write `<%…%>` as entities, so that SendGrid shows it and does not substitute it.

    Must come last: inlining decodes entities in attributes. See
    https://www.twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags.
    """
    if "<%" not in html:
        return html
    return html.replace("<%", "&lt;%").replace("%>", "%&gt;")
