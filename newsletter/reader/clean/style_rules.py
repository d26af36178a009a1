"""Rules for elements whose style hides them or carries meaning."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.flow import InlineTag
from newsletter.reader.clean.inline_rules import INLINE_TAGS
from newsletter.reader.clean.styles import (
    concealing_property,
    declarations,
    is_bold,
    is_shown_again,
    is_slanted,
    is_struck,
    shift_of,
)
from newsletter.reader.clean.walk import Attributes, Rule, Walk

# Bold by themselves.
_BOLD_ELEMENTS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "th", "dt", "summary", "table"})
# On a cell or a picture, `vertical-align` is about layout.
_SHIFTED_ELEMENTS = frozenset({"span", "font", "a", "b", "i", "em", "strong", "small"})
#: The elements that a style may turn into blocks.
INLINE_ELEMENTS = frozenset({
    *INLINE_TAGS, "a", "abbr", "bdi", "bdo", "big", "data", "font", "ins", "label", "span", "time",
})  # fmt: skip
# What shows a part of a hidden element again.
_SHOWN_AGAIN = re.compile(r"visibility:\s*visible|font|color", re.IGNORECASE)


def write_shown_again(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write only what is visible by its own style inside of a hidden element."""
    if not _SHOWN_AGAIN.search(node.html or ""):
        walk.leave_out(node)
        return
    concealing = concealing_property(declarations(attributes.get("style") or ""))
    hidden = [node]
    while hidden:
        for child in hidden.pop().iter(include_text=True):
            if child.is_text_node:
                walk.leave_out(child)
            elif is_shown_again(child.attributes, concealing):
                walk.visit(child)
            else:
                hidden.append(child)


def write_on_its_own_line(
    walk: Walk, node: LexborNode, attributes: Attributes, rule: Rule | None
) -> None:
    """Write a text-level element that its style shows as a block."""
    walk.flow.end_paragraph()
    if rule:
        rule(walk, node, attributes)
    else:
        walk.walk_children(node)
    walk.flow.end_paragraph()


def write_styled(walk: Walk, node: LexborNode, attributes: Attributes, rule: Rule | None) -> None:
    """Write an element whose style carries meaning, such as a bold or struck-out <span>.

    Text pasted from Google Docs stands in a <b> whose style says that it is not bold, and its
    emphasis in styles of <span>s. The style wins over the tag.
    """
    stated = declarations(attributes.get("style") or "")
    own_tag = INLINE_TAGS.get(node.tag or "")
    flow = walk.flow
    outer = flow.inline_tags
    tags = list(outer)
    says = {"strong": is_bold(stated), "em": is_slanted(stated), "s": is_struck(stated)}
    for name, is_on in says.items():
        if is_on is False and name == own_tag:
            rule = None
        if is_on is False and name != "s":
            # A strike reaches all that is inside; no style below ends it.
            tags = [tag for tag in tags if tag.name != name]
        elif is_on and name != own_tag and node.tag not in _BOLD_ELEMENTS and not flow.line:
            tags += [InlineTag(name, f"<{name}>")] if name not in {t.name for t in tags} else []
    shift = shift_of(stated) if node.tag in _SHIFTED_ELEMENTS else ""
    if shift and shift not in {tag.name for tag in tags}:
        tags.append(InlineTag(shift, f"<{shift}>"))
    flow.inline_tags = tags
    if rule:
        rule(walk, node, attributes)
    else:
        walk.walk_children(node)
    flow.inline_tags = outer
