"""The excerpt of a post: the author's own, else the first sentences, in whole words.

An excerpt never ends in a lead-in such as "as Dr X says:". It goes on with the first words of
the quotation or list, or ends before the lead-in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from newsletter.reader.clean.boilerplate import has_cut_marker
from newsletter.reader.clean.facts import has_only_facts
from newsletter.reader.clean.flow import Block, source_words

MAX_WORDS = 60
_ENOUGH_WORDS = 30
_MAX_CHARACTERS = 420
# An author's excerpt that is only a little longer than ours is not cut.
_AUTHOR_WORDS = 80
_TITLE_WORDS = 6
_MIN_QUOTED_WORDS = 12
_NO_LETTERS = re.compile(r"[\W_]+")
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)|[。！？]+[」』”）]*")
_IDEOGRAPHS = re.compile(r"[\u3040-\u9fff]+")
# Japanese and Chinese have no space after a sentence.
_BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[。！？」』”）]) (?=[\u3000-\u9fff])")
_NOTE_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_OPENERS = "\"'“‘«(["
_ABBREVIATIONS = frozenset({
    "dr", "mr", "mrs", "ms", "prof", "st", "mt", "ft", "sr", "jr", "vs", "etc", "no", "nr",
    "approx", "ca", "cf", "eg", "ie", "e.g", "i.e", "a.m", "p.m", "u.s", "u.k", "bzw", "z.b",
    "d.h", "usw", "m", "mme",
})  # fmt: skip
_JOINERS = frozenset("\u200d\ufe0f\ufe0e\u20e3")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


def build_excerpt(blocks: list[Block], summary: list[Block]) -> str:
    """Return plain text of about 60 words at most, or "" for a post without words."""
    own = _author_excerpt(summary, blocks)
    if own and count_words(own) <= _AUTHOR_WORDS:
        return _join_sentences([own])
    if own:
        return _ExcerptBuilder().take(summary) or cut_words(own, MAX_WORDS, _MAX_CHARACTERS)
    excerpt = _ExcerptBuilder().take(blocks)
    if excerpt:
        return excerpt
    words = " ".join(block.text for block in blocks if block.kind not in {"image", "card"})
    words = words or " ".join(block.text for block in blocks if block.kind == "card")
    return _join_sentences([cut_words(" ".join(words.split()), MAX_WORDS, _MAX_CHARACTERS)])


def _author_excerpt(summary: list[Block], blocks: list[Block]) -> str:
    """Return the excerpt that the author wrote, or "" if the summary was cut from the post."""
    texts = [block for block in summary if block.kind not in {"image", "card", "rule"}]
    if not texts or has_cut_marker(texts[-1]):
        return ""
    text = " ".join(" ".join(block.text for block in texts).split())
    start = _letters(" ".join(source_words(block) for block in texts))
    post = (block for block in blocks if block.kind != "image")
    paragraphs = (block for block in blocks if block.kind == "text")
    return "" if _begins_with(post, start) or _begins_with(paragraphs, start) else text


def _begins_with(blocks: Iterable[Block], start: str) -> bool:
    """Whether the text of `blocks` begins with the letters in `start`."""
    letters = ""
    for block in blocks:
        letters += _letters(source_words(block))
        if len(letters) >= len(start):
            break
    return letters.startswith(start)


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())


class _ExcerptBuilder:
    """Collects sentences until the excerpt is long enough."""

    def __init__(self) -> None:
        self._taken: list[str] = []
        self._words = 0

    def take(self, blocks: list[Block]) -> str:
        """Return the first sentences of `blocks`, or "" if they contain no paragraph."""
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
        return (
            self._words >= _ENOUGH_WORDS
            or block.kind in {"heading", "quote", "list", "rule"}
            or _is_bold_line(block)
        )

    def _leads_in(self) -> bool:
        return bool(self._taken) and self._taken[-1].rstrip("”\"' ").endswith((":", "："))

    def _add(self, sentence: str) -> bool:
        count = count_words(sentence)
        room = MAX_WORDS - self._words
        fits = count <= room and self._length() + len(sentence) <= _MAX_CHARACTERS
        if not fits and self._taken:
            return False
        self._taken.append(sentence if fits else cut_words(sentence, room, _MAX_CHARACTERS))
        self._words += count
        return fits

    def _length(self) -> int:
        return sum(len(sentence) + 1 for sentence in self._taken)

    def _quote(self, block: Block) -> None:
        """Add the first words of the quotation or list after a lead-in."""
        room = max(MAX_WORDS - self._words, 0)
        space = max(_MAX_CHARACTERS - self._length(), 0)
        if (room < _MIN_QUOTED_WORDS or space < _MIN_QUOTED_WORDS * 7) and len(self._taken) > 1:
            return
        room, space = max(room, _MIN_QUOTED_WORDS), max(space, _MIN_QUOTED_WORDS * 7)
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
    items: list[str] = []
    for line in lines:
        longer = "; ".join((*items, " ".join(line.split())))
        if items and (count_words(longer) > room or len(longer) > space):
            return "; ".join(items) + "…"
        items.append(" ".join(line.split()))
    return cut_words("; ".join(items), room, space)


def _join_sentences(taken: list[str]) -> str:
    """Return the sentences as one text, without a lead-in at the end."""
    sentences = list(taken)
    while len(sentences) > 1 and sentences[-1].endswith((":", "：")):
        sentences.pop()
    text = _BETWEEN_IDEOGRAPHS.sub("", " ".join(sentences))
    return f"{text.rstrip(':： ')}…" if text.endswith((":", "：")) else text


def _is_aside(block: Block, taken: list[str]) -> bool:
    """Whether a paragraph is a greeting, a sign-off, a note, a heading or a line of figures."""
    text = " ".join(block.text.split())
    words = count_words(text)
    if block.html.startswith("<sup>"):
        return True  # a note
    if not any(letter.isalpha() for letter in text) or has_only_facts(block.text):
        return True
    if words <= _TITLE_WORDS + 2 and text.endswith(","):
        return True
    if "".join(text for _, text in block.links).replace(" ", "") == text.replace(" ", ""):
        return True
    return not taken and words <= _TITLE_WORDS and text.rstrip(_NOTE_MARKS)[-1:].isalnum()


def _is_bold_line(block: Block) -> bool:
    """Whether a paragraph is a short line in bold, which stands for a heading."""
    is_bold = block.html.startswith("<strong>") and block.html.endswith("</strong>")
    is_whole = is_bold and block.html.count("<strong>") == 1
    return is_whole and block.kind == "text" and count_words(block.text) <= _TITLE_WORDS + 2


def split_sentences(text: str) -> list[str]:
    """Split a paragraph into sentences. No text is lost, white space is collapsed."""
    parts: list[str] = []
    text = " ".join(text.split())
    start = 0
    for end in _END.finditer(text):
        if _is_sentence_end(text, start, end):
            parts.append(text[start : end.end()].strip())
            start = end.end()
    rest = text[start:].strip()
    return [*parts, rest] if rest else parts


def _is_sentence_end(text: str, start: int, end: re.Match[str]) -> bool:
    after = text[end.end() : end.end() + 3].lstrip().lstrip(_OPENERS)
    if after[:1].islower():
        return False
    if end[0] != ".":
        return True
    before = text[max(start, end.start() - 12) : end.start()].rsplit(" ", 1)[-1].lstrip(_OPENERS)
    is_initial = len(before) == 1 and before.isupper() and before != "I"
    return not is_initial and before.lower() not in _ABBREVIATIONS


def count_words(text: str) -> int:
    """Count words. Two ideographs or kana count as one word."""
    ideographs = 0 if text.isascii() else sum(len(run) for run in _IDEOGRAPHS.findall(text))
    return len(text.split()) + ideographs // 2


def cut_words(text: str, most_words: int, most_characters: int) -> str:
    """Cut `text` after a whole word, with an ellipsis, and never inside a grapheme."""
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
    """Whether `character` forms one grapheme with the character before it."""
    return (
        character in _JOINERS
        or before == "\u200d"
        or ord(character) in _SKIN_TONES
        or (ord(character) in _FLAG_LETTERS and ord(before) in _FLAG_LETTERS)
        or unicodedata.combining(character) > 0
    )
