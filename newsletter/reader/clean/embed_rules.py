"""Rules for embeds: players, maps and posts of other sites become cards, or are dropped."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card, provider_card
from newsletter.reader.clean.flow import Block, collapse_whitespace, quote_block
from newsletter.reader.clean.pictures import read_picture
from newsletter.reader.clean.shortcodes import strip_shortcodes
from newsletter.reader.clean.urls import UrlPatterns, bare_host
from newsletter.reader.clean.walk import Attributes, Walk

# Iframes that show buttons, advertisements or nothing.
_BUTTONS = UrlPatterns(
    {
        "addthis.com": "",
        "addtoany.com": "",
        "amazon-adsystem.com": "",
        "disqus.com": "",
        "doubleclick.net": "",
        "facebook.com": r"/(?:v\d[\d.]*/)?plugins/(?:like|likebox|page|share_button|follow)\.php",
        "googlesyndication.com": "",
        "jetpack.wordpress.com": "",
        "platform.twitter.com": r"/widgets",
        "public-api.wordpress.com": "",
        "widgets.wp.com": "",
    }
)
_STRAVA_KINDS = {"activity": "activities", "route": "routes", "segment": "segments"}
_X_POST = {"twitter.com": r"/\w+/status\b", "x.com": r"/\w+/status\b"}
_REDDIT_POST = {"reddit.com": r"/r/"}
# Class: the pattern of the post's URL, and the label. The embed holds the text of the post.
_QUOTED = {
    "twitter-tweet": (UrlPatterns(_X_POST), "See the post on X"),
    "twitter-video": (UrlPatterns(_X_POST), "See the post on X"),
    "bluesky-embed": (UrlPatterns({"bsky.app": r"/profile/"}), "See the post on Bluesky"),
    "mastodon-embed": (UrlPatterns({"*": r"/@\w+"}), "See the post on Mastodon"),
    "reddit-embed-bq": (UrlPatterns(_REDDIT_POST), "See the post on Reddit"),
    "reddit-card": (UrlPatterns(_REDDIT_POST), "See the post on Reddit"),
}
# Class: the attribute with the post's URL, and the label. The embed holds no text.
_LINKED = {
    "instagram-media": ("data-instgrm-permalink", "See the post on Instagram"),
    "tiktok-embed": ("cite", "Watch the video on TikTok"),
    "text-post-media": ("data-text-post-permalink", "See the post on Threads"),
    "fb-post": ("data-href", "See the post on Facebook"),
    "fb-video": ("data-href", "See the video on Facebook"),
}
EMBED_CLASSES = frozenset({*_QUOTED, *_LINKED, "strava-embed-placeholder"})
_EMPTY_TITLE = re.compile(
    r"(?:youtube|vimeo|video|spotify|embed|iframe|instagram|alltrails|plot a route)[\w\s:]*",
    re.IGNORECASE,
)
# A player's name before the title of what it plays.
_TITLE_START = re.compile(
    r"(?:spotify embed|youtube video|embedded video|video)\s*:\s*", re.IGNORECASE
)


def write_iframe(walk: Walk, _node: LexborNode, attributes: Attributes) -> None:
    """Write an <iframe>: the card of a provider, a link to this post, or nothing for a button."""
    source = _address(attributes)
    if not source or _BUTTONS.matches(walk.page.web(source)) or _is_hidden(attributes):
        return
    title = _title(attributes)
    card = provider_card(source, title, walk.page) or _card_in_query(walk, source, title)
    card = card or _document_card(walk, source)
    write_card(walk, card or _card_of_page(walk, title))


def write_plugin(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write an <object> or <embed>: the card of a provider, else its content."""
    sources = [attributes.get("data"), attributes.get("src")]
    sources += [inner.attributes.get("value") for inner in node.css("param[name=movie]")[:1]]
    sources += [inner.attributes.get("src") for inner in node.css("embed")[:1]]
    for source in sources:
        card = provider_card(source, _title(attributes), walk.page) if source else None
        card = card or (_document_card(walk, source) if source else None)
        if card and not _is_linked_beside(walk, node, card.link):
            walk.leave_out(node)
            write_card(walk, card)
        if card:
            return
    is_empty = not node.text().strip() and node.css_first("img, a, iframe") is None
    if is_empty and any(walk.page.web(source) for source in sources):
        write_card(walk, _card_of_page(walk))
    walk.walk_children(node)


def _card_in_query(walk: Walk, source: str, title: str) -> Card | None:
    """Return the card of what a service such as Embedly shows in a frame of its own."""
    if "?" not in source:
        return None
    query = parse_qs(source[:5000].partition("?")[2])
    named = (query.get(name, [""])[0] for name in ("url", "src", "href"))
    cards = (provider_card(address, title, walk.page) for address in named if "://" in address)
    return next((card for card in cards if card), None)


def _document_card(walk: Walk, source: str) -> Card | None:
    document = walk.page.web(source)
    name = document.split("?", 1)[0].rsplit("/", 1)[-1]
    is_document = name.lower().endswith(".pdf")
    return Card(link=document, label=f"Read the document: {name}") if is_document else None


def _card_of_page(walk: Walk, title: str = "") -> Card | None:
    link = walk.page.web(walk.page.url)
    label = f"{title or 'Embedded content'}: view on the site"
    return Card(link=link, label=label) if link else None


def _is_linked_beside(walk: Walk, node: LexborNode, link: str) -> bool:
    """Whether the link after a document leads to it too, as in WordPress's file block."""
    beside = node.next
    if beside is not None and beside.is_text_node:
        beside = beside.next
    address = beside.attributes.get("href") if beside is not None and beside.tag == "a" else None
    return walk.page.web(address) == link


