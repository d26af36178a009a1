"""Styles: what an element's own style, class and attributes say about how a browser shows it.

Only a few properties matter here: those that hide an element, and those that carry meaning
(weight, slant, strike, raised and lowered text). The rules of a post's own <style> are written
into the style attributes first (`style_sheets`), so everything else reads attributes alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

Declarations = Mapping[str, str]
#: "whole": nothing inside is shown. "partly": what is inside may be shown again.
Concealment = Literal["", "whole", "partly"]

# Hidden until a script or an animation shows them: in a browser they appear.
_ANIMATED = re.compile(
    r"(?:^|[\s_-])(?:wow|aos|animate[ds]?|animation|fade|reveal|lazy\w*)(?=$|[\s_-])", re.IGNORECASE
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ZERO = re.compile(r"\s*-?0*\.?0*(?:px|em|rem|pt|%)?\s*")
_TINY = re.compile(r"0*[01]?(?:\.\d+)?(?:px|pt)?|0*\.?0*(?:em|rem|%|vh|vw)")
_FAR_AWAY = re.compile(
    r"\s*(?:-?(?:[5-9]\d{3}|\d{5,6})|-\d{4})(?:\.\d+)?(?:px|pt|em|rem|%)?\s*|"
    r"\s*-\d{3}(?:em|rem|vw|vh)\s*"
)
_FAR_SHIFT = re.compile(r"translate(?:x|y|3d)?\([^()]*-\d{4,6}(?:px|em|rem)?\s*[,)]")
_SHRUNK = re.compile(r"scale(?:x|y)?\(\s*+(?:0++(?:\.0+)?|\.0+)\s*[,)]")
_SEE_THROUGH = re.compile(r"opacity\(\s*+0*+\.?0*+%?\s*\)")
_CLIPPED = re.compile(r"rect\((?:\s*[01](?:px)?\s*,?){4}\)")
_CLIPPED_PATH = re.compile(
    r"inset\(\s*(?:50|100)%(?:\s+(?:50|100)%){0,3}\s*\)|circle\(\s*0(?:px|%)?[\s)]|"
    r"polygon\((?:\s*0(?:px|%)?\s+0(?:px|%)?\s*,?){1,8}\)"
)
# "font: 0/0 a"
_FONT_SIZE_ZERO = re.compile(r"(?:^|\s)0+(?:px|em|rem|pt|%)?(?:\s|/)")
_CLEAR = re.compile(
    r"transparent|rgba\((?:[^,()]*,){3}\s*0*\.?0*%?\s*\)|[a-z]+\([^,()/]*/\s*0*\.?0*%?\s*\)|"
    r"#(?:[0-9a-f]{6}0|[0-9a-f]{3})0"
)
# What shows text whose own colour is clear: a gradient behind its letters, an outline.
_PAINTED = (
    "background-clip",
    "-webkit-background-clip",
    "text-shadow",
    "-webkit-text-stroke",
    "-webkit-text-fill-color",
)
# A size that does not depend on the size of the text around it.
_FONT_SIZE = re.compile(r"(?<![\d.])0*[1-9][\d.]*(?:px|pt|pc|rem|cm|mm|vw|vh)|small|medium|large")
# Classes of WordPress, Bootstrap, Tailwind, Foundation, HTML5 Boilerplate and Word.
_HIDING_CLASSES = frozenset({
    "screen-reader-text", "screen-reader-only", "sr-only", "visually-hidden", "visuallyhidden",
    "show-for-sr", "u-hidden-visually", "u-visually-hidden", "element-invisible", "a11y-hidden",
    "skip-link", "visually-hidden-focusable", "sr-only-focusable", "hidden", "d-none",
    "hide-text", "text-hide", "katex-html",
    "MsoCommentText", "MsoCommentReference", "MsoCommentSubject",
})  # fmt: skip
# "hidden md:block", "d-none d-lg-block": hidden on telephones only.
_SHOWN_ON_WIDE = re.compile(
    r"(?:^|\s)(?:(?:sm|md|lg|xl):(?:block|flex|grid|inline|inline-block|table|contents)|"
    r"d-(?:sm|md|lg|xl)-(?:block|flex|grid|inline|inline-block|table))(?=\s|$)"
)
_BOLD = 600
_BLOCKS = frozenset({"block", "flex", "grid", "list-item", "table", "table-row", "flow-root"})
_OVERFLOW = ("overflow", "overflow-x", "overflow-y")
_EXTENTS = {
    "height": ("top", "bottom"), "max-height": ("top", "bottom"),
    "width": ("left", "right"), "max-width": ("left", "right"),
}  # fmt: skip


@lru_cache(maxsize=2048)
def declarations(style: str) -> Declarations:
    """Return the declarations of a style attribute, in lower case. The last of a name counts."""
    values: dict[str, str] = {}
    important: set[str] = set()
    style = _COMMENT.sub("", style[:5000].lower()) if "/*" in style else style[:5000].lower()
    for part in style.split(";"):
        name, colon, value = part.partition(":")
        name, (value, bang, _) = name.strip(), value.partition("!")
        if colon and value.strip() and (bang or name not in important):
            values[name] = value.strip()
            if bang:
                important.add(name)
    return values


def concealment(attributes: Mapping[str, str | None]) -> Concealment:
    """Return whether a browser hides the element with these attributes.

    `aria-hidden` alone hides nothing: it is for screen readers, not for eyes.
    """
    style = attributes.get("style")
    stated = declarations(style) if style else {}
    if stated.get("display") == "none":
        return "whole"
    if "hidden" in attributes and attributes["hidden"] != "until-found" and "display" not in stated:
        return "whole"
    if "popover" in attributes:
        return "whole"
    classes = attributes.get("class")
    if classes and _is_hiding_class(classes) and "display" not in stated:
        return "whole"
    return _concealment_by_style(stated, classes or "") if stated else ""


def is_shown_again(attributes: Mapping[str, str | None], concealing: str) -> bool:
    """Whether an element is visible by its own style inside of one that is partly hidden.

    `concealing` is the property that hides the outer one (`concealing_property`).
    """
    style = attributes.get("style")
    if not style or concealment(attributes):
        return False
    stated = declarations(style)
    if concealing == "font-size":
        return bool(_FONT_SIZE.search(stated.get("font-size") or stated.get("font") or ""))
    return (
        stated.get("visibility") == "visible" if concealing == "visibility" else "color" in stated
    )


def concealing_property(stated: Declarations) -> str:
    """Return the property that hides an element unless a descendant overrides it, or ""."""
    if stated.get("visibility") in {"hidden", "collapse"}:
        return "visibility"
    size = stated.get("font-size")
    if _ZERO.fullmatch(size) if size else _FONT_SIZE_ZERO.search(stated.get("font", "")):
        return "font-size"
    if _CLEAR.fullmatch(stated.get("color", "")) and not any(name in stated for name in _PAINTED):
        return "color"
    return ""


@lru_cache(maxsize=2048)
def _is_hiding_class(classes: str) -> bool:
    return not _HIDING_CLASSES.isdisjoint(classes.split()) and not _SHOWN_ON_WIDE.search(classes)


def _concealment_by_style(stated: Declarations, classes: str) -> Concealment:
    is_animated = (
        bool(_ANIMATED.search(classes))
        or "animation-name" in stated
        or "animation" in stated
        or "transition" in stated
    )
    is_faded = _ZERO.fullmatch(stated.get("opacity", "1")) and "transform" not in stated
    if is_faded or _SEE_THROUGH.search(stated.get("filter", "")):
        return "" if is_animated else "whole"
    if concealing_property(stated):
        return "" if is_animated and "visibility" in stated else "partly"
    if _is_cut(stated) or _SHRUNK.search(stated.get("transform", "")):
        return "" if is_animated else "whole"
    return "whole" if _is_off_the_page(stated) or _is_unpainted(stated) else ""


def _is_cut(stated: Declarations) -> bool:
    """Whether an element has no room for what it holds, and cuts off what is too large.

    A player's frame is high by its padding: `height:0;padding-bottom:56.25%`.
    """
    if not any(stated.get(name) in {"hidden", "clip"} for name in _OVERFLOW):
        return False
    return any(
        name in stated and _TINY.fullmatch(stated[name]) and not _has_padding(stated, *sides)
        for name, sides in _EXTENTS.items()
    )


def _has_padding(stated: Declarations, first: str, last: str) -> bool:
    short = stated.get("padding", "").split()
    of_sides = short[::2] if first == "top" else short[1::2] or short[:1]
    values = (stated.get(f"padding-{first}", ""), stated.get(f"padding-{last}", ""), *of_sides)
    return any(not _ZERO.fullmatch(value) for value in values)


def _is_off_the_page(stated: Declarations) -> bool:
    moved = [stated.get("text-indent", "")]
    if "padding-left" not in stated:
        moved.append(stated.get("margin-left", ""))
    if stated.get("position") in {"absolute", "fixed"}:
        moved += (stated.get(name, "") for name in ("left", "top", "right", "bottom", "margin-top"))
        moved += stated.get("inset", "").split()
    is_moved = any(_FAR_AWAY.fullmatch(value) for value in moved)
    return is_moved or bool(_FAR_SHIFT.search(stated.get("transform", "")))


def _is_unpainted(stated: Declarations) -> bool:
    is_placed = stated.get("position") in {"absolute", "fixed"}
    return (
        bool(is_placed and _CLIPPED.search(stated.get("clip", "")))
        or bool(_CLIPPED_PATH.search(stated.get("clip-path", "")))
        or stated.get("content-visibility") == "hidden"
        or stated.get("mso-element") in {"comment", "comment-list"}
    )


@lru_cache(maxsize=2048)
def is_on_its_own_line(style: str) -> bool:
    """Whether a style shows an element such as a <span> as a block."""
    return "display" in style.lower() and declarations(style).get("display") in _BLOCKS


#: Whether a style attribute may carry meaning.
EMPHASIS = re.compile(r"font-weight|font-style|text-decoration|vertical-align", re.IGNORECASE)


def is_bold(stated: Declarations) -> bool | None:
    """Whether a style makes text bold; None if it does not say."""
    weight = stated.get("font-weight", "")
    if weight.isdigit():
        return int(weight[:4]) >= _BOLD
    return {"bold": True, "bolder": True, "normal": False, "lighter": False}.get(weight)


def is_slanted(stated: Declarations) -> bool | None:
    """Whether a style makes text italic; None if it does not say."""
    return {"italic": True, "oblique": True, "normal": False}.get(stated.get("font-style", ""))


def is_struck(stated: Declarations) -> bool | None:
    """Whether a style strikes text out; None if it does not say."""
    for name in ("text-decoration", "text-decoration-line"):
        if "line-through" in stated.get(name, ""):
            return True
        if "none" in stated.get(name, ""):
            return False
    return None


def shift_of(stated: Declarations) -> str:
    """Return "sup" or "sub" for text that a style raises or lowers, else ""."""
    return {"super": "sup", "sub": "sub"}.get(stated.get("vertical-align", ""), "")
