"""Parse a finished message for the checks: its HTML into a tree of nodes, and its CSS.

Of CSS the parser knows declarations, rules, and the selectors that mail uses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

#: Elements that have no end tag (HTML standard 13.1.2).
VOID_ELEMENTS = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BLOCK = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"(@media[^{@]*)\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}")
_PLAIN = re.compile(r"(?:[a-z][a-z0-9]*)?(?:\.[\w-]+)*", re.IGNORECASE)


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


@lru_cache(maxsize=4096)
def declarations(style: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of property, in lower case, and value."""
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule:
    """The declarations of a style block for one selector."""

    #: Media query; "" outside of any.
    media: str
    selector: str
    style: str


def rules(css: str) -> Iterator[StyleRule]:
    """Yield the rules of a style block. At-rules other than @media are ignored."""
    plain = _COMMENT.sub("", css)
    for media, inside in _MEDIA.findall(plain):
        yield from _rules_in(inside, media)
    yield from _rules_in(_MEDIA.sub("", plain), "")


def _rules_in(css: str, media: str) -> Iterator[StyleRule]:
    for selectors, style in _BLOCK.findall(css):
        for selector in selectors.split(","):
            yield StyleRule(media=" ".join(media.split()), selector=selector.strip(), style=style)


class Cascade:
    """Applies rules to nodes. Supports the selectors tag, .class, descendant and child (>)."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._by_class: dict[str, list[Node]] = defaultdict(list)
        self._by_tag: dict[str, list[Node]] = defaultdict(list)
        for node in nodes:
            if node.tag:
                self._by_tag[node.tag].append(node)
                for name in node.classes:
                    self._by_class[name].append(node)

    def apply(self, added: Iterable[StyleRule]) -> Mapping[int, dict[str, str]]:
        """Return the declarations that the rules `added` give each node, by its id()."""
        styles: dict[int, dict[str, str]] = defaultdict(dict)
        for rule in added:
            pairs = declarations(rule.style)
            for node in self._matches(rule.selector):
                for name, value in pairs:
                    styles[id(node)][name] = value.replace("!important", "").strip()
        return styles

    def _matches(self, selector: str) -> list[Node]:
        words = selector.replace(">", " > ").split()
        if not words or not all(word == ">" or _PLAIN.fullmatch(word) for word in words):
            return []
        steps = [_step(word) for word in words]
        if not all(name in self._by_class for step in steps for name in step.classes):
            return []
        last = steps[-1]
        rarest = min((self._by_class[name] for name in last.classes), key=len, default=None)
        candidates = self._by_tag[last.tag] if rarest is None else rarest
        return [
            node for node in candidates if last.matches(node) and _ancestors_match(node, steps[:-1])
        ]


@dataclass(frozen=True, slots=True)
class _Step:
    """One compound of a selector, or the combinator >."""

    #: "" for any tag.
    tag: str
    classes: frozenset[str] = frozenset()

    def matches(self, node: Node) -> bool:
        return self.tag in ("", node.tag) and self.classes <= node.classes


@lru_cache(maxsize=512)
def _step(word: str) -> _Step:
    tag, *classes = word.split(".")
    return _Step(tag.lower(), frozenset(classes))


def _ancestors_match(node: Node, steps: list[_Step]) -> bool:
    """Whether the node's ancestors satisfy the rest of the selector, read from the right."""
    if not steps:
        return True
    if node.parent is None:
        return False
    if steps[-1].tag == ">":
        return steps[-2].matches(node.parent) and _ancestors_match(node.parent, steps[:-2])
    return any(
        steps[-1].matches(up) and _ancestors_match(up, steps[:-1]) for up in node.parent.ancestors()
    )
