"""Check that all text is legible: contrast, font size, and the size of buttons.

Contrast follows WCAG 2.2 (1.4.3) in light mode, in dark mode with the message's own rules,
and after a mail program inverts the lightness of all colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.composer.checks.proof import Finding, Proof, error, warning
from newsletter.composer.layout.palette import (
    READABLE,
    READABLE_LARGE,
    Rgb,
    contrast,
    invert_lightness,
    parse_colour,
)
from newsletter.composer.markup import Cascade, Node, StyleRule, declarations, rules

#: Smallest font size and smallest height of a button, in CSS pixels.
SMALLEST_TEXT = 14.0
SMALLEST_TARGET = 44.0
# WCAG's large text, in CSS pixels.
_LARGE, _LARGE_BOLD = 24.0, 18.66
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_CURE = "Change the colour in [theme], or in your own copy of the style sheet."
_SIZE = "Make it larger in your own copy of the style sheet."
_PREFERS_DARK = "prefers-color-scheme: dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class _TextStyle:
    """The computed style of a node's text."""

    ink: Rgb = _BLACK
    ground: Rgb = _WHITE
    #: Font size in CSS pixels.
    size: float = 16.0
    bold: bool = False
    visible: bool = True


_HIDDEN = _TextStyle(visible=False)
_NOT_RENDERED = frozenset(("style", "title", "script"))


def check_contrast(proof: Proof) -> Iterator[Finding]:
    """Yield findings for text with too little contrast, small text and low buttons."""
    light = _computed_styles(proof, {})
    dark = _computed_styles(proof, Cascade(proof.nodes).apply(_dark_rules(proof)))
    reported: set[tuple[str, Rgb, Rgb]] = set()
    for node in proof.nodes:
        if node.tag or not _has_words(node) or node.parent is None:
            continue
        for scheme, styles in (("light", light), ("dark", dark)):
            style = styles[id(node.parent)]
            key = (scheme, style.ink, style.ground)
            if style.visible and key not in reported:
                reported.add(key)
                yield from _check_text(proof, node, style, scheme)
    yield from _check_font_sizes(proof, light)
    yield from _check_targets(proof, light)


def _has_words(node: Node) -> bool:
    return any(character.isalnum() for character in node.text)


def _check_text(proof: Proof, node: Node, style: _TextStyle, scheme: str) -> Iterator[Finding]:
    large = style.size >= _LARGE or (style.bold and style.size >= _LARGE_BOLD)
    needed = READABLE_LARGE if large else READABLE
    words, where = " ".join(node.text.split())[:40], proof.where(node)
    ratio = contrast(style.ink, style.ground)
    if ratio < needed:
        yield error(
            "contrast",
            where,
            f"“{words}” has a contrast of {ratio:.1f} in {scheme} mode; {needed} is needed.",
            _CURE,
        )
        return
    ratio = contrast(invert_lightness(style.ink), invert_lightness(style.ground))
    if ratio < needed:
        yield warning(
            "contrast-turned",
            where,
            f"“{words}” has a contrast of {ratio:.1f} where a mail program turns the {scheme} "
            f"colours over; {needed} is needed.",
            _CURE,
        )


def _dark_rules(proof: Proof) -> Iterator[StyleRule]:
    for node in proof.nodes:
        if node.tag == "style":
            for child in node.children:
                for rule in rules(child.text):
                    if _PREFERS_DARK in rule.media.replace(":dark", ": dark"):
                        yield rule


def _computed_styles(proof: Proof, added: Mapping[int, Mapping[str, str]]) -> dict[int, _TextStyle]:
    """Return the style of every element by its id(): inherited, its own, then `added`."""
    styles: dict[int, _TextStyle] = {}
    for node in proof.nodes:
        if not node.tag:
            continue
        above = styles[id(node.parent)] if node.parent is not None else _TextStyle()
        if not above.visible or node.tag in _NOT_RENDERED or node.get("aria-hidden") == "true":
            styles[id(node)] = _HIDDEN
            continue
        style, more = node.get("style"), added.get(id(node), {})
        plain = not style and not more and "bgcolor" not in node.attributes
        own = {} if plain else dict(declarations(style)) | dict(more)
        styles[id(node)] = above if plain else _compute_style(node, above, own)
    return styles


def _compute_style(node: Node, above: _TextStyle, own: Mapping[str, str]) -> _TextStyle:
    ground = own.get("background-color") or own.get("background") or node.get("bgcolor")
    weight = own.get("font-weight")
    return _TextStyle(
        ink=parse_colour(own.get("color", "")) or above.ink,
        ground=parse_colour(ground) or above.ground,
        size=_pixels(own.get("font-size", "")) or above.size,
        bold=weight in {"bold", "600", "700", "800", "900"} if weight else above.bold,
        visible=own.get("display") != "none",
    )


def _pixels(value: str) -> float:
    number = value.removesuffix("px")
    return float(number) if number.replace(".", "", 1).isdigit() else 0.0


def _check_font_sizes(proof: Proof, styles: Mapping[int, _TextStyle]) -> Iterator[Finding]:
    for node in proof.nodes:
        if node.tag or node.parent is None or not _has_words(node):
            continue
        style = styles[id(node.parent)]
        if style.visible and style.size < SMALLEST_TEXT:
            words = " ".join(node.text.split())[:40]
            yield warning(
                "font-size",
                proof.where(node),
                f"“{words}” is {style.size:g} px; below {SMALLEST_TEXT:g} px it is hard to read.",
                _SIZE,
            )
            return


def _check_targets(proof: Proof, styles: Mapping[int, _TextStyle]) -> Iterator[Finding]:
    """Yield a warning for each button (a link with a box) lower than a fingertip."""
    for node in proof.nodes:
        own = dict(declarations(node.get("style"))) if node.tag == "a" else {}
        if own.get("display") not in {"block", "inline-block"} or not styles[id(node)].visible:
            continue
        line = next(filter(None, (_line_height(up) for up in node.ancestors())), 0.0)
        top, bottom = _vertical(own.get("padding", ""))
        if node.words() and line and line + top + bottom < SMALLEST_TARGET:
            yield warning(
                "target-size",
                proof.where(node),
                f"“{node.words()[:40]}” is {line + top + bottom:g} px high; a fingertip needs "
                f"{SMALLEST_TARGET:g}.",
                "Give it more padding in your own copy of the style sheet.",
            )


def _line_height(node: Node) -> float:
    return _pixels(dict(declarations(node.get("style"))).get("line-height", ""))


def _vertical(padding: str) -> tuple[float, float]:
    """Return top and bottom of the padding shorthand."""
    parts = [_pixels(part) for part in padding.split()]
    if not parts:
        return 0.0, 0.0
    return parts[0], parts[2] if len(parts) > 2 else parts[0]  # noqa: PLR2004  # top right bottom
