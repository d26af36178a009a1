"""Say a part the newsletter's way: one person's voice or a club's, its spelling, its smileys.

Shipped parts are written in American English by one person. The author's own words are never
changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import rtoml

from newsletter.composer.greetings.book import Intro, Smileys, Voice
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import region_of
from newsletter.resources import templates

_WORDS = "words/english.toml"
_MILES = frozenset({"", "US", "GB"})
_CLUB: Mapping[str, str] = {
    "I'm": "we're",
    "I’m": "we’re",
    "I've": "we've",
    "I’ve": "we’ve",
    "I'll": "we'll",
    "I’ll": "we’ll",
    "I'd": "we'd",
    "I’d": "we’d",
    "I am": "we are",
    "am I": "are we",
    "I was": "we were",
    "I wasn't": "we weren't",
    "was I": "were we",
    "I": "we",
    "me": "us",
    "my": "our",
    "mine": "ours",
    "myself": "ourselves",
}
_PRONOUN = re.compile(
    r"(?<![\w’'])(I wasn't|I was|was I|I am|am I|I['’](?:m|ve|ll|d)|I|[Mm]yself|[Mm]ine|[Mm]y|"
    r"[Mm]e)(?![\w’'])"
)
_SENTENCE_END = re.compile(r"(?:^|[.!?:)“\"]\s*|[.!?]\s+)$")
_SMILEY = re.compile(r" ?(:\)|;\)|:D|<3)(?= |$)")
_EMOJI = {":)": "🙂", ";)": "😉", ":D": "😀", "<3": "❤️"}
_ENDS = (".", "!", "?", "…", ":")


def say(part: Intro, *, language: str, voice: Voice, smileys: Smileys) -> str:
    """Return the text of `part`, still with its placeholders."""
    text = part.text
    if not part.shipped or primary_language(part.language) != "en":
        return text
    if voice == "we":
        text = part.we or as_club(text)
    return with_smileys(as_spelled(text, language), smileys)


def as_club(text: str) -> str:
    """Return `text` in the first person plural."""

    def swap(match: re.Match[str]) -> str:
        word = match[0]
        plural = _CLUB.get(word) or _CLUB[word.lower()]
        begins = bool(_SENTENCE_END.search(text[: match.start()]))
        return plural[0].upper() + plural[1:] if begins or word[0] == "M" else plural

    return _PRONOUN.sub(swap, text)


def with_smileys(text: str, smileys: Smileys) -> str:
    """Return `text` with its smileys as text, as emoji, or without them.

    A sentence that ended in a smiley gets its full stop back.
    """
    if smileys == "text" or (":" not in text and ";" not in text and "<3" not in text):
        return text
    if smileys == "emoji":
        return _SMILEY.sub(lambda match: f" {_EMOJI[match[1]]}", text)

    def stop(match: re.Match[str]) -> str:
        return "" if text[: match.start()].endswith(_ENDS) else "."

    return _SMILEY.sub(stop, text).strip()


def as_spelled(text: str, language: str) -> str:
    """Return `text` in the spelling and the words of the region in `language`."""
    pattern, words = _variants(region_of(language))
    if pattern is None:
        return text
    return pattern.sub(lambda match: _like(match[0], words[match[0].lower()]), text)


def mile_words(language: str) -> dict[str, str]:
    """Return the unit that runners count in: miles or kilometres."""
    if region_of(language) in _MILES:
        return {"mile": "mile", "miles": "miles"}
    return {"mile": "kilometre", "miles": "kilometres"}


@lru_cache(maxsize=16)
def _variants(region: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """Return a pattern of the words that `region` writes otherwise, and how it does."""
    if region in {"", "US"}:
        return None, {}
    path = templates() / "intros" / _WORDS
    table = rtoml.loads(path.read_text("utf-8"))
    words = {
        word: variant
        for word, variants in table.items()
        if (variant := variants.get(region, variants.get("other", ""))) and variant != word
    }
    if not words:
        return None, {}
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w$])(?:{alternatives})(?!\w)", re.IGNORECASE), words


def _like(original: str, word: str) -> str:
    """Return `word` with the capitals of `original`."""
    if original.isupper() and len(original) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if original[:1].isupper() else word
