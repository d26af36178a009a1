"""The walk over a post's HTML tree, which calls the rule for each element.

A rule reads an element and writes into the flow. The rules are in `block_rules`,
`inline_rules`, `picture_rules`, `embed_rules` and `table_rules`; `post` maps names and
classes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from newsletter.models import Image
from newsletter.reader.clean.blocks import Block
from newsletter.reader.clean.flow import Flow, InlineTag
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.source import NESTING, strip_shortcodes

Attributes: TypeAlias = Mapping[str, str | None]
Rule: TypeAlias = "Callable[[Walk, LexborNode, Attributes], None]"
#: A function to the rule that an element's class or id asks for, if any.
ClassRule: TypeAlias = "Callable[[LexborNode, Attributes], Rule | None]"

#: Elements whose text is not for readers.
HIDDEN_ELEMENTS = frozenset({
    "script", "style", "template", "textarea", "title", "head", "select", "option", "svg", "math",
    "noembed", "noframes", "xmp", "xml", "datalist", "object", "canvas", "map",
})  # fmt: skip


class Walk:
    """One walk: its position, what it has written and what it has seen."""

    #: The post's page, which relative URLs are resolved against.
    page: Page
    #: The flow of the post itself.
    top: Flow
    #: The flow of the container that is being walked.
    flow: Flow
    #: The post's own pictures in order, for the lead image.
    pictures: list[Image]
    #: The levels of the open headings, so that none is skipped.
    levels: list[int]
    #: Whether WordPress's password form was seen.
    protected: bool

    def __init__(self, page: Page, rules: Mapping[str, Rule], class_rule: ClassRule) -> None:
        self.page = page
        self.flow = self.top = Flow()
        self.pictures = []
        self.levels = []
        self.protected = False
        self._rules = rules
        self._class_rule = class_rule
        self._depth = 0

    def walk_children(self, node: LexborNode) -> None:
        """Walk the children of `node`. Below the nesting limit only their text is written."""
        if self._depth > NESTING:
            self._write_text_only(node)
            return
        self._depth += 1
        for child in node.iter(include_text=True):
            self.visit(child)
        self._depth -= 1

    def visit(self, node: LexborNode) -> None:
        """Write the text of `node`, or call the rule for its class or its name."""
        if node.is_text_node:
            text = node.text_content or ""
            if "[" in text and all(tag.name != "code" for tag in self.flow.inline_tags):
                text = strip_shortcodes(text)
            self.flow.add_text(text)
            return
        if not node.is_element_node:
            return
        attributes = node.attributes
        rule = self._class_rule(node, attributes) if attributes else None
        rule = rule or self._rules.get(node.tag or "")
        if rule:
            rule(self, node, attributes)
        else:
            self.walk_children(node)

    def blocks_inside(self, node: LexborNode, *tags: InlineTag, line: bool = False) -> list[Block]:
        """Return the blocks of the children of `node`, written into a new flow."""
        names = {tag.name for tag in tags}
        outer = (tag for tag in self.flow.inline_tags if tag.name not in names)
        return self._write_apart(self.walk_children, node, Flow(*tags, *outer, line=line))

    def blocks_of(self, node: LexborNode) -> list[Block]:
        """Return the blocks that `node` itself becomes, written into a new flow."""
        return self._write_apart(self.visit, node, Flow(*self.flow.inline_tags))

    def wrap(self, tag: InlineTag, node: LexborNode) -> None:
        """Walk the children of `node` inside `tag`; a tag within the same tag adds nothing."""
        if any(open_tag.name == tag.name for open_tag in self.flow.inline_tags):
            self.walk_children(node)
            return
        tags = self.flow.inline_tags
        tags.append(tag)
        self.walk_children(node)
        tags.pop()

    def _write_text_only(self, node: LexborNode) -> None:
        for inner in node.traverse(include_text=True):
            parent = inner.parent
            if inner.is_text_node and parent is not None and parent.tag not in HIDDEN_ELEMENTS:
                self.flow.add_text(f" {inner.text_content or ''} ")

    def _write_apart(
        self, write: Callable[[LexborNode], None], node: LexborNode, flow: Flow
    ) -> list[Block]:
        outer, self.flow = self.flow, flow
        write(node)
        self.flow.finish()
        self.flow = outer
        return flow.blocks
