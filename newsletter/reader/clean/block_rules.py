"""Rules for block elements: paragraphs, headings, quotations, lists, preformatted text."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.blocks import Block, blocks_text, cell_html, link_html, quote_block
from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import InlineTag, is_visible
from newsletter.reader.clean.page import bare_host
from newsletter.reader.clean.walk import Attributes, Walk

_TOP_LEVEL = 3  # h1 is the issue, h2 the title of the post
_LAST_LEVEL = 6
_STRONG = InlineTag("strong", "<strong>")


def write_block(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a paragraph, a <div> and such as a separate block."""
    walk.flow.end_paragraph()
    walk.walk_children(node)
    walk.flow.end_paragraph()


def write_heading(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a heading on its level below the post's title, without skipping levels."""
    walk.flow.end_paragraph()
    for block in walk.blocks_inside(node, line=True):
        if block.kind not in {"text", "caption"}:
            walk.flow.add_block(block)
        elif not _repeats_title(walk, block.text):
            tag = f"h{_heading_level(walk, int((node.tag or 'h6')[1]))}"
            walk.flow.add_block(replace(block, kind="heading", html=f"<{tag}>{block.html}</{tag}>"))


def _repeats_title(walk: Walk, text: str) -> bool:
    """Whether a heading at the start of the post repeats its title."""
    has_text = any(block.kind != "image" for block in walk.flow.blocks)
    return walk.flow is walk.top and not has_text and text.casefold() == walk.page.title.casefold()


def _heading_level(walk: Walk, level: int) -> int:
    while walk.levels and walk.levels[-1] >= level:
        walk.levels.pop()
    walk.levels.append(level)
    return min(_TOP_LEVEL - 1 + len(walk.levels), _LAST_LEVEL)


def write_quote(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a quotation. A source that only the `cite` attribute names becomes visible."""
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
    """Write a list, without items that have become empty."""
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
    links = tuple(link for item in items for block in item for link in block.links)
    text = "\n".join(blocks_text(item) for item in items)
    walk.flow.add_block(Block(kind="list", html=f"{opening}{html}</{tag}>", text=text, links=links))


def _is_start_number(start: str) -> bool:
    return start.isascii() and start.isdigit() and int(start[:6]) != 1


def write_term(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <dt> as a line in bold. The <dd> after it become paragraphs."""
    walk.flow.end_paragraph()
    walk.wrap(_STRONG, node)
    walk.flow.end_paragraph()


def write_preformatted(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <pre>, in which white space counts."""
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
    """Write a <hr>."""
    walk.flow.add_block(Block(kind="rule", html="<hr>"))


def write_summary(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write the summary of a <details> in bold. Its content stands open below."""
    write_term(walk, node, _attributes)


def read_form(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Drop a <form>. WordPress's password form makes the post protected."""
    del node
    is_password_form = "post-password-form" in (attributes.get("class") or "")
    if is_password_form or "action=postpass" in (attributes.get("action") or ""):
        walk.protected = True


def write_link_to_rest(walk: Walk) -> None:
    """Write a link to the rest of a post that is too long for a newsletter."""
    link = walk.page.web(walk.page.url)
    if link:
        for block in Card(link=link, label="The rest of this post is on the site").blocks():
            walk.flow.add_block(block)
