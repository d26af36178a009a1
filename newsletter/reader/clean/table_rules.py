"""Rules for tables: splits and results stay tables, layout tables are dissolved."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import Block, blocks_text, cell_html, joined_source_words
from newsletter.reader.clean.picture_rules import write_caption
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.walk import Attributes, Walk, visible_texts

#: More columns fit a telephone only if what they hold is short.
MAX_COLUMNS = 4
# The width of a telephone's column of text, of a character and of the space beside a cell, in
# CSS pixels.
_TELEPHONE_WIDTH = 340
_CHARACTER_WIDTH = 8
_CELL_GAP = 8
_MAX_SPAN = 100
_LONG_CELL = 300
_LAYOUT_CONTENT = (
    "table, h1, h2, h3, h4, h5, h6, ul, ol, dl, blockquote, figure, iframe, pre, hr, video, audio"
)

#: The cells of a row, each with its content.
_Row: TypeAlias = "list[tuple[LexborNode, list[Block]]]"


def write_table(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a <table> that fits a telephone, or a link to a wider one."""
    rows = [row for row in node.css("tr") if row.css_first("td, th") and not _is_hidden(row)]
    columns = max((_columns(row) for row in rows), default=0)
    if _is_layout(node, attributes, rows, columns):
        walk.walk_children(node)
        walk.flow.end_paragraph()
        return
    link = walk.page.web(walk.page.url)
    if columns > MAX_COLUMNS and link and not _is_narrow(rows):
        label = f"See the table ({columns} columns, {len(rows)} rows) on the site"
        for block in Card(link=link, label=label).blocks():
            walk.flow.add_block(block)
    else:
        pictures, set_aside = len(walk.pictures), len(walk.set_aside)
        cells = [[(cell, walk.blocks_inside(cell)) for cell in _cells(row)] for row in rows]
        if any(_is_long(inside) for row in cells for _, inside in row):
            del walk.pictures[pictures:], walk.set_aside[set_aside:]
            walk.walk_children(node)
            walk.flow.end_paragraph()
            return
        _write_data_table(walk, cells)
    title = node.css_first("caption")
    if title:
        write_caption(walk, title)


def _is_narrow(rows: list[LexborNode]) -> bool:
    """Whether the columns fit beside each other without a line break, as figures do."""
    longest: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        column = 0
        for cell in _cells(row):
            span = _span(cell.attributes.get("colspan"))
            if cell.css_first("img") is not None:
                return False
            letters = len(" ".join("".join(visible_texts(cell)).split()))
            for place in range(column, column + span):
                longest[place] = max(longest[place], -(-letters // span))
            column += span
    width = sum(letters * _CHARACTER_WIDTH + _CELL_GAP for letters in longest.values())
    return width <= _TELEPHONE_WIDTH


def write_layout_part(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a part of a layout table: its content, as a separate block."""
    walk.flow.end_paragraph()
    walk.walk_children(node)
    walk.flow.end_paragraph()


def _columns(row: LexborNode) -> int:
    return sum(_span(cell.attributes.get("colspan")) for cell in _cells(row))


def _cells(row: LexborNode) -> list[LexborNode]:
    cells = (cell for cell in row.iter() if cell.tag in {"td", "th"})
    return [cell for cell in cells if not concealment(cell.attributes)]


def _is_hidden(row: LexborNode) -> bool:
    """Whether the page hides a row, or the part of its table that it belongs to."""
    part = row.parent
    is_part_hidden = part is not None and part.tag != "table" and concealment(part.attributes)
    return bool(is_part_hidden or concealment(row.attributes))


def _span(value: str | None) -> int:
    digits = (value or "").strip()
    is_number = digits.isascii() and digits.isdigit()
    return min(max(int(digits[:4]), 1), _MAX_SPAN) if is_number else 1


def _is_layout(
    node: LexborNode, attributes: Attributes, rows: list[LexborNode], columns: int
) -> bool:
    if columns < 2 or len(rows) < 2:  # noqa: PLR2004 - a table has rows and columns
        return True
    if attributes.get("role") in {"presentation", "none"}:
        return True
    return any(inner.mem_id != node.mem_id for inner in node.css(_LAYOUT_CONTENT))


def _is_long(inside: list[Block]) -> bool:
    """Whether a cell holds several paragraphs of prose, as in a table made for its layout."""
    texts = [block.text for block in inside if block.kind == "text"]
    return len(texts) > 1 and sum(map(len, texts)) > _LONG_CELL


def _write_data_table(walk: Walk, rows: list[_Row]) -> None:
    walk.flow.end_paragraph()
    html: list[str] = []
    lines: list[str] = []
    inside_all: list[Block] = []
    for cells in rows:
        inside_all += (block for _, inside in cells for block in inside)
        if any(inside for _, inside in cells):
            html.append(f"<tr>{''.join(_cell_html(cell, inside) for cell, inside in cells)}</tr>")
            lines.append(" | ".join(blocks_text(inside) for _, inside in cells))
    if html:
        # The role keeps checkers and screen readers from taking it for a layout table.
        html_table = f'<table role="table"><tbody>{"".join(html)}</tbody></table>'
        walk.flow.add_block(
            Block(
                kind="table",
                html=html_table,
                text="\n".join(lines),
                all_words=joined_source_words(inside_all),
            )
        )


def _cell_html(cell: LexborNode, inside: list[Block]) -> str:
    attributes = cell.attributes
    spans = "".join(
        f' {name}="{_span(attributes.get(name))}"'
        for name in ("colspan", "rowspan")
        if _span(attributes.get(name)) > 1
    )
    scope = attributes.get("scope")
    if cell.tag == "th" and scope in {"col", "row"}:
        spans += f' scope="{escape(scope or "")}"'
    return f"<{cell.tag}{spans}>{cell_html(inside)}</{cell.tag}>"
