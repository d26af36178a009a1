"""Plain text for one line: a subject, a title, the text of a link."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ELLIPSIS = "…"
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PICTOGRAPH = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_MODIFIER = "[\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTOGRAPH}{_MODIFIER}*(?:\u200d{_PICTOGRAPH}{_MODIFIER}*)*"
)
_STRAY_END = " ,;:–—-(/&"


def one_line(text: str) -> str:
    """`text` on one line: no control, direction-changing or invisible characters.

    Line ends and runs of white space become one space; the zero-width joiner stays,
    since emoji and several scripts are written with it.
    """
    if not text.isprintable():
        text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def shorten(text: str, limit: int, *, least: int = 0) -> str:
    """`text` in at most `limit` characters, cut at a word and marked with an ellipsis.

    Rather than to less than `least`, or a third, a word is cut. A script without spaces is
    cut between characters, never inside an emoji sequence or before a combining mark.
    """
    if len(text) <= limit:
        return text
    end = _whole_characters(text, limit - len(ELLIPSIS))
    cut = text[:end]
    if not text[end].isspace():
        word = cut.rfind(" ")
        cut = cut[:word] if word > max(limit // 3, least) else cut
    return cut.rstrip(_STRAY_END) + ELLIPSIS


def _whole_characters(text: str, end: int) -> int:
    """The place at or before `end` where no character seen as one is cut."""
    for emoji in _EMOJI.finditer(text):
        if emoji.start() < end < emoji.end():
            return emoji.start()
        if emoji.start() >= end:
            break
    while end > 0 and _joins(text[end]):
        end -= 1
    return end


def _joins(character: str) -> bool:
    return character == "\u200d" or unicodedata.category(character) in {"Mn", "Me", "Mc"}


def calm(text: str) -> str:
    """`text` with at most one emoji and none in front, as a subject should be.

    Screen readers speak an emoji's whole name, and Gmail shows the first 35 to 40
    characters only.
    """
    first = _EMOJI.match(text)
    while first:
        text = text[first.end() :].lstrip()
        first = _EMOJI.match(text)
    kept = _EMOJI.search(text)
    if kept is None:
        return text
    head, tail = text[: kept.end()], _EMOJI.sub("", text[kept.end() :])
    return " ".join(f"{head}{tail}".split())


def has_emoji(text: str) -> bool:
    """Whether there is a picture among the characters."""
    return _EMOJI.search(text) is not None


def direction(text: str) -> str:
    """Which way `text` runs: "rtl" or "ltr", by its first letter that has a direction."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def columns(text: str) -> int:
    """How many columns `text` takes in a fixed-width font; East Asian letters take two."""
    if text.isascii():
        return len(text)
    return sum(map(_column, text))


@lru_cache(maxsize=4096)
def _column(character: str) -> int:
    if _joins(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