def write_media(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a <video> or <audio>: a link to the file, with the poster if it has one."""
    inner = (source.attributes.get("src") for source in node.css("source"))
    address = next((url for url in map(walk.page.web, (attributes.get("src"), *inner)) if url), "")
    address = address or walk.page.web(walk.page.url)
    if not address:
        return
    is_audio = "audio" in (node.tag or "")
    label = "Listen to the recording" if is_audio else "Watch the video"
    walk.leave_out(node)
    poster = {"src": attributes.get("poster"), "alt": "Video", "width": attributes.get("width")}
    picture = read_picture(poster, walk.page) if attributes.get("poster") else None
    write_card(walk, Card(link=address, label=label, picture=picture))


def write_quoted_post(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a post of another site: its text, if the embed has it, and a link to it."""
    classes = (attributes.get("class") or "").split()
    name = next(name for name in classes if name in EMBED_CLASSES)
    if name == "strava-embed-placeholder":
        write_card(walk, _strava_card(walk, attributes))
        return
    if name in _LINKED:
        attribute, label = _LINKED[name]
        link = _without_query(walk.page.web(attributes.get(attribute)) or _last_link(walk, node))
        _write_caption_of_post(walk, node, attributes)
        walk.leave_out(node)
        write_card(walk, Card(link=link, label=label) if link else None)
        return
    patterns, label = _QUOTED[name]
    if node.tag == "iframe":
        link = _without_query(walk.page.web(_address(attributes))).removesuffix("/embed")
        if patterns.matches(link):
            write_card(walk, Card(link=link, label=label))
        else:
            write_iframe(walk, node, attributes)
        return
    inside = walk.blocks_inside(node)
    if any(not _is_only_link(block, patterns) for block in inside):
        walk.flow.add_block(quote_block(inside))
    else:
        walk.leave_out(node)
    links = (walk.page.web(anchor.attributes.get("href")) for anchor in node.css("a[href]"))
    posts = [link for link in links if patterns.matches(link)]
    write_card(walk, Card(link=_without_query(posts[-1]), label=label) if posts else None)


def _is_only_link(block: Block, patterns: UrlPatterns) -> bool:
    """Whether a block is nothing but a link to the post, such as "View on Mastodon"."""
    words = "".join(text for link, text in block.links if patterns.matches(link))
    return words.split() == block.text.split()


def _write_caption_of_post(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write what the author of a post said, where the embed has it in paragraphs.

    The last paragraph of Instagram's is its own: "A post shared by …".
    """
    paragraphs = node.css("p")
    if "instagram-media" in (attributes.get("class") or "").split():
        paragraphs = paragraphs[:-1] if "data-instgrm-captioned" in attributes else []
    inside = [block for paragraph in paragraphs for block in walk.blocks_inside(paragraph)]
    if inside:
        walk.flow.add_block(quote_block(inside))


def merge_cards(blocks: list[Block]) -> list[Block]:
    """Leave out a card that follows another one of the same link, with its picture.

    An embed often holds a placeholder and a frame for one thing.
    """
    merged: list[Block] = []
    last_link = ""
    for block in blocks:
        link = block.links[0][0] if block.links and block.kind in {"card", "image"} else ""
        if link and link == last_link:
            continue
        last_link = link if block.kind == "card" else ""
        merged.append(block)
    return merged


def replace_bare_urls(blocks: list[Block], walk: Walk) -> list[Block]:
    """Replace paragraphs that are only the URL of a video, run or route with cards.

    WordPress embeds such a paragraph on the blog, but its feed often has only the URL.
    """
    replaced: list[Block] = []
    for block in blocks:
        is_url = block.kind == "text" and block.text.startswith("http") and " " not in block.text
        is_alone = all(text == block.text for _, text in block.links)
        card = provider_card(block.text, "", walk.page) if is_url and is_alone else None
        if card and card.picture:
            walk.pictures.append(card.picture.image())
        if card:
            walk.set_aside.append(block.text)
        replaced += card.blocks() if card else [block]
    return replaced


def write_card(walk: Walk, card: Card | None) -> None:
    """Write a card, with its picture among the post's pictures."""
    if card is None:
        return
    if card.picture:
        walk.pictures.append(card.picture.image())
    for block in card.blocks():
        walk.flow.add_block(block)


def _strava_card(walk: Walk, attributes: Attributes) -> Card | None:
    kind = _STRAVA_KINDS.get(attributes.get("data-embed-type") or "activity", "activities")
    number = attributes.get("data-embed-id") or ""
    return provider_card(f"https://www.strava.com/{kind}/{number}", "", walk.page)


def _address(attributes: Attributes) -> str:
    names = ("src", "data-src", "data-lazy-src", "data-litespeed-src")
    urls = (attributes.get(name) or "" for name in names)
    return next((url for url in urls if url and not url.startswith(("about:", "data:"))), "")


def _is_hidden(attributes: Attributes) -> bool:
    return any((attributes.get(name) or "").strip() in {"0", "1"} for name in ("width", "height"))


def _title(attributes: Attributes) -> str:
    title = collapse_whitespace(attributes.get("title") or "")[:120]
    title = _TITLE_START.sub("", title, count=1)
    return "" if _EMPTY_TITLE.fullmatch(title) else strip_shortcodes(title).strip()


def _last_link(walk: Walk, node: LexborNode) -> str:
    links = [walk.page.web(anchor.attributes.get("href")) for anchor in node.css("a[href]")]
    return next((link for link in reversed(links) if bare_host(link)), "")


def _without_query(url: str) -> str:
    return url.split("?", 1)[0]
