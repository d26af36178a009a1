"""Formulas: MathML in one line of words, since no mail program shows it.

Presentation MathML is written as one would type it: "208 − 0.7 × age", "√(a + b)", "x²",
"(1 + a)/2" (MathML Core, https://www.w3.org/TR/mathml-core/).
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.flow import collapse_whitespace
from newsletter.text import subscript, superscript

_SPACED = frozenset("+−-±∓×·÷=≠≈≃≅<>≤≥≪≫→←⇒⇔∝∈∪∩")
_LEFT_OUT = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})
# Invisible operators (function application, invisible times, comma and plus).
_INVISIBLE = "\u2061\u2062\u2063\u2064"
#: Nested deeper than this, only the text of a formula is read.
_NESTING = 20


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
