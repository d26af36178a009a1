"""Shortcodes that a blog left unresolved in its feed.

Only names on the list are taken for shortcodes, so that "[sic]" stays.
"""

from __future__ import annotations

import re

# Those whose argument is an address keep it: a card is made of it later.
_WITH_ADDRESS = re.compile(
    r"\[(?:youtube|vimeo|embed|instagram|spotify|soundcloud)[ =]+(?:url=)?[\"']?(https?://[^\s\]\"']+)[^\[\]]*\]"
)
_NAMES = (
    "audio|caption|contact-form|contact-field|crowdsignal|embed|et_pb_[a-z_]+|fusion_[a-z_]+|"
    "gallery|googlemaps|googleapps|gravityform|instagram|jetpack[a-z_-]*|mc4wp_form|ninja_form|"
    "playlist|polldaddy|portfolio|sharing|slideshow|soundcloud|spotify|strava|subscribe|"
    "subscription_form|toc|tiled_gallery|vc_[a-z_]+|video|videopress|vimeo|wpforms|wpvideo|youtube"
)
_NESTED = 5  # a shortcode within another one comes to light when that one is gone
_CAPTION = re.compile(r"\scaption=(?:\"([^\"\]]*)\"|'([^'\]]*)')")
_SHORTCODE = re.compile(rf"\[/?(?:{_NAMES})(?:[ =/][^\[\]]*)?\]")


def without_shortcodes(text: str) -> str:
    """`text` without shortcodes; the address in `[embed]` and its like stays."""
    if "[" not in text:
        return text
    text = _WITH_ADDRESS.sub(r" \1 ", text)
    for _ in range(_NESTED):
        text, removed = _SHORTCODE.subn(" ", text)
        if not removed:
            break
    return text


def captions_as_figures(html: str) -> str:
    """The source with each `[caption]…[/caption]` made a figure."""
    if "[/caption]" not in html:
        return html
    pieces = []
    place = 0
    while (start := html.find("[caption", place)) >= 0:
        inner = html.find("]", start) + 1
        end = html.find("[/caption]", inner)
        if not inner or end < 0:
            break
        named = _CAPTION.search(html, start, inner)
        words = f" {named[1] or named[2]}" if named else ""
        pieces += [html[place:start], "<figure>", html[inner:end], words, "</figure>"]
        place = end + len("[/caption]")
    return "".join((*pieces, html[place:]))
