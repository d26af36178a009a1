"""Rules for elements of other systems that stand for a player, a file or another page.

Ghost's cards hold a player's controls and another site's small pictures; a custom element
(<lite-youtube>, <amp-iframe>, <oembed>) holds its address in an attribute and no words at all.
"""

from __future__ import annotations

import json
import re

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.cards import Card, provider_card
from newsletter.reader.clean.embed_rules import write_card, write_media
from newsletter.reader.clean.flow import collapse_whitespace, is_visible
from newsletter.reader.clean.picture_rules import write_caption
from newsletter.reader.clean.urls import bare_host
from newsletter.reader.clean.walk import Attributes, Rule, Walk

_LABEL_LENGTH = 160
# What a custom element plays, by a word in its name: the URL of its id.
_BY_ID = {
    "youtube": "https://youtu.be/{}",
    "vimeo": "https://vimeo.com/{}",
    "instagram": "https://www.instagram.com/p/{}/",
    "dailymotion": "https://www.dailymotion.com/video/{}",
    "spotify": "https://open.spotify.com/{}",
    "strava": "https://www.strava.com/activities/{}",
    "twitter": "https://x.com/i/status/{}",
}
_ID_NAMES = (
    "videoid", "video-id", "data-videoid", "data-video-id", "data-video", "shortcode",
    "data-shortcode", "data-id", "activity-id", "data-activity-id", "data-tweetid", "tweet-id",
)  # fmt: skip
_ID = re.compile(r"[\w-]{1,40}")
# AMP's players whose address only their script knows.
_AMP_PLAYER = re.compile(
    r"amp-(?:facebook|soundcloud|tiktok|pinterest|reddit|imgur|gist|wistia-player|brightcove|"
    r"jwplayer|3q-player|kaltura-player|ooyala-player|vine|vk|twitter|instagram|embedly-card)"
)
_FRAME = re.compile(r"<iframe\b[^>]{0,500}?\ssrc=[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
_JSON_LENGTH = 20_000
_AMP_MEDIA = frozenset({"amp-video", "amp-audio"})
_FRAME_NAMES = ("src", "data-src", "url", "data-href")
# A player's title may be the name of its button.
_PLAY = re.compile(r"^(?:play|watch)(?: video)?\s*:\s*", re.IGNORECASE)
_TITLE_NAMES = ("playlabel", "videotitle", "data-title", "title", "aria-label")
_BOOKMARK_TITLE = ".kg-bookmark-title, .embedded-post-title, .embedded-publication-name"
_BOOKMARK_DESCRIPTION = (
    ".kg-bookmark-description, .embedded-post-body, .embedded-publication-hero-text"
)
#: The attributes of a plain element that may hold the address of its player.
ADDRESS_NAMES = (
    "data-attrs", "data-html", "data-oembed-url", "data-src", "data-url", "data-embed-url",
    "data-video-url", "data-lazy-src",
)  # fmt: skip


def write_custom_element(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write a custom element: the card of what it plays, else its content."""
    card = _player_card(walk, node, attributes)
    if card is None and node.tag in _AMP_MEDIA:
        write_media(walk, node, attributes)
        return
    if card:
        walk.leave_out(node)
        write_card(walk, card)
        return
    is_empty = not is_visible(node.text()) and node.css_first("img, iframe, a") is None
    addresses = (walk.page.web(attributes.get(name)) for name in _FRAME_NAMES)
    is_frame = bool(_AMP_PLAYER.fullmatch(node.tag or "")) or any(addresses)
    link = walk.page.web(walk.page.url)
    if is_empty and is_frame and link:
        write_card(walk, Card(link=link, label="Embedded content: view on the site"))
        return
    walk.walk_children(node)


def write_lazy_player(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write an element whose script was to load a player, if it holds nothing else."""
    has_content = is_visible(node.text()) or node.css_first("iframe, img, video, audio, noscript")
    card = None if has_content else _player_card(walk, node, attributes)
    if card:
        write_card(walk, card)
    else:
        walk.flow.end_paragraph()
        walk.walk_children(node)
        walk.flow.end_paragraph()


def write_audio_card(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write Ghost's audio card: one link to the recording, by its title."""
    audio = node.css_first("audio")
    address = walk.page.web(audio.attributes.get("src")) if audio else ""
    title = _words(node, ".kg-audio-title")
    label = f"Listen to the recording: {title}" if title else "Listen to the recording"
    _write_or_leave(walk, node, Card(link=address, label=label) if address else None)


def write_video_card(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write Ghost's video card: the video and its caption, without the controls."""
    walk.flow.end_paragraph()
    video = node.css_first("video")
    if video:
        write_media(walk, video, video.attributes)
    caption = node.css_first("figcaption")
    if caption:
        write_caption(walk, caption)


def write_bookmark_card(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write Ghost's or Substack's card of another page: one link by its title and description."""
    anchor = node.css_first("a[href]")
    address = walk.page.web(anchor.attributes.get("href")) if anchor else ""
    parts = (_words(node, _BOOKMARK_TITLE), _words(node, _BOOKMARK_DESCRIPTION))
    label = _shorten(" – ".join(part for part in parts if part) or address)
    _write_or_leave(walk, node, Card(link=address, label=label) if address else None)


def write_file_card(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write Ghost's file card: one link by the file's title, with its name and size."""
    anchor = node.css_first("a[href]")
    address = walk.page.web(anchor.attributes.get("href")) if anchor else ""
    title = _words(node, ".kg-file-card-title")
    caption = _words(node, ".kg-file-card-caption")
    parts = (_words(node, ".kg-file-card-filename"), _words(node, ".kg-file-card-filesize"))
    size = ", ".join(part for part in parts if part)
    name = " – ".join(part for part in (title, caption) if part)
    label = _shorten(f"{name} ({size})" if name and size else name or size or address)
    _write_or_leave(walk, node, Card(link=address, label=label) if address else None)


def write_embedded_page(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Write WordPress's embed of another WordPress's post: one link. Its frame adds nothing."""
    anchor = node.css_first("a[href]")
    if node.tag == "iframe" or anchor is None:
        return
    address = walk.page.web(anchor.attributes.get("href"))
    label = _shorten(collapse_whitespace(anchor.text()) or address)
    _write_or_leave(walk, node, Card(link=address, label=label) if address else None)


CLASS_RULES: dict[str, Rule] = {
    "kg-audio-card": write_audio_card,
    "kg-video-card": write_video_card,
    "kg-bookmark-card": write_bookmark_card,
    "kg-file-card": write_file_card,
    "embedded-post-wrap": write_bookmark_card,
    "embedded-publication-wrap": write_bookmark_card,
    "wp-embedded-content": write_embedded_page,
}


def _player_card(walk: Walk, node: LexborNode, attributes: Attributes) -> Card | None:
    """Return the card of a known provider for the address or id in an element's attributes."""
    titles = (collapse_whitespace(attributes.get(name) or "") for name in _TITLE_NAMES)
    title = _PLAY.sub("", next((title for title in titles if title), ""), count=1)[:_LABEL_LENGTH]
    frame = _FRAME.search(attributes.get("data-html") or "")
    for value in (*attributes.values(), frame[1] if frame else ""):
        if value and value.startswith(("http://", "https://", "//")):
            card = provider_card(value, title, walk.page)
            if card:
                return card
    if "embed" in (attributes.get("class") or "") and attributes.get("data-attrs"):
        return _substack_card(walk, attributes["data-attrs"] or "")
    name = f"{node.tag} {attributes.get('class') or ''}".lower()
    pattern = next((url for word, url in _BY_ID.items() if word in name), "")
    ids = (attributes.get(name) or "" for name in _ID_NAMES)
    number = next((value for value in ids if _ID.fullmatch(value)), "")
    return provider_card(pattern.format(number), title, walk.page) if pattern and number else None


def _substack_card(walk: Walk, described: str) -> Card | None:
    """Return the card of a post that Substack describes in JSON, for a script to show."""
    try:
        fields = json.loads(described[:_JSON_LENGTH])
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    words = {name: value for name, value in fields.items() if isinstance(value, str)}
    title = collapse_whitespace(words.get("title", ""))[:_LABEL_LENGTH]
    if _ID.fullmatch(words.get("instagram_id", "")):
        address = _BY_ID["instagram"].format(words["instagram_id"])
    else:
        address = walk.page.web(words.get("canonical_url") or words.get("url"))
    card = provider_card(address, "", walk.page)
    return card or (Card(link=address, label=title or bare_host(address)) if address else None)


def _write_or_leave(walk: Walk, node: LexborNode, card: Card | None) -> None:
    if card is None:
        walk.walk_children(node)
        return
    walk.flow.end_paragraph()
    write_card(walk, card)
    walk.leave_out(node)
    caption = node.css_first("figcaption")
    if caption:
        write_caption(walk, caption)


def _words(node: LexborNode, selector: str) -> str:
    element = node.css_first(selector)
    return collapse_whitespace(element.text(separator=" ")) if element else ""


def _shorten(text: str) -> str:
    if len(text) <= _LABEL_LENGTH:
        return text
    return f"{text[: _LABEL_LENGTH - 1].rsplit(' ', 1)[0].rstrip(' ,;:.–—-')}…"
