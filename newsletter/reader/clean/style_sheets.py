"""A post's own <style>: its rules are written into the style attributes of the elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

# The properties that the cleaner reads. Rules without them are not applied.
_READ = re.compile(
    r"(?<![\w-])(?:display|visibility|content-visibility|opacity|filter|font|font-size|"
    r"font-weight|font-style|text-decoration|text-decoration-line|vertical-align|clip|clip-path|"
    r"(?:max-)?(?:height|width)|left|right|top|bottom|inset|margin-left|margin-top|text-indent|"
    r"transform|color)\s*:",
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
# How many selectors of a nested rule, and of the rule around it, are combined.
_NESTED = 5
_STATEFUL = re.compile(r":(?!:?(?:not|is|where|first|last|nth|only|root)\b)")
# The window for which media queries are judged: that of a computer.
_WINDOW_WIDTH = 1280
_EM = 16
_WIDTH = r"(\d{1,5})(?:\.\d+)?\s*(px|em|rem)"
_BOUND = re.compile(
    rf"\(\s*(?:(min|max)-width\s*:|width\s*([<>])=?)\s*{_WIDTH}\s*\)", re.IGNORECASE
)
_ANY_FEATURE = re.compile(r"\([^()]*\)")
# What a computer with a mouse and a bright screen is.
_TRUE_FEATURE = re.compile(
    r"\(\s*(?:(?:any-)?hover(?:\s*:\s*hover)?|(?:any-)?pointer(?:\s*:\s*fine)?|"
    r"orientation\s*:\s*landscape|prefers-[a-z-]+\s*:\s*(?:light|no-preference))\s*\)"
)
_FALSE_FEATURE = re.compile(
    r"\(\s*(?:(?:any-)?hover\s*:\s*none|(?:any-)?pointer\s*:\s*(?:coarse|none)|"
    r"orientation\s*:\s*portrait|prefers-color-scheme\s*:\s*dark|"
    r"prefers-reduced-motion\s*:\s*reduce)\s*\)"
)


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


@dataclass(slots=True)
class _OpenBlock:
    """A block of a style sheet that the parser has entered and not left yet."""

    head: str
    #: Whether it is a group of rules that apply, such as @media screen.
    is_group: bool
    #: Its selectors as they stand alone, if it is a rule that may apply.
    selectors: tuple[str, ...] = ()
    #: Its declarations before a rule that is nested in it.
    before: str = ""


def _rules(css: str) -> Iterator[str]:
    """Yield the rules to apply, in order. Walks the text once, brace by brace."""
    position = 0
    blocks: list[_OpenBlock] = []
    for brace in _BRACE.finditer(css):
        between = css[position : brace.start()]
        position = brace.end()
        if brace[0] == "{":
            declared, _, head = between.rpartition(";")
            if blocks and len(blocks[-1].before) + len(declared) <= _RULE_LENGTH:
                blocks[-1].before += f"{declared};"
            blocks.append(_open_block(head.strip(), blocks[-1] if blocks else None))
        elif blocks:
            block = blocks.pop()
            body = f"{block.before}{between}"
            if block.selectors and len(body) <= _RULE_LENGTH and _READ.search(body):
                for selector in block.selectors:
                    yield f"{selector}{{{body}}}"


def _open_block(head: str, outer: _OpenBlock | None) -> _OpenBlock:
    if outer is not None and not outer.is_group and not outer.selectors:
        return _OpenBlock(head, is_group=False)
    if head.startswith("@"):
        # Inside of a rule the declarations in a group are those of the rule.
        is_open = _is_open_group(head)
        selectors = outer.selectors if is_open and outer is not None else ()
        return _OpenBlock(head, is_group=is_open and not selectors, selectors=selectors)
    own = tuple(islice(_selectable(head), RULES))
    if outer is not None and outer.selectors:
        own = tuple(
            inner.replace("&", around) if "&" in inner else f"{around} {inner}"
            for around in outer.selectors[:_NESTED]
            for inner in own[:_NESTED]
        )
        own = tuple(selector for selector in own if len(selector) <= _SELECTOR_LENGTH)
    return _OpenBlock(head, is_group=False, selectors=own)


def _selectable(head: str) -> Iterator[str]:
    """Yield those selectors of a rule that do not wait for a state, such as :hover."""
    for selector in _BETWEEN_SELECTORS.split(head[:_RULE_LENGTH]):
        plain = selector.strip()
        if plain and len(plain) <= _SELECTOR_LENGTH and not _STATEFUL.search(plain):
            yield plain


def _is_open_group(head: str) -> bool:
    """Whether the rules in an at-rule apply to a computer's screen."""
    name, _, query = head.partition(" ")
    if name.lower() == "@media":
        return _applies_media(query)
    if name.lower() == "@supports":
        return not re.match(r"\s*not\b", query)
    return name.lower() == "@layer"


def _applies_media(query: str) -> bool:
    """Whether one of the media queries in a list applies to a computer's screen."""
    return any(_applies_one(part.strip().lower()) for part in query[:1000].split(","))


def _applies_one(query: str) -> bool:
    is_negated = query.startswith("not ")
    query = query.removeprefix("not ")
    features = [_is_true(feature) for feature in _ANY_FEATURE.findall(query)]
    kinds = set(_ANY_FEATURE.sub(" ", query).split()) - {"and", "only", "screen", "all"}
    if None in features or not kinds <= {"print", "speech"}:
        return False
    return (not kinds and all(features)) is not is_negated


def _is_true(feature: str) -> bool | None:
    """Whether a feature of a media query is a computer's; None if it is not known."""
    bound = _BOUND.fullmatch(feature)
    if bound is None:
        is_known = _TRUE_FEATURE.fullmatch(feature) or _FALSE_FEATURE.fullmatch(feature)
        return _TRUE_FEATURE.fullmatch(feature) is not None if is_known else None
    pixels = int(bound[3]) * (1 if bound[4] == "px" else _EM)
    is_least = bound[1] == "min" or bound[2] == ">"
    return pixels <= _WINDOW_WIDTH if is_least else pixels >= _WINDOW_WIDTH
