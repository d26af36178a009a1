"""Boilerplate: what a blog adds to a post, such as sharing buttons and related posts."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.flow import Block
from newsletter.reader.clean.urls import Page, bare_host, is_same_page
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
    "mc4wp-form", "wp-block-file__button",
    "wp-block-post-navigation-link", "wp-block-comments", "wp-block-latest-posts",
    "blogger-post-footer", "pvc_stats", "wp-block-jetpack-contact-form", "ez-toc-container",
    "lightbox-trigger", "tiktok-embed-placeholder",
})  # fmt: skip
# Names that any blog might use, found in a class by their words: "my-share-buttons-row".
_SHAPES = re.compile(
    r"(?:^|[-_])(?:(?:social[-_]?)?shar(?:e|ing)[-_]?(?:buttons?|links?|bar|icons?|widget)|"
    r"social[-_]?(?:share|sharing|icons|panel)|total[-_]shares|related[-_]?(?:posts?|articles?|entries)|"
    r"(?:post|star)[-_]?ratings?|(?:post|page)[-_]?views?|view[-_]?counts?|"
    r"(?:subscri(?:be|ption)|newsletter|sign[-_]?up|mailing[-_]?list)[-_]?(?:form|widget|box|cta|card)|"
    r"(?:page[-_]?(?:links|navi|numbers)|pagination)|language[-_]?(?:switcher|selector)|table[-_]of[-_]contents|toc)(?:$|[-_])",
    re.IGNORECASE,
)
_NOT_ITSELF = ("has-", "no-", "with-", "without-")
# Drupal writes title, author, date and tags as fields around the body.
_DRUPAL_FIELD = re.compile(
    r"field-?-name-(?:title|uid|author|created|changed|comments?|links|"
    r"(?:field-)?(?:\w+-)?(?:tags?|categor(?:y|ies)|topics?|keywords))|node__(?:meta|submitted|links)"
)
_DRUPAL_LINKS = frozenset({"links", "inline"})
#: Boilerplate that is known by its shape is no longer than this, in characters.
_SHAPE_LENGTH = 700
# Lines that plugins write above or below a post.
_PLUGIN_LINE = re.compile(
    r"\W{0,3}[\d,.]{1,9} votes?, average: [\d.,]{1,5} out of \d{1,2}\W{0,3}|"
    r"[\d.,]{1,5} (?:from|out of|based on) [\d,.]{1,9} (?:votes?|ratings?|reviews?)|"
    r"(?:post |page )?views: [\d.,]{1,12}|(?:estimated )?reading time:? \d{1,3} min(?:ute)?s?\.?|"
    r"(?:[/\s|]{0,3}-?(?:\d{1,2}:)?0?0:00[/\s|]{0,3}){1,3}",
    re.IGNORECASE,
)
_PLUGIN_LINE_LENGTH = 60
# Signs that a page hangs on its headings and footnotes.
_PAGE_SIGNS = re.compile(r"[\s#¶§🔗⚓∞↩⤴↑⬆⏎↵^\ufe0e\ufe0f\u200b\xa0]*|[\s\d↩\ufe0e\ufe0f]+")
_ANCHOR_CLASS = re.compile(
    r"(?:^|[-_\s])(?:header-?(?:link|anchor)|heading-?(?:link|anchor)|anchor(?:js)?-?link|hash-link|"
    r"permalink|footnote-backref|reversefootnote|footnote-back|backlink|back-?to-?top)(?=$|[-_\s])",
    re.IGNORECASE,
)
_CALL_CLASS = re.compile(r"(?:^|[\s_-])(?:button|btn)(?=$|[\s_-])", re.IGNORECASE)
_CALL_ADDRESS = re.compile(r"[?&]action=share\b|/subscribe/?(?:[?#]|$)|#/portal/", re.IGNORECASE)
# Links that print the page or jump about in it.
_TOOL_CLASS = re.compile(
    r"(?:^|[-_\s])(?:print|jump)(?:[-_](?:to[-_]\w{1,20}|recipe|button|btn|link))?(?=\s|$)",
    re.IGNORECASE,
)
_TOOL_WORDS = re.compile(
    r"\W*(?:jump|skip|scroll|back|return) to (?:the )?"
    r"(?:recipe|video|comments?|content|instructions|top)\W*",
    re.IGNORECASE,
)
_TOOL_LENGTH = 40
_PREFIXES = (
    "subscription-widget",
    "wpml-ls",
    "kg-signup-card",
    "kk-star-ratings",
    "trp-language",
    "podcast-player-controls",
    "install-substack-app",
    "addtoany_",
    "heateor_sss",
    "shareaholic",
    "wpl-like",
    "likes-widget",
    "essb_",
)
_IDS = frozenset({"jp-post-flair", "jp-relatedposts", "TableOfContents"})
_FIRST_APPEARED_ON = re.compile(
    r"^the post .{0,300}? (?:appeared first on|first appeared on) ", re.IGNORECASE | re.DOTALL
)
_FIRST_ON_MEDIUM = re.compile(
    r".{0,300} was originally published in .{0,200} on medium, where people are continuing",
    re.IGNORECASE | re.DOTALL,
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
# It begins where a run of white space begins: from inside of one, each run would be read as often
# as it is long.
_CUT_MARKER = re.compile(r"(?<!\s)\s*[\[(]\s*(?:…|\.\.\.)\s*[\])]((?:</\w+>)*)$")


def is_boilerplate(attributes: Attributes, node: LexborNode | None = None) -> bool:
    """Whether an element's class or id shows that it is no part of the post.

    A name that is known only by its shape decides for a short element alone.
    """
    if attributes.get("id") in _IDS:
        return True
    classes = attributes.get("class")
    kind = _class_kind(classes) if classes else ""
    if kind == "shape":
        return node is None or len(node.text()) <= _SHAPE_LENGTH
    if kind == "call" and node is not None:
        return node.css_first('a[href*="action=share"], a[href*="/subscribe"]') is not None
    return bool(kind)


@lru_cache(maxsize=2048)
def _class_kind(classes: str) -> str:
    """Return how a class shows boilerplate: by its name, by its shape, as a call, or not ("")."""
    names = classes.split()
    if not _CLASSES.isdisjoint(names) or any(name.startswith(_PREFIXES) for name in names):
        return "name"
    if _DRUPAL_FIELD.search(classes[:500]) or set(names) >= _DRUPAL_LINKS:
        return "name"
    if "captioned-button-wrap" in names:
        return "call"
    own = (name[:80] for name in names[:20] if not name.startswith(_NOT_ITSELF))
    return "shape" if any(_SHAPES.search(name) for name in own) else ""


def is_page_sign(node: LexborNode, attributes: Attributes, raw: str, page: Page) -> bool:
    """Whether a link only moves about in its page: a heading's anchor, a footnote's way back."""
    if attributes.get("role") == "doc-backlink" or "data-footnote-backref" in attributes:
        return True
    before, sign, _ = raw.partition("#")
    if not sign or (before and before.rstrip("/") != page.url.rstrip("/")):
        return False
    text = node.text()
    drawing = node.css_first("svg")
    if drawing is not None and text.strip() == drawing.text().strip():
        text = ""
    signs = _PAGE_SIGNS.fullmatch(text[:40])
    is_picture = not text.strip() and node.css_first("img") is not None
    if signs and not text.strip().isdecimal() and not is_picture:
        return True
    return bool(_ANCHOR_CLASS.search(attributes.get("class") or "")) and _stands_beside_text(node)


def is_call(attributes: Attributes, address: str) -> bool:
    """Whether a link is a button of a platform that asks to subscribe or to share."""
    classes = attributes.get("class")
    return bool(classes and _CALL_CLASS.search(classes) and _CALL_ADDRESS.search(address))


def is_page_tool(node: LexborNode, attributes: Attributes, raw: str, page: Page) -> bool:
    """Whether a link prints the page or jumps to a part of it, as above a recipe."""
    classes = attributes.get("class")
    words = node.text().strip()
    if not words or len(words) > _TOOL_LENGTH:
        return False
    if raw.startswith("#") and _TOOL_WORDS.fullmatch(words):
        return True
    return bool(
        classes and _TOOL_CLASS.search(classes) and bare_host(page.web(raw)) in {"", page.host}
    )


def _stands_beside_text(node: LexborNode) -> bool:
    """Whether a text or element beside a link says something."""
    return any(
        beside is not None and bool(beside.text().strip()) for beside in (node.prev, node.next)
    )


def trim_boilerplate(blocks: list[Block], page: Page) -> tuple[list[Block], list[Block]]:
    """Return `blocks` without rules at the start and boilerplate, and that boilerplate.

    That is lines of plugins anywhere, and what the blog adds at the end.
    """
    lines = [
        block
        for block in blocks
        if len(block.text) <= _PLUGIN_LINE_LENGTH and _is_plugin_line(block)
    ]
    if lines:
        of_plugins = set(map(id, lines))
        blocks = [block for block in blocks if id(block) not in of_plugins]
    start, end = 0, len(blocks)
    while end and _is_boilerplate_block(blocks[end - 1], page):
        end -= 1
    while start < end and blocks[start].kind == "rule":
        start += 1
    own = blocks[start:end]
    if own and own[-1].kind == "text":
        own[-1] = replace_cut_marker(own[-1])
    return own, [*lines, *blocks[end:]]


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


def _is_plugin_line(block: Block) -> bool:
    return block.kind in {"text", "caption"} and bool(_PLUGIN_LINE.fullmatch(block.text))


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
    if _FIRST_APPEARED_ON.match(block.text) or _FIRST_ON_MEDIUM.match(block.text):
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
