"""Boilerplate: what a blog adds to a post, such as sharing buttons and related posts."""

from __future__ import annotations

import re
from dataclasses import replace

from newsletter.reader.clean.blocks import Block
from newsletter.reader.clean.page import Page, is_same_page
from newsletter.reader.clean.walk import Attributes

_CLASSES = frozenset({
    "sharedaddy", "sd-sharing", "sd-sharing-enabled", "sd-like", "sd-block", "jp-relatedposts",
    "jp-post-flair", "wpl-likebox", "post-likes-widget-placeholder",
    "wp-block-jetpack-subscriptions", "jetpack_subscription_widget",
    "wp-block-jetpack-sharing-buttons", "wp-block-jetpack-like", "wp-block-jetpack-related-posts",
    "wp-block-social-links", "yarpp", "yarpp-related", "yarpp-related-rss", "feedflare", "wpcnt",
    "wordads-ad", "adsbygoogle", "a2a_kit", "addtoany_share_save_container", "essb_links",
    "mashsb-container", "heateor_sss_sharing_container", "ssba", "sociable", "shareaholic-canvas",
    "simplesocialbuttons", "social-share", "share-buttons", "sharing-buttons", "printfriendly",
    "screen-reader-text", "skip-link", "mc4wp-form", "wp-block-file__button",
    "wp-block-post-navigation-link", "wp-block-comments", "wp-block-latest-posts",
    "blogger-post-footer", "pvc_stats", "wp-block-jetpack-contact-form", "ez-toc-container",
    "lightbox-trigger", "tiktok-embed-placeholder",
})  # fmt: skip
_PREFIXES = ("addtoany_", "heateor_sss", "shareaholic", "wpl-like", "likes-widget", "essb_")
_IDS = frozenset({"jp-post-flair", "jp-relatedposts"})
_FIRST_APPEARED_ON = re.compile(
    r"^the post .{0,300}? (?:appeared first on|first appeared on) ", re.IGNORECASE | re.DOTALL
)
_FILED_UNDER = re.compile(r"^(?:filed under|posted in|tagged|tags|categories)\s*:", re.IGNORECASE)
_ARCHIVE_URL = re.compile(
    r"/(?:category|categories|tag|tags|kategorie|categorie|categoria|topics?)/|[?&](?:cat|tag)=",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"(?:share this|like this|teilen mit|gefällt mir|related|comparte esto|me gusta esto|"
    r"partager|loading)\s*[:.…]*",
    re.IGNORECASE,
)
_LABEL_LENGTH = 40
_SOURCE_LINE_LENGTH = 300
_CUT_MARKER = re.compile(r"\s*[\[(]\s*(?:…|\.\.\.)\s*[\])]((?:</\w+>)*)$")


def is_boilerplate(attributes: Attributes) -> bool:
    """Whether an element's class or id shows that it is no part of the post."""
    if attributes.get("id") in _IDS:
        return True
    classes = attributes.get("class")
    if not classes:
        return False
    names = classes.split()
    return not _CLASSES.isdisjoint(names) or any(name.startswith(_PREFIXES) for name in names)


def trim_boilerplate(blocks: list[Block], page: Page) -> tuple[list[Block], list[Block]]:
    """Return `blocks` without boilerplate at the end and rules at the start, and that end."""
    start, end = 0, len(blocks)
    while end and _is_boilerplate_block(blocks[end - 1], page):
        end -= 1
    while start < end and blocks[start].kind == "rule":
        start += 1
    own = blocks[start:end]
    if own and own[-1].kind == "text":
        own[-1] = replace_cut_marker(own[-1])
    return own, blocks[end:]


def replace_cut_marker(block: Block) -> Block:
    """Replace the "[…]" at the end of an automatic excerpt with an ellipsis."""
    if not _CUT_MARKER.search(block.html):
        return block
    return replace(
        block,
        html=_CUT_MARKER.sub(r"…\1", block.html),
        text=_CUT_MARKER.sub("…", block.text),
    )


def has_cut_marker(block: Block) -> bool:
    """Whether the text ends with the "[…]" of an automatic excerpt."""
    return bool(_CUT_MARKER.search(block.text))


def _is_boilerplate_block(block: Block, page: Page) -> bool:
    if block.kind == "rule":
        return True
    if block.kind == "heading":
        return bool(_LABELS.fullmatch(block.text))
    if block.kind != "text" or len(block.text) > _SOURCE_LINE_LENGTH:
        return False
    return (
        _is_source_line(block, page)
        or _is_category_line(block)
        or bool(_LABELS.fullmatch(block.text))
    )


def _is_source_line(block: Block, page: Page) -> bool:
    """Whether this is "The post … appeared first on …", which Yoast adds in many languages.

    Its two links are the post and the blog.
    """
    if _FIRST_APPEARED_ON.match(block.text):
        return True
    addresses = [address for address, _ in block.links]
    return (
        len(addresses) == 2  # noqa: PLR2004 - the post and the blog
        and is_same_page(addresses[0], page.url)
        and is_same_page(addresses[1], page.site_url)
    )


def _is_category_line(block: Block) -> bool:
    if not block.links or not all(_ARCHIVE_URL.search(address) for address, _ in block.links):
        return False
    label_length = len(block.text) - sum(len(text) for _, text in block.links)
    return bool(_FILED_UNDER.match(block.text)) or label_length <= _LABEL_LENGTH
