"""Rules for blocks: headings, quotations, lists, figures and what Gutenberg makes."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.blocks import Block, blocks_text, cell_html, link_html, quote_block
from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import InlineTag, is_visible
from newsletter.reader.clean.page import bare_host
from newsletter.reader.clean.walk import Attributes, Walk

_TOP_LEVEL = 3  # h1 is the issue, h2 the post's title
_LAST_LEVEL = 6
_STRONG = InlineTag("strong", "<strong>")


def write_block(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A paragraph, a <div> and their like: what is inside stands by itself."""
    walk.flow.end_paragraph()
    walk.walk_children(node)
    walk.flow.end_paragraph()


def write_heading(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A heading, on the level it has under the post's title; none is skipped."""
    walk.flow.end_paragraph()
    inside = walk.blocks_inside(node, line=True)
    for written in inside:
        if written.kind not in {"text", "caption"}:
            walk.flow.add_block(written)
        elif not _repeats_title(walk, written.text):
            tag = f"h{_heading_level(walk, int((node.tag or 'h6')[1]))}"
            walk.flow.add_block(
                replace(written, kind="heading", html=f"<{tag}>{written.html}</{tag}>")
            )


def _repeats_title(walk: Walk, text: str) -> bool:
    """Whether a heading says the post's title again before anything else is said."""
    said = any(written.kind != "image" for written in walk.flow.blocks)
    return walk.flow is walk.top and not said and text.casefold() == walk.page.title.casefold()


def _heading_level(walk: Walk, level: int) -> int:
    while walk.levels and walk.levels[-1] >= level:
        walk.levels.pop()
    walk.levels.append(level)
    return min(_TOP_LEVEL - 1 + len(walk.levels), _LAST_LEVEL)


def write_quote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A quotation; a source that only the markup knows is made visible."""
    walk.flow.end_paragraph()
    inside = walk.blocks_inside(node)
    if not inside:
        return
    source = walk.page.web(attributes.get("cite"))
    if source and not node.css_first("cite, a[href]"):
        host = bare_host(source)
        html = f"<cite>{link_html(source, host)}</cite>"
        inside.append(Block(kind="caption", html=html, text=host, links=((source, host),)))
    walk.flow.add_block(quote_block(inside))


def write_list(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A list; items that lost all they held leave too."""
    walk.flow.end_paragraph()
    items: list[list[Block]] = []
    for child in node.iter(include_text=True):
        if child.is_element_node and child.tag == "li":
            items.append(walk.blocks_inside(child))
        elif child.is_element_node or is_visible(child.text_content or ""):
            items.append(walk.blocks_of(child))
    items = [item for item in items if item]
    if not items:
        return
    tag = "ol" if node.tag == "ol" else "ul"
    start = attributes.get("start") or ""
    opening = (
        f'<ol start="{int(start[:6])}">' if tag == "ol" and _is_start_number(start) else f"<{tag}>"
    )
    html = "".join(f"<li>{cell_html(item)}</li>" for item in items)
    links = tuple(link for item in items for written in item for link in written.links)
    text = "\n".join(blocks_text(item) for item in items)
    walk.flow.add_block(Block(kind="list", html=f"{opening}{html}</{tag}>", text=text, links=links))


def _is_start_number(start: str) -> bool:
    return start.isascii() and start.isdigit() and int(start[:6]) != 1


def write_term(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """A <dt>: a line in bold; the <dd> that follow it are paragraphs."""
    walk.flow.end_paragraph()
    walk.wrap(_STRONG, node)
    walk.flow.end_paragraph()


def write_preformatted(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Text whose spaces and lines count."""
    lines = [
        "\n" if inner.tag == "br" else inner.text_content or ""
        for inner in node.traverse(include_text=True)
        if inner.is_text_node or inner.tag == "br"
    ]
    text = "".join(lines).strip("\n\r").rstrip()
    if is_visible(text):
        html = f"<pre>{escape(text, quote=False)}</pre>"
        walk.flow.add_block(Block(kind="pre", html=html, text=text))


def write_rule(walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """A <hr>."""
    walk.flow.add_block(Block(kind="rule", html="<hr>"))


def write_summary(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """The line of a <details> that is always seen; the rest stands open below it."""
    write_term(walk, node, _attributes)


def read_form(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """A <form> leaves; WordPress's password form marks the post as protected."""
    del node
    password_form = "post-password-form" in (attributes.get("class") or "")
    if password_form or "action=postpass" in (attributes.get("action") or ""):
        walk.protected = True


def write_link_to_rest(walk: Walk) -> None:
    """Says where the rest is, when a post is too long for a newsletter."""
    link = walk.page.web(walk.page.url)
    for written in (
        Card(link=link, label="The rest of this post is on the site").blocks() if link else ()
    ):
        walk.flow.add_block(written)
