"""Rules for elements that stand for words: readings, formulas, drawings, task boxes, buttons."""

from __future__ import annotations

import re
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.block_rules import write_block
from newsletter.reader.clean.flow import InlineTag, collapse_whitespace, is_visible
from newsletter.reader.clean.formula import formula_words
from newsletter.reader.clean.walk import CONTROLS, Attributes, Rule, Walk

_NO_ROLES = frozenset({"presentation", "none"})
_NAME_LENGTH = 160
_STRONG = InlineTag("strong", "<strong>")
_OPENED_BY_SCRIPT = re.compile(
    r"(?:location(?:\.href)?\s*=|window\.open\(|location\.assign\()\s*[\"']([^\"']{1,2000})[\"']"
)


def drop_control(_walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """Drop a control or drawing that no message can show. Its words count as left out."""


def write_reading(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write the reading of a <ruby> in brackets, as browsers without ruby do."""
    if is_visible(node.text()):
        walk.flow.add_text("(")
        walk.walk_children(node)
        walk.flow.add_text(")")


def write_side_note(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a note that a page shows beside the text or over it: in brackets, in its line."""
    if node.tag != "span" or node.css_first("p, div, ul, ol, table, figure, img") is not None:
        write_block(walk, node, attributes)
    elif is_visible(node.text()):
        walk.flow.add_text(" (")
        walk.walk_children(node)
        walk.flow.add_text(")")


def write_formula(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a <math> as one line of words."""
    words = formula_words(node)
    if attributes.get("display") == "block":
        walk.flow.end_paragraph()
    walk.flow.add_text(words)
    if attributes.get("display") == "block":
        walk.flow.end_paragraph()


def write_drawing(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write the name of an inline <svg>, which no mail program shows."""
    if attributes.get("aria-hidden") == "true" or attributes.get("role") in _NO_ROLES:
        return
    title = next((child for child in node.iter() if child.tag == "title"), None)
    words = collapse_whitespace(attributes.get("aria-label") or (title.text() if title else ""))
    if words:
        walk.flow.add_text(f" {words[:_NAME_LENGTH]} ")


def write_input(walk: Walk, _node: LexborNode, attributes: Attributes) -> None:
    """Write the box of a task as a character: done or not. One that unfolds a part is no task."""
    is_box = (attributes.get("type") or "").lower() == "checkbox"
    if is_box and "toggle" not in (attributes.get("class") or ""):
        walk.flow.add_text("☑ " if "checked" in attributes else "☐ ")


def write_button(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a <button>: the words of a link or heading, a link that a script opens, or nothing.

    A button that unfolds a part of the post heads it: in a message that part stands open. Any
    other button works a script of the page (play, copy, share), which no message has.
    """
    target = _OPENED_BY_SCRIPT.search(attributes.get("onclick") or "")
    address = walk.page.absolute(target[1]) if target else ""
    if address and not walk.is_in("a"):
        walk.wrap(InlineTag("a", f'<a href="{escape(address)}">', address), node)
    elif walk.is_in("a") or walk.flow.line:
        walk.walk_children(node)
    elif "aria-expanded" in attributes and "aria-haspopup" not in attributes:
        walk.flow.end_paragraph()
        walk.wrap(_STRONG, node)
        walk.flow.end_paragraph()
    else:
        walk.leave_out(node)


RULES: dict[str, Rule] = {
    **dict.fromkeys(CONTROLS, drop_control),
    "button": write_button,
    "input": write_input,
    "math": write_formula,
    "rt": write_reading,
    "svg": write_drawing,
}
