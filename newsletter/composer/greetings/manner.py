"""The manner of a text: its shape, and what it jokes about.

Two issues in a row never share a shape, and a subject rests a few issues, so that readers do
not see the same joke machine at work every week.
"""

from __future__ import annotations

import re

from newsletter.composer.greetings.book import Intro

#: Most words in a last sentence that is a tag ("Laminate it.").
TAG_WORDS = 4
_SENTENCE = re.compile(r"[^.!?]+(?:[.!?]+|$)")
_SMILEY = re.compile(r"(?<!\s)\s*(?::\)|;\)|:D|<3)")
_DATES = re.compile(r"\$(?:week|month|next_month)\b", re.IGNORECASE)
_WORDS = re.compile(r"[\w$'’]+")
#: What one greeting says once.
_ONCE = re.compile(
    r"\b(?:congratulations|well done|best of luck|thank you|notebooks|grateful|goosebumps|awesome|"
    r"carb-loading|i hope you)\b",
    re.IGNORECASE,
)
_RUN = 3
_TRIAD = re.compile(
    r"\b[\w’'-]+(?: [\w’'-]+){0,5}, (?:[\w’'-]+ ){0,5}[\w’'-]+,? (?:and|or) (?:[\w’'-]+)"
)
#: What a text may be about, by words that give it away.
_SUBJECTS: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "food": r"toast|soup|pancakes?|cookies?|cake|breakfast|coffee|snacks?|pie|bagels?|"
        r"bananas?|pizza|tea|bakery|dinner|lunch|eat|eating|chocolate|sandwich(?:es)?",
        "hips": r"hips?|glutes?|clamshells?|bridges on|stretch(?:es|ing)?|foam roller|rollers?",
        "shoes": r"shoes?|laces?|socks?|sneakers",
        "watch": r"watch|gps|pace|splits?|strava|spreadsheet|log",
        "sofa": r"sofa|couch|rug|nap",
        "dog": r"dogs?|cats?|squirrels?|geese|goose|birds?",
        "gloves": r"gloves?|mittens?|hats?|layers?|jackets?|sleeves",
        "weekday": r"monday|alarm|snooze|bed",
        "excuse": r"excuses?|reason",
        "hill": r"hills?|stairs?",
    }.items()
}


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without smileys."""
    plain = _SMILEY.sub("", text)
    return [sentence.strip() for sentence in _SENTENCE.findall(plain) if sentence.strip()]


def is_tag(text: str) -> bool:
    """Whether a text of several sentences ends in one of a few words."""
    parts = sentences(text)
    return len(parts) > 1 and len(parts[-1].split()) <= TAG_WORDS


def is_triad(text: str) -> bool:
    """Whether a text lists three things, or ends in three short sentences."""
    if _TRIAD.search(text):
        return True
    parts = sentences(text)
    return len(parts) > 2 and all(len(part.split()) <= TAG_WORDS for part in parts[-3:])  # noqa: PLR2004  # three


def shape_of(part: Intro) -> str:
    """Return the shape of a part: how it is built, or what kind of plain thought it is."""
    if part.shape and part.shape != "plain":
        return part.shape
    if not part.shape:
        if "?" in part.text:
            return "question"
        if is_triad(part.text):
            return "triad"
        if is_tag(part.text):
            return "tag"
        if "(" in part.text:
            return "aside"
        if ":" in _SMILEY.sub("", part.text):
            return "colon"
    return part.kind or "plain"


def read_well(text: str, other: str) -> bool:
    """Whether two parts read well in one greeting.

    Not if both ask something, both name the week or the month, or one echoes the other's words.
    """
    if {word.lower() for word in _ONCE.findall(text)} & {w.lower() for w in _ONCE.findall(other)}:
        return False
    if "?" in text and "?" in other:
        return False
    if _DATES.search(text) and _DATES.search(other):
        return False
    return _runs(text).isdisjoint(_runs(other))


def _runs(text: str) -> set[tuple[str, ...]]:
    """Return each run of three words."""
    words = _WORDS.findall(text.lower())
    return {tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}


def subjects_of(text: str) -> frozenset[str]:
    """Return what a text is about, as far as its words give it away."""
    return frozenset(name for name, words in _SUBJECTS.items() if words.search(text))
