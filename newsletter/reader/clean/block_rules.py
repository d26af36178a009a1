"""Rules for block elements: paragraphs, headings, quotations, lists, preformatted text.

Lists of text that was pasted from Word are paragraphs that begin with a sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import (
    Block,
    InlineTag,
    blocks_text,
    cell_html,
    is_visible,
    joined_source_words,
    link_html,
    quote_block,
)
from newsletter.reader.clean.inline_rules import drop
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.urls import bare_host
from newsletter.reader.clean.walk import Attributes, Rule, Walk, visible_texts
from newsletter.text import list_number, superscript

_TOP_LEVEL = 3  # h1 is the issue, h2 the title of the post
_LAST_LEVEL = 6
# Lists that count in letters or Roman numerals.
_LETTERS = frozenset("AaIi")
_COUNTING_STYLE = re.compile(
    r"list-style(?:-type)?\s*:(?:(?!list-style)[^;])*?(?:(upper|lower)-(alpha|latin|roman))"
)
_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,6})")
# What a reader fills in.
_FIELDS = (
    "textarea, select, input:not([type=hidden i], [type=submit i], [type=button i], "
    "[type=image i], [type=checkbox i])"
)
_STRONG = InlineTag("strong", "<strong>")
_ITEM = re.compile(r"mso-list:\s*l\d{1,4} level(\d)", re.IGNORECASE)
_SIGN = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\(?(\d{1,4})[.)]")


def write_block(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a paragraph, a <div> and such as a separate block."""
    walk.flow.end_paragraph()
    walk.walk_children(node)
    walk.flow.end_paragraph()


