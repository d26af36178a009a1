"""Rules for pictures: figures, captions, galleries, covers, emoji, lazy loading."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import Literal

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card
from newsletter.reader.clean.flow import ROW_GAP, ROW_WIDTH, InlineTag, collapse_whitespace
from newsletter.reader.clean.picture_size import stated_size
from newsletter.reader.clean.pictures import Picture, is_lazy_placeholder, read_picture
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.urls import path_segments
from newsletter.reader.clean.walk import Attributes, Walk

_INLINE_TAGS = frozenset({"a", "b", "br", "cite", "em", "i", "span", "strong", "sub", "sup"})
_BACKGROUND_IMAGE = re.compile(
    r"background(?:-image)?:[^;]{0,200}?url\(\s*[\"']?([^\"')]{1,2000})", re.IGNORECASE
)
_SMALL = InlineTag("small", "<small>")
GALLERY_CLASSES = frozenset({
    "gallery", "wp-block-gallery", "blocks-gallery-grid", "tiled-gallery",
    "wp-block-jetpack-tiled-gallery", "wp-block-jetpack-slideshow", "jetpack-slideshow",
    "slideshow-window", "kg-gallery-card", "sqs-gallery", "image-gallery-embed", "foogallery",
    "envira-gallery-wrap", "ngg-galleryoverview", "wp-block-coblocks-gallery-masonry",
    "npf_row",
})  # fmt: skip
# More pictures make a message slow to load.
_GALLERY_SHOWN = 6
_HALF_WIDTH = (ROW_WIDTH - ROW_GAP) // 2
_LEAST_WIDTH = 160
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp)(?:\?|$)", re.IGNORECASE)
_ITEM_CAPTION = "figcaption, .gallery-caption, .wp-caption-text, .blocks-gallery-item__caption"
_EMOJI_FOLDERS = frozenset({"emoji", "smilies", "twemoji"})
# WordPress's smileys (wp-includes/images/smilies).
_SMILEY_FILE = re.compile(
    r"(?:icon_(?:arrow|biggrin|confused|cool|cry|eek|evil|exclaim|idea|lol|mad|mrgreen|neutral|"
    r"question|razz|redface|rolleyes|sad|smile|surprised|twisted|wink)|mrgreen|simple-smile|"
    r"frownie|rolleyes)\.(?:gif|png)"
)
_EMOJI_CODES = re.compile(r"/([0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,9})\.(?:png|svg)")
# WordPress.com's "latex", MediaWiki's "mwe-math-fallback-image-inline".
_FORMULA_CLASS = re.compile(r"(?:^|\s)(?:(?:ql-img-)?latex|tex|mwe-math-[\w-]{1,40})(?=\s|$)")
_FORMULA_URL = re.compile(r"/latex\.php\?|latex\.codecogs\.com/|/cgi-bin/math?tex|[?&]cht=tx&")
_TEX_STYLE = re.compile(r"\{\\(?:displaystyle|textstyle) ")
_SMILEYS = {
    ":)": "🙂", ":-)": "🙂", ":smile:": "🙂", ":(": "🙁", ":-(": "🙁", ":sad:": "🙁",
    ";)": "😉", ";-)": "😉", ":wink:": "😉", ":D": "😀", ":-D": "😀", ":grin:": "😀",
    ":P": "😛", ":-P": "😛", ":razz:": "😛", ":o": "😮", ":-o": "😮", ":eek:": "😮",
    ":x": "😡", ":-x": "😡", ":mad:": "😡", ":|": "😐", ":-|": "😐", ":neutral:": "😐",
    ":?": "😕", ":-?": "😕", ":???:": "😕", "8)": "😎", "8-)": "😎", ":cool:": "😎",
    "8O": "😯", "8-O": "😯", ":shock:": "😯", ":lol:": "😆", ":oops:": "😳", ":cry:": "😥",
    ":evil:": "👿", ":twisted:": "😈", ":roll:": "🙄", ":mrgreen:": "😁", ":idea:": "💡",
    ":arrow:": "➡", ":!:": "❗", ":?:": "❓", "<3": "❤",
}  # fmt: skip


def write_figure(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a figure. Loose text in it becomes its caption."""
    walk.flow.end_paragraph()
    for child in node.iter(include_text=True):
        is_caption = child.is_text_node or _is_loose_text(child)
        if is_caption and all(tag.name != _SMALL.name for tag in walk.flow.inline_tags):
            walk.flow.inline_tags.insert(0, _SMALL)
            walk.visit(child)
            del walk.flow.inline_tags[0]
        else:
            walk.visit(child)
    walk.flow.end_paragraph()


def _is_loose_text(node: LexborNode) -> bool:
    return node.tag in _INLINE_TAGS and node.css_first("img, iframe, video, div, p") is None


