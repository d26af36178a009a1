"""The excerpt: what a reader sees of a post before deciding to read it.

The author's own words first; else the first sentences of the post. It survives
quotations and lead-ins: it never ends at "as Dr X says:".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from newsletter.reader.clean.blocks import Block
from newsletter.reader.clean.boilerplate import has_cut_marker
from newsletter.reader.clean.facts import has_only_facts

MOST_WORDS = 60
_ENOUGH_WORDS = 30
_MOST_CHARACTERS = 420
_OWN_WORDS = 80  # a hand-written excerpt a little longer than ours stays whole
_TITLE_WORDS = 6
_LEAST_QUOTED = 12
_NO_LETTERS = re.compile(r"[\W_]+")


def build_excerpt(blocks: list[Block], summary: list[Block]) -> str:
    """Plain text of about 60 words at most; "" only if the post has no words."""
    own = _author_excerpt(summary, blocks)
    if own and count_words(own) <= _OWN_WORDS:
        return _join_sentences([own])
    if own:
        return _ExcerptBuilder().take(summary) or cut_words(own, MOST_WORDS, _MOST_CHARACTERS)
    found = _ExcerptBuilder().take(blocks)
    if found:
        return found
    words = " ".join(block.text for block in blocks if block.kind not in {"image", "card"})
    words = words or " ".join(block.text for block in blocks if block.kind == "card")
    return _join_sentences([cut_words(" ".join(words.split()), MOST_WORDS, _MOST_CHARACTERS)])


def _author_excerpt(summary: list[Block], blocks: list[Block]) -> str:
    """The hand-written excerpt; "" if the summary is cut from the post by machine."""
    written = [block for block in summary if block.kind not in {"image", "card", "rule"}]
    if not written or has_cut_marker(written[-1]):
        return ""
    text = " ".join(" ".join(block.text for block in written).split())
    start = _letters(text)
    post = (block for block in blocks if block.kind != "image")
    paragraphs = (block for block in blocks if block.kind == "text")
    return "" if _begins_with(post, start) or _begins_with(paragraphs, start) else text


def _begins_with(blocks: Iterable[Block], start: str) -> bool:
    """Whether the text of `blocks` begins with the letters of `start`, or is all of it."""
    letters = ""
    for block in blocks:
        letters += _letters(block.text)
        if len(letters) >= len(start):
            break
    return letters.startswith(start)


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())


class _ExcerptBuilder:
    """The sentences taken so far."""

    def __init__(self) -> None:
        self._taken: list[str] = []
        self._words = 0

    def take(self, blocks: list[Block]) -> str:
        """The first sentences of `blocks`, "" if there is no paragraph among them."""
        for block in blocks:
            if self._is_done(block):
                break
            if block.kind == "text" and not _is_aside(block, self._taken):
                for sentence in split_sentences(block.text):
                    if not self._add(sentence):
                        return self._finish()
            elif block.kind in {"quote", "list", "pre"} and self._leads_in():
                self._quote(block)
                break
        return self._finish()

    def _is_done(self, block: Block) -> bool:
        if not self._taken or self._leads_in():
            return False
        return self._words >= _ENOUGH_WORDS or block.kind in {"heading", "quote", "list", "rule"}

    def _leads_in(self) -> bool:
        return bool(self._taken) and self._taken[-1].rstrip("”\"' ").endswith((":", "："))

    def _add(self, sentence: str) -> bool:
        count = count_words(sentence)
        room = MOST_WORDS - self._words
        fits = count <= room and self._length() + len(sentence) <= _MOST_CHARACTERS
        if not fits and self._taken:
            return False
        self._taken.append(sentence if fits else cut_words(sentence, room, _MOST_CHARACTERS))
        self._words += count
        return fits

    def _length(self) -> int:
        return sum(len(sentence) + 1 for sentence in self._taken)

    def _quote(self, block: Block) -> None:
        """What a lead-in leads to: a quotation's or a list's first words."""
        room = max(MOST_WORDS - self._words, 0)
        space = max(_MOST_CHARACTERS - self._length(), 0)
        if (room < _LEAST_QUOTED or space < _LEAST_QUOTED * 7) and len(self._taken) > 1:
            return
        room, space = max(room, _LEAST_QUOTED), max(space, _LEAST_QUOTED * 7)
        lines = [line for line in block.text.split("\n") if line.strip()]
        if block.kind == "list":
            self._taken.append(_cut_list(lines, room, space))
            return
        parts: list[str] = []
        for sentence in split_sentences(" ".join(lines)):
            count = count_words(" ".join((*parts, sentence)))
            if parts and count > room:
                break
            parts.append(sentence)
        quoted = cut_words(" ".join(parts).strip('“”"'), room, space)
        self._taken.append(f"“{quoted}”" if block.kind == "quote" else quoted)

    def _finish(self) -> str:
        return _join_sentences(self._taken)


def _cut_list(lines: list[str], room: int, space: int) -> str:
    taken: list[str] = []
    for line in lines:
        longer = "; ".join((*taken, " ".join(line.split())))
        if taken and (count_words(longer) > room or len(longer) > space):
            return "; ".join(taken) + "…"
        taken.append(" ".join(line.split()))
    return cut_words("; ".join(taken), room, space)


def _join_sentences(taken: list[str]) -> str:
    """The sentences as one text that does not end in a lead-in."""
    kept = list(taken)
    while len(kept) > 1 and kept[-1].endswith((":", "：")):
        kept.pop()
    text = " ".join(kept)
    return f"{text.rstrip(':： ')}…" if text.endswith((":", "：")) else text


def _is_aside(block: Block, taken: list[str]) -> bool:
    """A greeting, a sign-off, a made-up heading or a line of figures: not the story."""
    text = " ".join(block.text.split())
    words = count_words(text)
    if not any(letter.isalpha() for letter in text) or has_only_facts(block.text):
        return True
    if words <= _TITLE_WORDS + 2 and text.endswith(","):
        return True
    if "".join(text for _, text in block.links).replace(" ", "") == text.replace(" ", ""):
        return True
    return not taken and words <= _TITLE_WORDS and text[-1].isalnum()


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


def split_sentences(text: str) -> list[str]:
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
        words = words[: _grapheme_boundary(words, most_characters)]
        words = words.rsplit(" ", 1)[0]
    if words == text:
        return text
    return f"{words.rstrip(' ,;:.–—-(“‘')}…"


def _grapheme_boundary(text: str, place: int) -> int:
    while place > 1 and _joins_previous(text[place], text[place - 1]):
        place -= 1
    return place


def _joins_previous(character: str, before: str) -> bool:
    """Whether `character` is seen as one with the one before it."""
    return (
        character in _JOINERS
        or before == "\u200d"
        or ord(character) in _SKIN
        or (ord(character) in _FLAG and ord(before) in _FLAG)
        or unicodedata.combining(character) > 0
    )
