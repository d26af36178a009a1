"""Parse a finished message into a tree of nodes for the checks to walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Elements that have no end tag (HTML standard 13.1.2).
VOID_ELEMENTS = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


@dataclass(slots=True, eq=False)
class Node:
    """An element, or a piece of text: then `tag` is ""."""

    tag: str
    parent: Node | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    #: The text of a text node.
    text: str = ""
    classes: frozenset[str] = frozenset()

    def get(self, name: str) -> str:
        """Return an attribute's value, "" if the attribute is missing."""
        return self.attributes.get(name, "")

    def walk(self) -> Iterator[Node]:
        """Yield the node and its descendants in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def ancestors(self) -> Iterator[Node]:
        """Yield the node, its parent, and so on up to the root."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def words(self) -> str:
        """Return the text inside on one line, as a screen reader reads it."""
        return " ".join("".join(_accessible_text(self)).split())


def _accessible_text(node: Node) -> Iterator[str]:
    if node.get("aria-hidden") == "true" or node.tag in {"style", "script"}:
        return
    if node.tag == "":
        yield node.text
    elif node.tag == "img":
        yield f" {node.get('alt')} "
    elif node.tag == "br":
        yield " "
    for child in node.children:
        yield from _accessible_text(child)


def parse_html(html: str) -> Node:
    """Return the root of the tree. Comments are left out, Outlook's conditional ones too."""
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.root


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#page")
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        classes = frozenset(attributes.get("class", "").split())
        node = Node(tag, self._open, attributes, classes=classes)
        self._open.children.append(node)
        if tag not in VOID_ELEMENTS:
            self._open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for node in self._open.ancestors():
            if node.tag == tag and node.parent is not None:
                self._open = node.parent
                return

    def handle_data(self, data: str) -> None:
        self._open.children.append(Node("", self._open, text=data))
