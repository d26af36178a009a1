"""Rules for pictures: figures and their captions, covers, copies for lazy loading."""

from __future__ import annotations

import re
from dataclasses import replace

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.emoji import emoji
from newsletter.reader.clean.flow import Mark
from newsletter.reader.clean.galleries import caption
from newsletter.reader.clean.pictures import is_waiting, read_picture
from newsletter.reader.clean.walk import Attributes, Walk

_LOOSE = frozenset({"a", "b", "br", "cite", "em", "i", "span", "strong", "sub", "sup"})
_BACKGROUND = re.compile(
    r"background(?:-image)?:[^;]{0,200}?url\(\s*[\"']?([^\"')]{1,2000})", re.IGNORECASE
)
_SMALL = Mark("small", "<small>")


def figure(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A figure: its content, then loose words in it as the caption."""
    walk.flow.end_paragraph()
    for child in node.iter(include_text=True):
        loose = child.is_text_node or _is_loose(child)
        if loose and all(mark.tag != _SMALL.tag for mark in walk.flow.marks):
            walk.flow.marks.insert(0, _SMALL)
            walk.visit(child)
            del walk.flow.marks[0]
        else:
            walk.visit(child)
    walk.flow.end_paragraph()


def _is_loose(node: LexborNode) -> bool:
    return node.tag in _LOOSE and node.css_first("img, iframe, video, div, p") is None


def figure_caption(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A <figcaption> or a classic caption."""
    caption(walk, node)


def cover(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Gutenberg's cover: its background as a picture, then its words."""
    walk.flow.end_paragraph()
    found = _BACKGROUND.search(attributes.get("style") or "")
    if found:
        show_picture(walk, {"src": found[1]})
    walk.children(node)
    walk.flow.end_paragraph()


def image(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """An <img>: an emoji, a picture, or nothing (a counter, a placeholder)."""
    character = emoji(attributes)
    if character:
        walk.flow.text(character)
        return
    after = node.next
    if after is not None and after.tag == "noscript" and is_waiting(attributes):
        return  # its copy in the <noscript> is the one to show
    show_picture(walk, attributes)


def show_picture(walk: Walk, attributes: Attributes) -> None:
    """Writes the picture these attributes mean, if they mean one."""
    picture = read_picture(attributes, walk.page)
    if picture is None:
        return
    linked = any(mark.tag == "a" for mark in walk.flow.marks)
    if linked and not picture.alt:
        # A link needs words for those who cannot see the picture.
        picture = replace(picture, alt=walk.page.title[:120].strip() or "Picture")
    if picture.is_icon:
        walk.flow.icon(picture.html())
        return
    walk.pictures.append(picture.image())
    walk.flow.picture(picture.html(), picture.alt)


def fallback(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A <noscript>: its picture only if a script was to load the one before it."""
    before = node.prev
    while before is not None and before.is_text_node and not (before.text_content or "").strip():
        before = before.prev
    if before is not None and node.css_first("img"):
        earlier = before if before.tag == "img" else before.css_first("img")
        if earlier is not None and not is_waiting(earlier.attributes):
            return
    walk.children(node)
