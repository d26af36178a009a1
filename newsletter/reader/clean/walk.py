"""The walk over a post's tree: each element is handed to the rule for it.

Rules live beside their subject (pictures, embeds, tables …) and write into the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from newsletter.models import Image
from newsletter.reader.clean.blocks import Block
from newsletter.reader.clean.flow import Flow, Mark
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.source import NESTING, without_shortcodes

Attributes: TypeAlias = Mapping[str, str | None]
Rule: TypeAlias = "Callable[[Walk, LexborNode, Attributes], None]"
# Says which rule an element's class or id asks for, if any.
ClassRule: TypeAlias = "Callable[[LexborNode, Attributes], Rule | None]"

# Elements whose text is not meant for readers.
UNREAD = frozenset({
    "script", "style", "template", "textarea", "title", "head", "select", "option", "svg", "math",
    "noembed", "noframes", "xmp", "xml", "datalist", "object", "canvas", "map",
})  # fmt: skip


class Walk:
    """One walk: where it stands, what it has written and seen.

    `top` is the flow of the post itself, `flow` that of the container being read;
    `pictures` are the post's own pictures in order, for the lead image; `levels` the
    heading levels open here, so that none is skipped.
    """

    def __init__(self, page: Page, rules: Mapping[str, Rule], class_rule: ClassRule) -> None:
        self.page = page
        self.flow = self.top = Flow()
        self.pictures: list[Image] = []
        self.levels: list[int] = []
        self.protected = False
        self._rules = rules
        self._class_rule = class_rule
        self._depth = 0

    def children(self, node: LexborNode) -> None:
        """Walks what is inside `node`."""
        if self._depth > NESTING:
            self._text_alone(node)
            return
        self._depth += 1
        for child in node.iter(include_text=True):
            self.visit(child)
        self._depth -= 1

    def visit(self, node: LexborNode) -> None:
        """Walks `node`: its text, or the rule for its class or its name."""
        if node.is_text_node:
            text = node.text_content or ""
            if "[" in text and all(mark.tag != "code" for mark in self.flow.marks):
                text = without_shortcodes(text)
            self.flow.text(text)
            return
        if not node.is_element_node:
            return
        attributes = node.attributes
        rule = self._class_rule(node, attributes) if attributes else None
        rule = rule or self._rules.get(node.tag or "")
        if rule:
            rule(self, node, attributes)
        else:
            self.children(node)

    def _text_alone(self, node: LexborNode) -> None:
        for inner in node.traverse(include_text=True):
            parent = inner.parent
            if inner.is_text_node and parent is not None and parent.tag not in UNREAD:
                self.flow.text(f" {inner.text_content or ''} ")

    def inside(self, node: LexborNode, *marks: Mark, line: bool = False) -> list[Block]:
        """The blocks inside `node`, written apart from what surrounds it."""
        names = {mark.tag for mark in marks}
        outer = (mark for mark in self.flow.marks if mark.tag not in names)
        return self._apart(self.children, node, Flow(*marks, *outer, line=line))

    def alone(self, node: LexborNode) -> list[Block]:
        """The blocks `node` itself becomes, written apart from what surrounds it."""
        return self._apart(self.visit, node, Flow(*self.flow.marks))

    def _apart(
        self, write: Callable[[LexborNode], None], node: LexborNode, flow: Flow
    ) -> list[Block]:
        outer, self.flow = self.flow, flow
        write(node)
        self.flow.finish()
        self.flow = outer
        return flow.blocks

    def marked(self, mark: Mark, node: LexborNode) -> None:
        """Walks inside `node` with `mark` open; a mark within its like adds nothing."""
        if any(open_mark.tag == mark.tag for open_mark in self.flow.marks):
            self.children(node)
            return
        marks = self.flow.marks
        marks.append(mark)
        self.children(node)
        marks.pop()
