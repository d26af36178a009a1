"""Galleries: the first picture, and a link to the others on the blog."""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import Mark
from newsletter.reader.clean.pictures import Picture, is_waiting, read_picture
from newsletter.reader.clean.walk import Attributes, Walk

CLASSES = frozenset({
    "gallery", "wp-block-gallery", "blocks-gallery-grid", "tiled-gallery",
    "wp-block-jetpack-tiled-gallery", "wp-block-jetpack-slideshow", "jetpack-slideshow",
    "slideshow-window",
})  # fmt: skip
_CAPTION = "figcaption, .gallery-caption, .wp-caption-text, .blocks-gallery-item__caption"
_SMALL = Mark("small", "<small>")


def gallery(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A gallery of several pictures; one of a single picture is walked as it is."""
    found: dict[str, tuple[LexborNode, Picture]] = {}
    for image in node.css("img"):
        attributes = image.attributes
        picture = None if is_waiting(attributes) else read_picture(attributes, walk.page)
        if picture:
            found.setdefault(picture.url, (image, picture))
    link = walk.page.web(walk.page.url)
    if len(found) < 2 or not link:  # noqa: PLR2004 - several
        walk.children(node)
        return
    image, picture = next(iter(found.values()))
    walk.flow.end_paragraph()
    walk.pictures += [other.image() for _, other in found.values()]
    walk.flow.picture(picture.html(), picture.alt)
    _caption(walk, _item(image, node))
    more = len(found) - 1
    label = f"+{more} more photo{'s' if more > 1 else ''}"
    for block in Card(link=link, label=label).blocks():
        walk.flow.block(block)
    for child in node.iter():
        if child.tag == "figcaption":
            caption(walk, child)


def caption(walk: Walk, node: LexborNode) -> None:
    """The words under a picture, as one paragraph of small text."""
    walk.flow.end_paragraph()
    inside = walk.inside(node, _SMALL, line=True)
    for block in inside:
        walk.flow.block(replace(block, kind="caption") if block.kind == "text" else block)


def _caption(walk: Walk, item: LexborNode) -> None:
    found = item.css_first(_CAPTION)
    if found:
        caption(walk, found)


def _item(image: LexborNode, gallery_node: LexborNode) -> LexborNode:
    """The element of the gallery that holds `image` and its caption."""
    item = image
    while item.parent is not None and item.parent.mem_id != gallery_node.mem_id:
        item = item.parent
        if item.tag in {"figure", "li", "dl"}:
            break
    return item
