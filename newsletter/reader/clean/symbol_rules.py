"""Rules for elements that stand for words: readings, formulas, drawings, task boxes, buttons.

No mail program shows MathML, so a formula becomes one line of words. Presentation MathML is
written as one would type it: "208 − 0.7 × age", "√(a + b)", "x²", "(1 + a)/2" (MathML Core,
https://www.w3.org/TR/mathml-core/).
"""

from __future__ import annotations

import re
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.block_rules import write_block
from newsletter.reader.clean.flow import InlineTag, collapse_whitespace, is_visible
from newsletter.reader.clean.walk import CONTROLS, Attributes, Rule, Walk
from newsletter.text import subscript, superscript

_NO_ROLES = frozenset({"presentation", "none"})
_NAME_LENGTH = 160
_STRONG = InlineTag("strong", "<strong>")
_OPENED_BY_SCRIPT = re.compile(
    r"(?:location(?:\.href)?\s*=|window\.open\(|location\.assign\()\s*[\"']([^\"']{1,2000})[\"']"
)
_SPACED = frozenset("+−-±∓×·÷=≠≈≃≅<>≤≥≪≫→←⇒⇔∝∈∪∩")
_LEFT_OUT = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})
# Invisible operators (function application, invisible times, comma and plus).
_INVISIBLE = "\u2061\u2062\u2063\u2064"
#: Nested deeper than this, only the text of a formula is read.
_NESTING = 20


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


def formula_words(node: LexborNode) -> str:
    """Return a <math> in words, "" for an empty one."""
    words = collapse_whitespace(_write(node, 0))
    return words or collapse_whitespace(node.attributes.get("alttext") or "")


def _write(node: LexborNode, depth: int) -> str:
    if node.is_text_node:
        return (node.text_content or "").strip()
    tag = node.tag or ""
    if tag in _LEFT_OUT:
        return ""
    if depth > _NESTING:
        return f" {node.text()} "
    if tag == "mo":
        sign = collapse_whitespace(node.text()).strip(_INVISIBLE)
        return f" {sign} " if sign in _SPACED else f"{sign} " if sign in {",", ";"} else sign
    if tag in {"mn", "mi", "mtext", "ms"}:
        return collapse_whitespace(node.text())
    if tag == "mspace":
        return " "
    inside = (child for child in node.iter(include_text=True) if child.tag not in _LEFT_OUT)
    return _join(tag, [words for child in inside if (words := _write(child, depth + 1))])


def _join(tag: str, parts: list[str]) -> str:
    first, *rest = parts or [""]
    second = rest[0] if rest else ""
    if tag == "mfrac" and rest:
        return f"{_group(first)}/{_group(second)}"
    if tag == "msqrt":
        return f"√{_group(''.join(parts))}"
    if tag == "mroot" and rest:
        return f"{superscript(second.strip())}√{_group(first)}"
    if tag in {"msup", "mover"} and rest:
        return first + _raise(second)
    if tag in {"msub", "munder"} and rest:
        return first + _lower(second)
    if tag in {"msubsup", "munderover"} and len(rest) > 1:
        return first + _lower(second) + _raise(rest[1])
    if tag == "mtr":
        return ", ".join(part.strip() for part in parts)
    if tag == "mtable":
        return "; ".join(part.strip() for part in parts)
    if tag == "mfenced":
        return f"({', '.join(part.strip() for part in parts)})"
    return "".join(parts)


def _group(words: str) -> str:
    """Return an operand, in brackets if it is more than one number or name."""
    plain = words.strip()
    return plain if plain.replace(".", "").replace(",", "").isalnum() else f"({plain})"


def _raise(words: str) -> str:
    plain = words.strip()
    raised = superscript(plain)
    return raised if raised != plain else f"^{_group(plain)}"


def _lower(words: str) -> str:
    plain = words.strip()
    lowered = subscript(plain)
    return lowered if lowered != plain else f"_{_group(plain)}"
