"""Parse the CSS of a message: declarations, rules, and the selectors that mail uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from newsletter.composer.html_tree import Node

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BLOCK = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"(@media[^{@]*)\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}")
_PLAIN = re.compile(r"(?:[a-z][a-z0-9]*)?(?:\.[\w-]+)*", re.IGNORECASE)


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
