"""A cleaned post made to sit inside a message, under the post's own title (an h2)."""

from __future__ import annotations

import re

from newsletter.models import SafeHtml

WIDTH = 528
_FIRST_LEVEL = 3
_IMAGE = re.compile(r"<img\b[^>]*>")
_SIZE = re.compile(r' (width|height)="(\d{1,6})"')
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_HEAD_CELL = re.compile(r"<th(?=[\s>])(?![^>]*\sscope=)")
_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")


def fit_body(html: SafeHtml) -> str:
    """`html` with headings in order from h3 on, tables with a role and with head cells
    that say what they head, no SendGrid tags.

    Pictures are at most WIDTH CSS pixels wide by their attribute, which Outlook obeys.
    SendGrid would fill `<%…%>` in (its substitution-tags page); as entities they are
    shown as written.
    """
    levels = _Levels(html)
    ordered = _HEADING.sub(levels.renumber, html)
    headed = _ROW.sub(_scoped, ordered)
    return _IMAGE.sub(_narrow, headed).replace("<table", '<table role="table"')


def _scoped(row: re.Match[str]) -> str:
    """A row of a table; a head cell among others heads the row, else its column."""
    scope = "row" if "<td" in row[0] else "col"
    return _HEAD_CELL.sub(f'<th scope="{scope}"', row[0])


def _narrow(tag: re.Match[str]) -> str:
    sizes = {name: int(value) for name, value in _SIZE.findall(tag[0])}
    width = sizes.get("width", 0)
    if width <= WIDTH:
        return tag[0]
    return _SIZE.sub(lambda size: f' {size[1]}="{round(sizes[size[1]] * WIDTH / width)}"', tag[0])


class _Levels:
    """Heading levels as they come by: the highest becomes h3, none is skipped."""

    def __init__(self, html: str) -> None:
        found = [int(level) for _, level in _HEADING.findall(html)]
        self._shift = _FIRST_LEVEL - min(found, default=_FIRST_LEVEL)
        self._last = _FIRST_LEVEL - 1

    def renumber(self, tag: re.Match[str]) -> str:
        if tag[1]:
            return f"</h{self._last}"
        self._last = min(int(tag[2]) + self._shift, self._last + 1, 6)
        return f"<h{self._last}"
