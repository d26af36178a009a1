"""Smileys and emoji that a blog sends as pictures, as characters.

WordPress replaces emoji by pictures from s.w.org for browsers without them, and old
smileys (":-)") by pictures of its own: wp-includes/formatting.php, `smilies_init`.
"""

from __future__ import annotations

import re

from newsletter.reader.clean.walk import Attributes

_SOURCE = re.compile(
    r"/emoji/|/twemoji/|/smilies/|twemoji|\bicon_\w+\.gif|/mrgreen\.png|/simple-smile\.png|/frownie\.png|/rolleyes\.png"
)
_CODES = re.compile(r"/([0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,9})\.(?:png|svg)")
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


def emoji(attributes: Attributes) -> str:
    """The character an <img> with these attributes stands for, or ""."""
    classes = (attributes.get("class") or "").split()
    source = attributes.get("src") or ""
    if "wp-smiley" not in classes and "emoji" not in classes and not _SOURCE.search(source):
        return ""
    alt = (attributes.get("alt") or "").strip()
    if alt:
        return _SMILEYS.get(alt, alt)
    codes = _CODES.search(source)
    try:
        return "".join(chr(int(code, 16)) for code in codes[1].split("-")) if codes else ""
    except ValueError:
        return ""