def write_heading(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a heading on its level below the post's title, without skipping levels.

    The title of a caption is a line of it, in bold.
    """
    if walk.flow.line and walk.is_in("small"):
        write_term(walk, node, attributes)
        return
    walk.flow.end_paragraph()
    for block in walk.blocks_inside(node, line=True):
        if block.kind not in {"text", "caption"}:
            walk.flow.add_block(block)
        elif not _repeats_title(walk, block.text):
            tag = f"h{_heading_level(walk, int((node.tag or 'h6')[1]))}"
            walk.flow.add_block(replace(block, kind="heading", html=f"<{tag}>{block.html}</{tag}>"))
        else:
            walk.set_aside.append(block.text)


def _repeats_title(walk: Walk, text: str) -> bool:
    """Whether a heading at the start of the post repeats its title."""
    has_text = any(block.kind != "image" for block in walk.flow.blocks)
    return walk.flow is walk.top and not has_text and text.casefold() == walk.page.title.casefold()


def _heading_level(walk: Walk, level: int) -> int:
    while walk.levels and walk.levels[-1] >= level:
        walk.levels.pop()
    walk.levels.append(level)
    return min(_TOP_LEVEL - 1 + len(walk.levels), _LAST_LEVEL)


def write_quote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a quotation. A source that only the `cite` attribute names becomes visible."""
    walk.flow.end_paragraph()
    inside = walk.blocks_inside(node)
    if not inside:
        return
    source = walk.page.web(attributes.get("cite"))
    if source and not node.css_first("cite, a[href]"):
        host = bare_host(source)
        html = f"<cite>{link_html(source, host)}</cite>"
        inside.append(Block(kind="caption", html=html, text=host, links=((source, host),)))
    walk.flow.add_block(quote_block(inside))


def write_list(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a list, without items that have become empty.

    A list that counts in its own way (down, from a number, in letters) keeps its numbers, in
    its text too. Mail programs know `value`, and not all of them `reversed`.
    """
    walk.flow.end_paragraph()
    items: list[tuple[list[Block], Attributes]] = []
    for child in node.iter(include_text=True):
        if child.is_element_node and child.tag == "li" and not concealment(child.attributes):
            items.append((walk.blocks_inside(child), child.attributes))
        elif child.is_element_node or is_visible(child.text_content or ""):
            items.append((walk.blocks_of(child), {}))
    filled_items = [(inside, of_item) for inside, of_item in items if inside]
    if filled_items:
        numbers = _numbers(attributes, [of_item for _, of_item in filled_items])
        write_items(
            walk,
            [inside for inside, _ in filled_items],
            numbers if node.tag == "ol" else (),
            kind=_kind_of_numbers(attributes),
        )


def _kind_of_numbers(attributes: Attributes) -> str:
    """Return how a list counts, as the `type` of an <ol> says it. A style wins."""
    style = attributes.get("style")
    match = _COUNTING_STYLE.search(style[:1000].lower()) if style else None
    if match is None:
        return attributes.get("type") or ""
    letter = "i" if match[2] == "roman" else "a"
    return letter.upper() if match[1] == "upper" else letter


def write_items(
    walk: Walk, items: list[list[Block]], numbers: Sequence[int], *, kind: str = ""
) -> None:
    """Write a list of these items, numbered if there are `numbers`."""
    tag = "ol" if numbers else "ul"
    opening, values = f"<{tag}>", [""] * len(items)
    texts = [blocks_text(item) for item in items]
    kind = kind if kind in _LETTERS and numbers else ""
    if numbers:
        in_order = list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
        start = f' start="{numbers[0]}"' if in_order and numbers[0] != 1 else ""
        opening = f"<ol{start}{f' type={kind!r}' if kind else ''}>".replace("'", '"')
        if not in_order:
            values = [f' value="{number}"' for number in numbers]
        if start or kind or not in_order:
            labels = [list_number(number, kind) for number in numbers]
            texts = [f"{label}. {text}" for label, text in zip(labels, texts, strict=True)]
    html = "".join(
        f"<li{value}>{cell_html(item)}</li>" for value, item in zip(values, items, strict=True)
    )
    inside = [block for item in items for block in item]
    walk.flow.add_block(
        Block(
            kind="list",
            html=f"{opening}{html}</{tag}>",
            text="\n".join(texts),
            all_words=joined_source_words(inside),
            links=tuple(link for block in inside for link in block.links),
        )
    )


def _numbers(attributes: Attributes, items: Sequence[Attributes]) -> list[int]:
    """Return the number of each item of an <ol> (HTML, "ordinal value")."""
    step = -1 if "reversed" in attributes else 1
    first = _whole_number(attributes.get("start"))
    number = first if first is not None else len(items) if step < 0 else 1
    numbers = []
    for item in items:
        own = _whole_number(item.get("value"))
        number = number if own is None else own
        numbers.append(number)
        number += step
    return numbers


def _whole_number(value: str | None) -> int | None:
    """Return a number as HTML reads it ("rules for parsing integers"), or None."""
    match = _INTEGER.match(value) if value else None
    return int(match[1]) if match else None


def write_term(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <dt> as a line in bold. The <dd> after it become paragraphs."""
    walk.flow.end_paragraph()
    walk.wrap(_STRONG, node)
    walk.flow.end_paragraph()


def write_footnote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a Substack footnote with its number before the text, as the page shows it."""
    number, content = node.css_first("a.footnote-number"), node.css_first(".footnote-content")
    mark = number.text().strip()[:3] if number is not None else ""
    if content is None or not mark:
        write_block(walk, node, attributes)
        return
    html = f"<sup>{escape(mark, quote=False)}</sup>"
    _write_with_mark(walk, content, html, superscript(mark))


def write_callout(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a Ghost callout with its emoji before the text, as the page shows it."""
    emoji, content = node.css_first(".kg-callout-emoji"), node.css_first(".kg-callout-text")
    mark = emoji.text().strip()[:10] if emoji is not None else ""
    if content is None or not mark:
        write_block(walk, node, attributes)
        return
    _write_with_mark(walk, content, escape(mark, quote=False), mark)


def _write_with_mark(walk: Walk, node: LexborNode, html: str, text: str) -> None:
    """Write the blocks inside `node`, the first of them with a mark in front of its text."""
    for index, block in enumerate(walk.blocks_inside(node)):
        is_first = index == 0 and block.kind == "text"
        walk.flow.add_block(
            replace(block, html=f"{html} {block.html}", text=f"{text} {block.text}")
            if is_first
            else block
        )


def write_preformatted(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <pre>, in which white space counts."""
    text = "".join(visible_texts(node)).strip("\n\r").rstrip()
    if is_visible(text):
        html = f"<pre>{escape(text, quote=False)}</pre>"
        walk.flow.add_block(Block(kind="pre", html=html, text=text))


def write_dialog(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a <dialog> if it is open."""
    if "open" in attributes:
        write_block(walk, node, attributes)
    else:
        walk.leave_out(node)


def write_rule(walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """Write a <hr>."""
    walk.flow.add_block(Block(kind="rule", html="<hr>"))


def write_summary(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write the summary of a <details> in bold. Its content stands open below."""
    write_term(walk, node, _attributes)


def read_form(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Drop a <form>, unless it asks for nothing: some systems wrap the whole page in one.

    WordPress's password form makes the post protected.
    """
    is_password_form = "post-password-form" in (attributes.get("class") or "")
    if is_password_form or "action=postpass" in (attributes.get("action") or ""):
        walk.protected = True
    elif node.css_first(_FIELDS) is None:
        write_block(walk, node, attributes)
        return
    walk.leave_out(node)


def write_link_to_rest(walk: Walk) -> None:
    """Write a link to the rest of a post that is too long for a newsletter."""
    link = walk.page.web(walk.page.url)
    if link:
        for block in Card(link=link, label="The rest of this post is on the site").blocks():
            walk.flow.add_block(block)


def word_rule(style: str) -> Rule | None:
    """Return the rule for an element whose style is Word's, if it is one of a list."""
    if _SIGN.search(style):
        return drop
    return _write_items if _ITEM.search(style) else None


def _write_items(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a paragraph that is an item, and all items after it, as one list."""
    before = node.prev
    if before is not None and before.is_text_node and not (before.text_content or "").strip():
        before = before.prev
    if before is not None and before.is_element_node and _is_item(before):
        return  # written with the item before it
    walk.flow.end_paragraph()
    item: LexborNode | None = node
    items: list[list[Block]] = []
    numbers: list[int] = []
    while item is not None and (item.is_text_node or _is_item(item)):
        if item.is_text_node and (item.text_content or "").strip():
            break
        if not item.is_text_node:
            inside = walk.blocks_inside(item)
            if inside:
                items.append(inside)
                numbers += _number(item)
        item = item.next
    if items:
        write_items(walk, items, numbers if len(numbers) == len(items) else ())
    else:
        write_block(walk, node, attributes)


def _is_item(node: LexborNode) -> bool:
    return bool(_ITEM.search(node.attributes.get("style") or ""))


def _number(item: LexborNode) -> list[int]:
    """Return the number that an item of an ordered list begins with."""
    sign = item.css_first('span[style*="mso-list" i]')
    match = _NUMBER.match(sign.text()) if sign is not None else None
    return [int(match[1])] if match else []
