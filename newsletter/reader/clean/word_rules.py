"""Rules for text pasted from Word, whose lists are paragraphs that begin with a sign."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.block_rules import write_block, write_items
from newsletter.reader.clean.flow import Block
from newsletter.reader.clean.inline_rules import drop
from newsletter.reader.clean.walk import Attributes, Rule, Walk

_ITEM = re.compile(r"mso-list:\s*l\d{1,4} level(\d)", re.IGNORECASE)
_SIGN = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\(?(\d{1,4})[.)]")


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