def write_figure_caption(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <figcaption> or the caption of a classic `[caption]`."""
    write_caption(walk, node)


def write_cover(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write Gutenberg's cover block: its background as a picture, then its text."""
    walk.flow.end_paragraph()
    background = _BACKGROUND_IMAGE.search(attributes.get("style") or "")
    if background:
        write_picture(walk, {"src": background[1]})
    walk.walk_children(node)
    walk.flow.end_paragraph()


def write_image(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write an <img>: an emoji, a picture, or nothing (a tracking pixel, a placeholder)."""
    character = emoji_character(attributes)
    if character:
        walk.flow.add_text(character)
        return
    formula = formula_of_picture(attributes)
    if formula:
        walk.flow.add_text(formula)
        return
    after = node.next
    if after is not None and after.tag == "noscript" and is_lazy_placeholder(attributes):
        return  # the copy in the <noscript> has the URL of the file
    write_picture(walk, attributes, node)


def write_picture(walk: Walk, attributes: Attributes, node: LexborNode | None = None) -> None:
    """Write the picture that these attributes describe, if they describe one."""
    picture = read_picture(attributes, walk.page)
    if picture is None:
        return
    is_linked = walk.is_in("a")
    if picture.is_icon and node is not None:
        if _is_said_beside(node, picture.alt):
            picture = replace(picture, alt="")
        is_linked = is_linked and not _is_beside_link_text(node)
    own_alt = picture.alt
    if is_linked and not own_alt:
        # A link needs a text for readers who do not see the picture.
        picture = replace(picture, alt=walk.page.title[:120].strip() or "Picture")
    if picture.is_icon:
        walk.flow.add_icon(picture.html(), own_alt)
        return
    if walk.flow.ends_with_picture(f'src="{escape(picture.url)}"'):
        return  # the same once more, as scripts for lazy pictures leave it
    walk.pictures.append(picture.image())
    walk.flow.add_picture(picture.html(), picture.alt, picture.width)


def _is_said_beside(icon: LexborNode, alt: str) -> bool:
    """Whether the text before or after an icon says the same, so that it would be said twice."""
    before, after = icon.prev, icon.next
    words = alt.casefold()
    if not words:
        return False
    if after is not None and after.is_text_node:
        text = collapse_whitespace(after.text_content or "").casefold()
        if text.startswith(words) and not text[len(words) : len(words) + 1].isalnum():
            return True
    if before is None or not before.is_text_node:
        return False
    text = collapse_whitespace(before.text_content or "").casefold()
    return text.endswith(words) and not text[: -len(words) or None][-1:].isalnum()


def _is_beside_link_text(icon: LexborNode) -> bool:
    """Whether the link around an icon has words too."""
    parent = icon.parent
    while parent is not None and parent.tag not in {"a", "body"}:
        parent = parent.parent
    return parent is not None and parent.tag == "a" and bool(parent.text().strip())


def write_noscript(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a <noscript>, unless it is the copy of the picture before or after it."""
    own = node.css_first("img")
    if own is not None:
        before, after = _picture_beside(node, "prev"), _picture_beside(node, "next")
        if before is not None and not is_lazy_placeholder(before.attributes):
            return
        if after is not None and _file(walk, after) == _file(walk, own) != "":
            return
    walk.walk_children(node)


def _picture_beside(node: LexborNode, side: Literal["prev", "next"]) -> LexborNode | None:
    """Return the <img> that a node's neighbour is or contains. White space is no neighbour."""
    beside = getattr(node, side)
    if beside is not None and beside.is_text_node and not (beside.text_content or "").strip():
        beside = getattr(beside, side)
    if beside is None or beside.is_text_node or beside.tag == "img":
        return beside if beside is not None and beside.tag == "img" else None
    image: LexborNode | None = beside.css_first("img")
    return image


def _file(walk: Walk, image: LexborNode) -> str:
    """Return the URL of a picture's file without its query, "" for a placeholder."""
    attributes = image.attributes
    picture = None if is_lazy_placeholder(attributes) else read_picture(attributes, walk.page)
    return picture.url.partition("?")[0] if picture else ""


def write_gallery(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write a gallery as rows of two pictures, and link to its further ones on the site.

    A picture with a caption has a row of its own, and so has the first of an odd number. A gallery
    of a single picture is written as that picture.
    """
    pictures: dict[str, tuple[LexborNode, Picture]] = {}
    for image in node.css("img"):
        picture = _gallery_picture(walk, image)
        if picture:
            pictures.setdefault(picture.url, (image, picture))
    if len(pictures) < 2:  # noqa: PLR2004 - several
        walk.walk_children(node)
        return
    link = walk.page.web(walk.page.url)
    listed = list(pictures.values())
    gallery = listed[:_GALLERY_SHOWN] if link else listed
    walk.flow.end_paragraph()
    walk.pictures += [picture.image() for _, picture in listed]
    row: list[Picture] = []
    for image, picture in gallery:
        caption = _gallery_item(image, node).css_first(_ITEM_CAPTION)
        if caption is None:
            row.append(picture)
            continue
        _write_rows(walk, row)
        row = []
        walk.flow.add_picture(picture.html(), picture.alt)
        write_caption(walk, caption)
    _write_rows(walk, row)
    others = len(listed) - len(gallery)
    if others:
        label = f"+{others} more photo{'s' if others > 1 else ''}"
        for block in Card(link=link, label=label).blocks():
            walk.flow.add_block(block)
    for child in node.iter():
        if child.tag == "figcaption":
            write_caption(walk, child)


def _write_rows(walk: Walk, pictures: list[Picture]) -> None:
    """Write pictures two by two, the first of an odd number in the full width."""
    alone = len(pictures) % 2
    for picture in pictures[:alone]:
        walk.flow.add_picture(picture.html(), picture.alt)
        walk.flow.end_paragraph()
    for left, right in zip(pictures[alone::2], pictures[alone + 1 :: 2], strict=True):
        width = _left_width(left, right)
        for picture in (left.at_width(width), right.at_width(2 * _HALF_WIDTH - width)):
            walk.flow.add_picture(picture.html(), picture.alt, picture.width)
        walk.flow.end_paragraph()


def _left_width(left: Picture, right: Picture) -> int:
    """Return the width of the left picture with which both are equally high, if that is known."""
    if not (left.height and right.height):
        return _HALF_WIDTH
    share = left.width / left.height
    width = round(2 * _HALF_WIDTH * share / (share + right.width / right.height))
    return min(max(width, _LEAST_WIDTH), 2 * _HALF_WIDTH - _LEAST_WIDTH)


def _gallery_picture(walk: Walk, image: LexborNode) -> Picture | None:
    """Return the picture of a gallery's <img>: the file behind a thumbnail where it is named."""
    attributes, around = image.attributes, image.parent
    if concealment(attributes) or (around is not None and concealment(around.attributes)):
        return None
    picture = None if is_lazy_placeholder(attributes) else read_picture(attributes, walk.page)
    if picture is None or not 0 < picture.width < _HALF_WIDTH:
        return picture
    named = [
        attributes.get(name) for name in ("data-large-file", "data-full-url", "data-orig-file")
    ]
    named.append(around.attributes.get("href") if around is not None else None)
    for address in named:
        if address and _PICTURE_FILE.search(address) and walk.page.web(address):
            return replace(picture, url=walk.page.web(address), width=0, height=0)
    return picture


def write_caption(walk: Walk, node: LexborNode) -> None:
    """Write the caption of a picture as one paragraph of small text."""
    walk.flow.end_paragraph()
    if concealment(node.attributes):
        walk.leave_out(node)
        return
    inside = walk.blocks_inside(node, _SMALL, line=True)
    for block in inside:
        walk.flow.add_block(replace(block, kind="caption") if block.kind == "text" else block)


def _gallery_item(image: LexborNode, gallery_node: LexborNode) -> LexborNode:
    """Return the element of the gallery that contains `image` and its caption."""
    item = image
    while item.parent is not None and item.parent.mem_id != gallery_node.mem_id:
        item = item.parent
        if item.tag in {"figure", "li", "dl"}:
            break
    return item


def formula_of_picture(attributes: Attributes) -> str:
    """Return the formula, in TeX, that a picture without a stated size shows in a line, or ""."""
    alt = (attributes.get("alt") or "").strip()
    size = stated_size(attributes)
    if not alt or size.width or size.height:
        return ""
    is_formula = _FORMULA_CLASS.search(attributes.get("class") or "") or _FORMULA_URL.search(
        (attributes.get("src") or "")[:300]
    )
    return _without_style(alt) if is_formula else ""


def _without_style(formula: str) -> str:
    opening, end = _TEX_STYLE.search(formula), formula.rfind("}")
    if opening is None or end <= opening.end():
        return formula
    return formula[: opening.start()] + formula[opening.end() : end] + formula[end + 1 :]


def emoji_character(attributes: Attributes) -> str:
    """Return the character that an <img> with these attributes stands for, or "".

    WordPress replaces emoji by pictures from s.w.org for browsers without them, and smileys
    (":-)") by pictures of its own (wp-includes/formatting.php, `smilies_init`).
    """
    classes = (attributes.get("class") or "").split()
    source = attributes.get("src") or ""
    if "wp-smiley" not in classes and "emoji" not in classes and not _is_emoji_url(source):
        return ""
    alt = (attributes.get("alt") or "").strip()
    if alt:
        return _SMILEYS.get(alt, alt)
    codes = _EMOJI_CODES.search(source)
    try:
        return "".join(chr(int(code, 16)) for code in codes[1].split("-")) if codes else ""
    except ValueError:
        return ""


def _is_emoji_url(source: str) -> bool:
    *folders, name = path_segments(source) or [""]
    return (
        not _EMOJI_FOLDERS.isdisjoint(folders)
        or any(folder.startswith("twemoji@") for folder in folders)
        or bool(_SMILEY_FILE.fullmatch(name))
    )
