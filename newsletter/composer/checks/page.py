"""The finished HTML as a tree that the checks walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


@dataclass(slots=True, eq=False)
class Node:
    """An element, or a piece of text (then `tag` is "" and `text` holds it)."""

    tag: str
    parent: Node | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""
    classes: frozenset[str] = frozenset()

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def walk(self) -> Iterator[Node]:
        """The node and all below it, in the order of the page."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def ancestors(self) -> Iterator[Node]:
        """The node, its parent, and so on up."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def words(self) -> str:
        """The text inside, in one line, as it is read aloud."""
        return " ".join("".join(_spoken(self)).split())


def _spoken(node: Node) -> Iterator[str]:
    if node.get("aria-hidden") == "true" or node.tag in {"style", "script"}:
        return
    if node.tag == "":
        yield node.text
    elif node.tag == "img":
        yield f" {node.get('alt')} "
    elif node.tag == "br":
        yield " "
    for child in node.children:
        yield from _spoken(child)


def read_page(html: str) -> Node:
    """The page's tree; comments (Outlook's conditional ones too) are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#page")
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        classes = frozenset(attributes.get("class", "").split())
        node = Node(tag, self._open, attributes, classes=classes)
        self._open.children.append(node)
        if tag not in VOID:
            self._open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for node in self._open.ancestors():
            if node.tag == tag and node.parent is not None:
                self._open = node.parent
                return

    def handle_data(self, data: str) -> None:
        self._open.children.append(Node("", self._open, text=data))
