"""Styles: what an element's own style, class and attributes say about how a browser shows it.

Only a few properties matter here: those that hide an element, and those that carry meaning
(weight, slant, strike, raised and lowered text). The rules of a post's own <style> are written
into the style attributes first, so everything else reads attributes alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Literal

Declarations = Mapping[str, str]
#: "whole": nothing inside is shown. "partly": what is inside may be shown again.
Concealment = Literal["", "whole", "partly"]

# The properties that the cleaner reads. Rules without them are not applied.
_READ = re.compile(
    r"(?:display|visibility|opacity|font-size|font-weight|font-style|text-decoration|"
    r"vertical-align|clip|height|left|text-indent)\s*:",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_MEDIA_ATTRIBUTE = re.compile(r"\bmedia\s*=\s*[\"']?([^\"'>]*)", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_RULE_LENGTH = 5000
_BETWEEN_SELECTORS = re.compile(r",(?![^(),]{0,200}\))")
#: How many rules of a post's own style are applied.
RULES = 200
_SELECTOR_LENGTH = 200
# The window for which media queries are judged: that of a computer.
_WINDOW_WIDTH = 1280
_MEDIA_FEATURE = re.compile(r"\(\s*(min|max)-width\s*:\s*(\d{1,5})(?:\.\d+)?\s*(px|em|rem)\s*\)")
_ANY_FEATURE = re.compile(r"\([^()]*\)")
_EM = 16
_STATEFUL = re.compile(r":(?!:?(?:not|is|where|first|last|nth|only|root)\b)")
# Hidden until a script or an animation shows them: in a browser they appear.
_ANIMATED = re.compile(
    r"(?:^|[\s_-])(?:wow|aos|animate[ds]?|animation|fade|reveal|lazy\w*)(?=$|[\s_-])", re.IGNORECASE
)
_ZERO = re.compile(r"\s*-?0*\.?0*(?:px|em|rem|pt|%)?\s*")
_FAR_AWAY = re.compile(r"\s*-\d{4,6}(?:\.\d+)?(?:px|em|rem|pt)?\s*")
_CLIPPED = re.compile(
    r"rect\((?:\s*[01](?:px)?\s*,?){4}\)|inset\(\s*(?:50|100)%(?:\s+(?:50|100)%){0,3}\s*\)"
)
# Classes of WordPress, Bootstrap, Tailwind, Foundation, HTML5 Boilerplate and Word.
_HIDING_CLASSES = frozenset({
    "screen-reader-text", "screen-reader-only", "sr-only", "visually-hidden", "visuallyhidden",
    "show-for-sr", "u-hidden-visually", "u-visually-hidden", "element-invisible", "a11y-hidden",
    "skip-link", "visually-hidden-focusable", "sr-only-focusable", "hidden", "d-none",
    "katex-html", "MsoCommentText", "MsoCommentReference", "MsoCommentSubject",
})  # fmt: skip
# "hidden md:block", "d-none d-lg-block": hidden on telephones only.
_SHOWN_ON_WIDE = re.compile(
    r"(?:^|\s)(?:(?:sm|md|lg|xl):(?:block|flex|grid|inline|inline-block|table|contents)|"
    r"d-(?:sm|md|lg|xl)-(?:block|flex|grid|inline|inline-block|table))(?=\s|$)"
)
_BOLD = 600


@lru_cache(maxsize=2048)
def declarations(style: str) -> Declarations:
    """Return the declarations of a style attribute, in lower case. The last of a name counts."""
    found: dict[str, str] = {}
    important: set[str] = set()
    for part in style[:5000].lower().split(";"):
        name, colon, value = part.partition(":")
        name, (value, bang, _) = name.strip(), value.partition("!")
        if colon and (bang or name not in important):
            found[name] = value.strip()
            if bang:
                important.add(name)
    return found


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


def is_shown_again(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element inside a partly hidden one is visible by its own style."""
    style = attributes.get("style")
    if not style or concealment(attributes):
        return False
    stated = declarations(style)
    return stated.get("visibility") == "visible" or "font-size" in stated


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
    if stated.get("visibility") in {"hidden", "collapse"}:
        return "" if is_animated else "partly"
    if _ZERO.fullmatch(stated.get("opacity", "1")):
        return "" if is_animated or "transform" in stated else "whole"
    if _ZERO.fullmatch(stated.get("font-size", "1")):
        return "partly"
    if stated.get("mso-element") in {"comment", "comment-list"}:
        return "whole"
    if stated.get("position") in {"absolute", "fixed"} and _is_off_the_page(stated):
        return "whole"
    is_cut = stated.get("overflow", "") in {"hidden", "clip"} and any(
        name in stated and _ZERO.fullmatch(stated[name]) for name in ("height", "max-height")
    )
    is_moved = _FAR_AWAY.fullmatch(stated.get("text-indent", ""))
    return "whole" if (is_cut and not is_animated) or is_moved else ""


