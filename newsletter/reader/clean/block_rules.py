"""Rules for blocks: headings, quotations, lists, figures and what Gutenberg makes."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.blocks import Block, anchor, cell_html, plain, quotation
from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.emoji import emoji
from newsletter.reader.clean.flow import Mark, shown
from newsletter.reader.clean.galleries import caption
from newsletter.reader.clean.page import bare_host
from newsletter.reader.clean.pictures import is_waiting, read_picture
from newsletter.reader.clean.walk import Attributes, Walk

_TOP_LEVEL = 3  # h1 is the issue, h2 the post's title
_LAST_LEVEL = 6
_BACKGROUND = re.compile(
    r"background(?:-image)?:[^;]{0,200}?url\(\s*[\"']?([^\"')]{1,2000})", re.IGNORECASE
)
_LOOSE = frozenset({"a", "b", "br", "cite", "em", "i", "span", "strong", "sub", "sup"})
_STRONG = Mark("strong", "<strong>")
_SMALL = Mark("small", "<small>")


def block(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A paragraph, a <div> and their like: what is inside stands by itself."""
    walk.flow.end_paragraph()
    walk.children(node)
    walk.flow.end_paragraph()


def heading(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A heading, on the level it has under the post's title; none is skipped."""
    walk.flow.end_paragraph()
    inside = walk.inside(node, line=True)
    for written in inside:
        if written.kind not in {"text", "caption"}:
            walk.flow.block(written)
        elif not _repeats_title(walk, written.text):
            tag = f"h{_level(walk, int((node.tag or 'h6')[1]))}"
            walk.flow.block(replace(written, kind="heading", html=f"<{tag}>{written.html}</{tag}>"))
        else:
            walk.flow.block(written)


def _repeats_title(walk: Walk, text: str) -> bool:
    """Whether a heading says the post's title again before anything else is said."""
    said = any(written.kind != "image" for written in walk.flow.blocks)
    return not said and text.casefold() == walk.page.title.casefold()


def _level(walk: Walk, level: int) -> int:
    while walk.levels and walk.levels[-1] >= level:
        walk.levels.pop()
    walk.levels.append(level)
    return min(_TOP_LEVEL - 1 + len(walk.levels), _LAST_LEVEL)


def quote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A quotation; a source that only the markup knows is made visible."""
    walk.flow.end_paragraph()
    inside = walk.inside(node)
    if not inside:
        return
    source = walk.page.web(attributes.get("cite"))
    if source and not node.css_first("cite, a[href]"):
        host = bare_host(source)
        html = f"<cite>{anchor(source, host)}</cite>"
        inside.append(Block(kind="caption", html=html, text=host, links=((source, host),)))
    walk.flow.block(quotation(inside))


def listing(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A list; items that lost all they held leave too."""
    walk.flow.end_paragraph()
    items: list[list[Block]] = []
    for child in node.iter(include_text=True):
        if child.is_element_node and child.tag == "li":
            items.append(walk.inside(child))
        elif child.is_element_node or shown(child.text_content or ""):
            items.append(walk.alone(child))
    items = [item for item in items if item]
    if not items:
        return
    tag = "ol" if node.tag == "ol" else "ul"
    start = attributes.get("start") or ""
    opening = f'<ol start="{int(start[:6])}">' if tag == "ol" and _counts(start) else f"<{tag}>"
    html = "".join(f"<li>{cell_html(item)}</li>" for item in items)
    links = tuple(link for item in items for written in item for link in written.links)
    text = "\n".join(plain(item) for item in items)
    walk.flow.block(Block(kind="list", html=f"{opening}{html}</{tag}>", text=text, links=links))


def _counts(start: str) -> bool:
    return start.isascii() and start.isdigit() and int(start[:6]) != 1


def definitions(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A <dt>: a line in bold; the <dd> that follow it are paragraphs."""
    walk.flow.end_paragraph()
    walk.marked(_STRONG, node)
    walk.flow.end_paragraph()


def preformatted(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Text whose spaces and lines count."""
    lines = [
        "\n" if inner.tag == "br" else inner.text_content or ""
        for inner in node.traverse(include_text=True)
        if inner.is_text_node or inner.tag == "br"
    ]
    text = "".join(lines).strip("\n\r").rstrip()
    if shown(text):
        html = f"<pre>{escape(text, quote=False)}</pre>"
        walk.flow.block(Block(kind="pre", html=html, text=text))


def rule(walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """A <hr>."""
    walk.flow.block(Block(kind="rule", html="<hr>"))


def figure(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A figure: its content, then loose words in it as the caption."""
    walk.flow.end_paragraph()
    for child in node.iter(include_text=True):
        if child.is_text_node or _is_loose(child):
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


def summary(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """The line of a <details> that is always seen; the rest stands open below it."""
    definitions(walk, node, _attributes)


def cover(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Gutenberg's cover: its background as a picture, then its words."""
    walk.flow.end_paragraph()
    found = _BACKGROUND.search(attributes.get("style") or "")
    if found:
        show_picture(walk, {"src": found[1]})
    block(walk, node, attributes)


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


def form(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A <form> leaves; WordPress's password form marks the post as protected."""
    del node
    password_form = "post-password-form" in (attributes.get("class") or "")
    if password_form or "action=postpass" in (attributes.get("action") or ""):
        walk.protected = True


def rest_on_the_site(walk: Walk) -> None:
    """Says where the rest is, when a post is too long for a newsletter."""
    link = walk.page.web(walk.page.url)
    for written in (
        Card(link=link, label="The rest of this post is on the site").blocks() if link else ()
    ):
        walk.flow.block(written)
