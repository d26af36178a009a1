"""Check that Gmail, Outlook, Apple Mail and Yahoo support the CSS and HTML of a message.

client_support.toml holds the data, from https://www.caniemail.com (MIT licence).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from newsletter.composer.checks.proof import TOP, Finding, Proof, warning
from newsletter.composer.markup import Node, StyleRule, declarations, rules

_DATA = Path(__file__).with_name("client_support.toml")
# Harmless if unsupported: an enhancement (rounded corners, dark mode), or MJML writes it a
# second time for Outlook.
_OPTIONAL = frozenset(
    (
        "aria-hidden", "aria-label", "border-radius", "border-spacing", "color-scheme", "cursor",
        "doctype", "height", "max-height", "media", "media-prefers-color-scheme",
        "meta-color-scheme", "outline", "overflow", "target", "white-space",
        "word-break", "word-spacing",
    )
)  # fmt: skip
_UNIT = re.compile(r"(?<![\w#.-])-?[\d.]+(ch|rem|vh|vmax|vmin|vw)\b|\b(calc)\(|\b(initial)\b")
_FUNCTION = re.compile(r"\b(clamp|light-dark|max|min)\(")
_PSEUDO = re.compile(r"::?([a-z-]+)")
_AT = re.compile(r"@(font-face|import|keyframes|supports|media)\b")
_MEDIA = re.compile(r"\b(prefers-color-scheme|prefers-reduced-motion|hover|orientation)\b")
_KEYWORD = {"flex": "display-flex", "inline-flex": "display-flex", "grid": "display-grid"}
_NAMES = {"left": "left-right-top-bottom", "top": "left-right-top-bottom",
          "right": "left-right-top-bottom", "bottom": "left-right-top-bottom"}  # fmt: skip
_SEMANTIC = frozenset(("main", "nav", "article", "section", "header", "footer", "aside"))
_ATTRIBUTES = {"loading": "loading-attribute"}


@cache
def _support() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the mail programs without a feature, by table and feature."""
    return tomllib.loads(_DATA.read_text("utf-8"))


def check_client_support(proof: Proof) -> Iterator[Finding]:
    """Yield a warning for each feature that a mail program does not support."""
    support = _support()
    reported: set[tuple[str, str]] = set()
    for where, table, name in _features(proof):
        without = support[table].get(name)
        if without and name not in _OPTIONAL and (table, name) not in reported:
            reported.add((table, name))
            yield warning(
                "client-support",
                where,
                f"`{name}` does nothing in {list_names(without)}.",
                "See that the message is whole without it, or leave it out "
                "(https://www.caniemail.com).",
            )


def _features(proof: Proof) -> Iterator[tuple[str, str, str]]:
    """Yield place, table and name of each feature in the message."""
    seen: set[str] = set()
    for node in proof.nodes:
        where = proof.where(node)
        if node.tag == "style":
            css = "".join(child.text for child in node.children)
            yield from ((TOP, table, name) for table, name in _in_sheet(css))
        elif node.tag:
            yield from ((where, "markup", name) for name in _in_element(node))
            style = node.get("style")
            if style and style not in seen:
                seen.add(style)
                yield from ((where, table, name) for table, name in _in_style(style))


def _in_element(node: Node) -> Iterator[str]:
    yield "semantics" if node.tag in _SEMANTIC else node.tag
    for name in node.attributes:
        # These attributes share their names with elements.
        if name not in {"link", "form", "object", "picture", "select"}:
            yield _ATTRIBUTES.get(name, name)


def _in_style(style: str) -> Iterator[tuple[str, str]]:
    for name, value in declarations(style):
        yield "property", _NAMES.get(name, name)
        if name == "display" and value in _KEYWORD:
            yield "property", _KEYWORD[value]
        if "gradient(" in value:
            yield "property", value.partition("-gradient(")[0].split()[-1] + "-gradient"
        yield from (("unit", next(filter(None, groups))) for groups in _UNIT.findall(value))
        yield from (("function", name) for name in _FUNCTION.findall(value))
        if "var(" in value:
            yield "property", "variables"
        if "data:image" in value:
            yield "image", "base64"


def _in_sheet(css: str) -> Iterator[tuple[str, str]]:
    yield from (("at-rule", name) for name in _AT.findall(css))
    for rule in rules(css):
        yield from (("at-rule", f"media-{name}") for name in _MEDIA.findall(rule.media))
        if "prefers-color-scheme" not in rule.media:
            yield from _in_rule(rule)


def _in_rule(rule: StyleRule) -> Iterator[tuple[str, str]]:
    yield from _in_style(rule.style)
    if rule.selector != ":root":
        yield from (("pseudo", name) for name in _PSEUDO.findall(rule.selector))


def programs_without(table: str, name: str) -> tuple[str, ...]:
    """Return the mail programs that do not support the feature `name` of a table of the data."""
    return tuple(_support()[table].get(name, ()))


def list_names(names: Sequence[str]) -> str:
    """Return names as a list in words."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