def _is_off_the_page(stated: Declarations) -> bool:
    clip = stated.get("clip") or stated.get("clip-path") or ""
    away = (stated.get(name, "") for name in ("left", "top", "right"))
    return bool(_CLIPPED.search(clip)) or any(_FAR_AWAY.fullmatch(value) for value in away)


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


def apply_own_styles(html: str) -> str:
    """Write the rules of a post's own <style> into style attributes, as CSS resolves them.

    Only rules that a computer's screen applies and that the cleaner reads. The inliner knows
    specificity, order and `!important`.
    """
    css = "\n".join(_style_sheets(html))
    rules = list(islice(_rules(_COMMENT.sub(" ", css)), RULES)) if css else []
    if not rules:
        return html
    from css_inline import CSSInliner, InlineError

    inliner = CSSInliner(
        inline_style_tags=False, load_remote_stylesheets=False, extra_css="\n".join(rules)
    )
    try:
        return inliner.inline(f"<body>{html}")
    except (InlineError, ValueError):
        return html


def _style_sheets(html: str) -> Iterator[str]:
    """Yield the contents of the <style> elements that apply to a computer's screen."""
    lower = html.lower()
    position = lower.find("<style")
    while position >= 0:
        start = lower.find(">", position) + 1
        end = lower.find("</style", start)
        if not start or end < 0:
            return
        media = _MEDIA_ATTRIBUTE.search(html, position, min(start, position + 500))
        if media is None or _applies_media(media[1]):
            yield html[start:end]
        position = lower.find("<style", end)


def _rules(css: str) -> Iterator[str]:
    """Yield the rules to apply, in order. Walks the text once, brace by brace."""
    position = 0
    # For each open block its head and whether it is a group of rules that apply.
    blocks: list[tuple[str, bool]] = []
    closed_groups = 0
    for brace in _BRACE.finditer(css):
        before = css[position : brace.start()]
        position = brace.end()
        if brace[0] == "{":
            head = before.rpartition(";")[2].strip()
            name, _, query = head.partition(" ")
            is_open = name.lower() in {"@media", "@layer"} and _applies_media(query)
            blocks.append((head, is_open))
            closed_groups += not is_open
        elif blocks:
            head, is_open = blocks.pop()
            closed_groups -= not is_open
            is_rule = not is_open and not closed_groups and not head.startswith("@")
            if is_rule and len(before) <= _RULE_LENGTH and _READ.search(before):
                yield from _selectable(head, before)


def _selectable(head: str, body: str) -> Iterator[str]:
    """Yield a rule for those of its selectors that do not wait for a state, such as :hover."""
    for selector in _BETWEEN_SELECTORS.split(head[:_RULE_LENGTH]):
        plain = selector.strip()
        if plain and len(plain) <= _SELECTOR_LENGTH and not _STATEFUL.search(plain):
            yield f"{plain}{{{body}}}"


def _applies_media(query: str) -> bool:
    """Whether one of the media queries in a list applies to a computer's screen."""
    return any(_applies_one(part.strip().lower()) for part in query[:1000].split(","))


def _applies_one(query: str) -> bool:
    kind = _ANY_FEATURE.sub(" ", query).replace(" and ", " ").split()
    if not {word for word in kind if word != "and"} <= {"screen", "all", "only"}:
        return False
    widths = list(_MEDIA_FEATURE.finditer(query))
    if len(widths) != len(_ANY_FEATURE.findall(query)):
        return False
    for bound, number, unit in (width.groups() for width in widths):
        pixels = int(number) * (1 if unit == "px" else _EM)
        if pixels > _WINDOW_WIDTH if bound == "min" else pixels < _WINDOW_WIDTH:
            return False
    return True
