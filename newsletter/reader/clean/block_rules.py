"""Rules for blocks: headings, quotations, lists, figures and what Gutenberg makes."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.blocks import Block, anchor, cell_html, plain, quotation
from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import Mark, shown
from newsletter.reader.clean.page import bare_host
from newsletter.reader.clean.walk import Attributes, Walk

_TOP_LEVEL = 3  # h1 is the issue, h2 the post's title
_LAST_LEVEL = 6
_STRONG = Mark("strong", "<strong>")


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


def _repeats_title(walk: Walk, text: str) -> bool:
    """Whether a heading says the post's title again before anything else is said."""
    said = any(written.kind != "image" for written in walk.flow.blocks)
    return walk.flow is walk.top and not said and text.casefold() == walk.page.title.casefold()


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


def summary(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """The line of a <details> that is always seen; the rest stands open below it."""
    definitions(walk, node, _attributes)


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
