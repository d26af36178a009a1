"""Compare the words that a page shows with the words of our text part."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tests.meaning.rendering import Piece

# Scripts without spaces are compared by the character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]|[^\W_]+")
_UNSEEN = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The text part breaks words that are wider than a line.
_WIDE = 30


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the page, and the text it begins in."""

    word: str
    piece: Piece
    #: The parts of a word that runs through several texts, with these.
    parts: tuple[tuple[str, Piece], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The words of one post."""

    #: How many words the page shows.
    visible: int
    #: Those of them that our text has not.
    missing: tuple[Word, ...]
    #: The words of our text that stand on the page, but hidden.
    exposed: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Return the words of `text` in the form in which they are compared."""
    return _WORD.findall(unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold())


def compare(pieces: Sequence[Piece], ours: str, *, added: Iterable[str] = ()) -> Comparison:
    """Compare the page's texts with our text. `added` are texts that our text adds on purpose."""
    visible = list(_visible_words(pieces))
    own = words_of(ours)
    lacking = Counter(word.word for word in visible) - Counter(own)
    known, squeezed = frozenset(own), "".join(own)
    for word in visible:
        # "MC" and "2" where the page raises the 2, or a name wider than our lines.
        has_parts = word.parts and all(part in known for part, _ in word.parts)
        if has_parts or (len(word.word) > _WIDE and word.word in squeezed):
            del lacking[word.word]
    surplus = Counter(own) - Counter(word.word for word in visible)
    hidden = Counter(word for piece in pieces if not piece.visible for word in words_of(piece.text))
    for label in {part for text in added for part in words_of(text)}:
        del hidden[label]
    exposed = (surplus & hidden).elements()
    return Comparison(
        visible=len(visible),
        missing=tuple(_locate(visible, own, lacking)) if lacking else (),
        # Numbers and the letters after an apostrophe stand everywhere.
        exposed=tuple(word for word in exposed if len(word) > 1 and not word.isdecimal()),
    )


def _visible_words(pieces: Sequence[Piece]) -> Iterator[Word]:
    """Yield the visible words. A word may run through several texts: "re<b>port</b>s"."""
    text, starts = "", list[tuple[int, Piece]]()
    for piece in pieces:
        if piece.visible and piece.text:
            shown = unicodedata.normalize("NFKC", _UNSEEN.sub("", piece.text)).casefold()
            starts.append((len(text), piece))
            text += shown
    index = 0
    for match in _WORD.finditer(text):
        while index + 1 < len(starts) and starts[index + 1][0] <= match.start():
            index += 1
        parts = []
        for place, (start, piece) in enumerate(starts[index:], index):
            if start >= match.end():
                break
            end = starts[place + 1][0] if place + 1 < len(starts) else len(text)
            parts.append((text[max(start, match.start()) : min(end, match.end())], piece))
        yield Word(match[0], starts[index][1], tuple(parts) if len(parts) > 1 else ())


def _locate(visible: Sequence[Word], own: Sequence[str], lacking: Counter[str]) -> Iterator[Word]:
    """Yield the lacking words where they stand on the page: first those out of our order."""
    left = Counter(lacking)
    matcher = SequenceMatcher(None, [word.word for word in visible], own, autojunk=False)
    later: list[Word] = []
    for operation, start, end, _, _ in matcher.get_opcodes():
        for word in visible[start:end]:
            if operation in {"delete", "replace"} and left[word.word] > 0:
                left[word.word] -= 1
                yield word
            elif left[word.word] > 0:
                later.append(word)
    for word in later:
        if left[word.word] > 0:
            left[word.word] -= 1
            yield word
