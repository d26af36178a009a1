"""Whether every word can be read: contrast by day, by night and turned over; sizes.

Contrast after WCAG 2.2 (1.4.3). By night: the message's own dark rules, and what mail
programs do that turn lightness upside down instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.composer.checks.css import Cascade, StyleRule, declarations, rules
from newsletter.composer.checks.finding import Finding, error, warning
from newsletter.composer.checks.proof import Proof
from newsletter.composer.html_tree import Node
from newsletter.composer.layout.colour import (
    READABLE,
    READABLE_LARGE,
    Rgb,
    contrast,
    invert_lightness,
    parse_colour,
)

SMALLEST_TEXT = 14.0
SMALLEST_TARGET = 44.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_CURE = "Change the colour in [theme], or in your own copy of the style sheet."
_SIZE = "Make it larger in your own copy of the style sheet."
_PREFERS_DARK = "prefers-color-scheme: dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How the text of a node looks; sizes in CSS pixels."""

    ink: Rgb = _BLACK
    ground: Rgb = _WHITE
    size: float = 16.0
    bold: bool = False
    seen: bool = True


_UNSEEN = _Look(seen=False)
_NOT_READ = frozenset(("style", "title", "script"))


def check_contrast(proof: Proof) -> Iterator[Finding]:
    light = _looks(proof, {})
    dark = _looks(proof, Cascade(proof.nodes).apply(_dark_rules(proof)))
    told: set[tuple[str, Rgb, Rgb]] = set()
    for node in proof.nodes:
        if node.tag or not _has_words(node) or node.parent is None:
            continue
        for scheme, looks in (("light", light), ("dark", dark)):
            look = looks[id(node.parent)]
            key = (scheme, look.ink, look.ground)
            if look.seen and key not in told:
                told.add(key)
                yield from _contrast(proof, node, look, scheme)
    yield from _small(proof, light)
    yield from _targets(proof, light)


def _has_words(node: Node) -> bool:
    return any(character.isalnum() for character in node.text)


def _contrast(proof: Proof, node: Node, look: _Look, scheme: str) -> Iterator[Finding]:
    large = look.size >= _LARGE or (look.bold and look.size >= _LARGE_BOLD)
    needed = READABLE_LARGE if large else READABLE
    words, where = " ".join(node.text.split())[:40], proof.where(node)
    there = contrast(look.ink, look.ground)
    if there < needed:
        yield error(
            "contrast",
            where,
            f"“{words}” has a contrast of {there:.1f} in {scheme} mode; {needed} is needed.",
            _CURE,
        )
        return
    there = contrast(invert_lightness(look.ink), invert_lightness(look.ground))
    if there < needed:
        yield warning(
            "contrast-turned",
            where,
            f"“{words}” has a contrast of {there:.1f} where a mail program turns the {scheme} "
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


def _looks(proof: Proof, added: Mapping[int, Mapping[str, str]]) -> dict[int, _Look]:
    """The look of every element: inherited, then its own, then what rules add."""
    looks: dict[int, _Look] = {}
    for node in proof.nodes:
        if not node.tag:
            continue
        above = looks[id(node.parent)] if node.parent is not None else _Look()
        if not above.seen or node.tag in _NOT_READ or node.get("aria-hidden") == "true":
            looks[id(node)] = _UNSEEN
            continue
        style, more = node.get("style"), added.get(id(node), {})
        plain = not style and not more and "bgcolor" not in node.attributes
        own = {} if plain else dict(declarations(style)) | dict(more)
        looks[id(node)] = above if plain else _look(node, above, own)
    return looks


def _look(node: Node, above: _Look, own: Mapping[str, str]) -> _Look:
    painted = own.get("background-color") or own.get("background") or node.get("bgcolor")
    weight = own.get("font-weight")
    return _Look(
        ink=parse_colour(own.get("color", "")) or above.ink,
        ground=parse_colour(painted) or above.ground,
        size=_pixels(own.get("font-size", "")) or above.size,
        bold=weight in {"bold", "600", "700", "800", "900"} if weight else above.bold,
        seen=own.get("display") != "none",
    )


def _pixels(value: str) -> float:
    number = value.removesuffix("px")
    return float(number) if number.replace(".", "", 1).isdigit() else 0.0


def _small(proof: Proof, looks: Mapping[int, _Look]) -> Iterator[Finding]:
    for node in proof.nodes:
        if node.tag or node.parent is None or not _has_words(node):
            continue
        look = looks[id(node.parent)]
        if look.seen and look.size < SMALLEST_TEXT:
            words = " ".join(node.text.split())[:40]
            yield warning(
                "font-size",
                proof.where(node),
                f"“{words}” is {look.size:g} px; below {SMALLEST_TEXT:g} px it is hard to read.",
                _SIZE,
            )
            return


def _targets(proof: Proof, looks: Mapping[int, _Look]) -> Iterator[Finding]:
    """Links made to be pressed (a box of their own) are as high as a fingertip."""
    for node in proof.nodes:
        own = dict(declarations(node.get("style"))) if node.tag == "a" else {}
        if own.get("display") not in {"block", "inline-block"} or not looks[id(node)].seen:
            continue
        line = next(filter(None, (_line_height(up) for up in node.ancestors())), 0.0)
        top, bottom = _upright(own.get("padding", ""))
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


def _upright(padding: str) -> tuple[float, float]:
    """Top and bottom of a padding's shorthand."""
    parts = [_pixels(part) for part in padding.split()]
    if not parts:
        return 0.0, 0.0
    return parts[0], parts[2] if len(parts) > 2 else parts[0]  # noqa: PLR2004  # top right bottom
