"""Sentences and words of plain text, and cutting between what a reader sees as one."""

from __future__ import annotations

import re
import unicodedata

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”）]*")
_DENSE = re.compile(r"[\u3040-\u9fff]+")
_OPENERS = "\"'“‘«(["
_ABBREVIATIONS = frozenset({
    "dr", "mr", "mrs", "ms", "prof", "st", "mt", "ft", "sr", "jr", "vs", "etc", "no", "nr",
    "approx", "ca", "cf", "eg", "ie", "e.g", "i.e", "a.m", "p.m", "u.s", "u.k", "bzw", "z.b",
    "d.h", "usw", "m", "mme",
})  # fmt: skip
_JOINERS = frozenset("\u200d\ufe0f\ufe0e\u20e3")
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG = range(0x1F1E6, 0x1F200)


def sentences(text: str) -> list[str]:
    """The sentences of one paragraph, none lost, white space collapsed."""
    found: list[str] = []
    text = " ".join(text.split())
    start = 0
    for end in _END.finditer(text):
        if _is_end(text, start, end):
            found.append(text[start : end.end()].strip())
            start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def _is_end(text: str, start: int, end: re.Match[str]) -> bool:
    after = text[end.end() : end.end() + 3].lstrip().lstrip(_OPENERS)
    if after[:1].islower():
        return False
    if end[0] != ".":
        return True
    before = text[max(start, end.start() - 12) : end.start()].rsplit(" ", 1)[-1].lstrip(_OPENERS)
    initial = len(before) == 1 and before.isupper() and before != "I"
    return not initial and before.lower() not in _ABBREVIATIONS


def count_words(text: str) -> int:
    """Words as a reader counts them; two ideographs count as one."""
    dense = 0 if text.isascii() else sum(len(run) for run in _DENSE.findall(text))
    return len(text.split()) + dense // 2


def cut_words(text: str, most_words: int, most_characters: int) -> str:
    """`text` cut after a whole word, with dots; a character is never cut in two."""
    words = " ".join(text.split()[:most_words])
    if len(words) > most_characters:
        words = words[: _safe_place(words, most_characters)]
        words = words.rsplit(" ", 1)[0]
    if words == text:
        return text
    return f"{words.rstrip(' ,;:.–—-(“‘')}…"


def _safe_place(text: str, place: int) -> int:
    while place > 1 and _belongs(text[place], text[place - 1]):
        place -= 1
    return place


def _belongs(character: str, before: str) -> bool:
    """Whether `character` is seen as one with the one before it."""
    return (
        character in _JOINERS
        or before == "\u200d"
        or ord(character) in _SKIN
        or (ord(character) in _FLAG and ord(before) in _FLAG)
        or unicodedata.combining(character) > 0
    )
