"""The walk over a post's HTML tree, which calls the rule for each element.

A rule reads an element and writes into the flow. The rules are in `block_rules`,
`inline_rules`, `picture_rules`, `embed_rules` and `table_rules`; `post` maps names and
classes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from newsletter.models import Image, LeftOut
from newsletter.reader.clean.flow import Block, Flow, InlineTag
from newsletter.reader.clean.shortcodes import split_shortcodes
from newsletter.reader.clean.source import NESTING
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.urls import Page

Attributes: TypeAlias = Mapping[str, str | None]
Rule: TypeAlias = "Callable[[Walk, LexborNode, Attributes], None]"
#: A function to the rule that an element's attributes ask for, if any.
AttributeRule: TypeAlias = "Callable[[LexborNode, Attributes], Rule | None]"

#: Elements whose text no browser shows.
HIDDEN_ELEMENTS = frozenset({
    "script", "style", "template", "title", "head", "noembed", "noframes", "xml", "datalist", "rp",
})  # fmt: skip
# The classes of line numbers beside code (Chroma, Pygments, Rouge, GitHub).
_LINE_NUMBERS = frozenset({
    "lnt", "ln", "lineno", "linenos", "linenodiv", "rouge-gutter", "gutter", "blob-num",
    "hljs-ln-numbers", "hljs-ln-n", "line-number", "line-numbers", "linenumber",
})  # fmt: skip
#: Elements that are nothing without their page: controls and drawings.
CONTROLS = frozenset({"textarea", "select", "option", "canvas", "map", "xmp"})


def visible_texts(node: LexborNode) -> Iterator[str]:
    """Yield the texts inside `node` that a page shows; a line break is a text. No recursion."""
    open_nodes = [node]
    while open_nodes:
        inner = open_nodes.pop()
        if inner.is_text_node:
            yield inner.text_content or ""
        elif inner.tag == "br":
            yield "\n"
        elif inner.is_element_node and not _is_out_of_sight(inner):
            open_nodes += reversed(list(inner.iter(include_text=True)))


def is_line_number(node: LexborNode, attributes: Attributes) -> bool:
    """Whether an element holds the numbers of the lines of code beside it, and nothing else."""
    names = (attributes.get("class") or "").split()
    if _LINE_NUMBERS.isdisjoint(names):
        return False
    text = node.text().strip()
    return bool(text) and not text.strip("0123456789 \n\r\t")


def _is_out_of_sight(node: LexborNode) -> bool:
    if node.tag in HIDDEN_ELEMENTS or node.tag in CONTROLS:
        return True
    attributes = node.attributes
    return bool(concealment(attributes)) or is_line_number(node, attributes)


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
    #: What was left out on purpose: what the page hides, boilerplate, shortcodes.
    set_aside: list[str]
    #: Elements, by `mem_id`, that are left out with all they hold.
    unwanted: set[int]
    #: The words that are missing of the post, if they were counted.
    left_out: LeftOut | None
    #: The names of shortcodes that the post closes somewhere ("[/name]", "{/name}").
    closed_tags: frozenset[str]

    def __init__(
        self,
        page: Page,
        rules: Mapping[str, Rule],
        attribute_rule: AttributeRule,
        closed_tags: frozenset[str] = frozenset(),
    ) -> None:
        self.page = page
        self.flow = self.top = Flow()
        self.pictures = []
        self.levels = []
        self.protected = False
        self.set_aside = []
        self.left_out = None
        self.unwanted = set()
        self.closed_tags = closed_tags
        self._rules = rules
        self._attribute_rule = attribute_rule
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
        """Write the text of `node`, or call the rule for its attributes or its name."""
        if node.is_text_node:
            text = node.text_content or ""
            if ("[" in text or "{" in text) and not self.is_in("code"):
                self._add_text_without_tags(text)
            else:
                self.flow.add_text(text)
            return
        if not node.is_element_node:
            return
        if self.unwanted and node.mem_id in self.unwanted:
            self.leave_out(node)
            return
        attributes = node.attributes
        rule = self._attribute_rule(node, attributes) if attributes else None
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

    def is_in(self, name: str) -> bool:
        """Whether what is written next stands inside of the text-level element `name`."""
        for tag in self.flow.inline_tags:  # noqa: SIM110 - the most frequent call of a walk
            if tag.name == name:
                return True
        return False

    def leave_out(self, node: LexborNode) -> None:
        """Leave out an element on purpose."""
        words = node.text()
        if words:
            self.set_aside.append(words)

    def wrap(self, tag: InlineTag, node: LexborNode) -> None:
        """Walk the children of `node` inside `tag`; a tag within the same tag adds nothing."""
        if self.is_in(tag.name):
            self.walk_children(node)
            return
        tags = self.flow.inline_tags
        tags.append(tag)
        self.walk_children(node)
        tags.pop()

    def _add_text_without_tags(self, text: str) -> None:
        text, removed = split_shortcodes(text, self.closed_tags)
        if removed:
            self.set_aside.append(removed)
        self.flow.add_text(text)

    def _write_text_only(self, node: LexborNode) -> None:
        for text in visible_texts(node):
            self.flow.add_text(f" {text} ")

    def _write_apart(
        self, write: Callable[[LexborNode], None], node: LexborNode, flow: Flow
    ) -> list[Block]:
        outer, self.flow = self.flow, flow
        write(node)
        self.flow.finish()
        self.flow = outer
        return flow.blocks
