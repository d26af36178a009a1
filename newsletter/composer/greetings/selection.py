"""Select among the parts that fit: which ones rest, which manner is avoided, and the draw.

What earlier issues used rests for a while. Two issues in a row never share a shape, and a subject
of jokes rests a few issues, so that readers do not see the same joke machine at work every week.
Among the others a part is drawn at random, reproducibly: the same seed always draws the same.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log

from newsletter.composer.greetings.book import GreetingUse, Intro
from newsletter.composer.greetings.occasions import OccasionDate
from newsletter.models import Hemisphere

#: Number of issues a thought or an opener rests before it may be used again.
REST_ISSUES = 60
#: Number of issues a bridge rests: readers know that there is a race report now and then.
REST_BRIDGES = 12
#: Number of issues a part for a day or an event rests at least; it may return with its day.
REST_OCCASIONS = 8
_REST_SUBJECTS = 3
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
#: Each earlier use divides the weight by this.
_REUSE_PENALTY = 8.0
_MOST_USES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What readers of one edition still remember."""

    #: Ids that this edition used within REST_ISSUES, REST_BRIDGES, REST_OCCASIONS issues.
    resting: frozenset[str]
    resting_bridges: frozenset[str]
    resting_occasions: frozenset[str]
    #: Ids that only other editions used within REST_ISSUES issues.
    used_by_others: frozenset[str]
    #: Occasions that were spoken of, by id and date.
    told: frozenset[str]
    #: For each resting part, the occasions that the issue spoke of which used it last.
    used_for: Mapping[str, frozenset[str]]
    #: How often each part was ever used.
    uses: Mapping[str, int]
    #: Ids of the newest issue, and of the few before it.
    newest: frozenset[str]
    latest: frozenset[str]

    def may_return(self, part: str, near: OccasionDate) -> bool:
        """Whether a resting part may return with its day: the same one used it last."""
        return part not in self.resting_occasions and near.occasion.id in self.used_for.get(
            part, ()
        )

    def has_told(self, near: OccasionDate) -> bool:
        """Whether an issue has spoken of this date, and one is enough."""
        return near.occasion.once and f"{near.occasion.id} {near.date}" in self.told


def recall(memory: tuple[GreetingUse, ...], hemisphere: Hemisphere) -> Recall:
    """Return what readers in `hemisphere` remember of `memory`, which is without this issue."""
    newest = max((use.issue for use in memory), default=0)
    resting, bridges, occasions, others = set(), set(), set(), set()
    dates, last, latest = set(), set(), set()
    spoken: dict[int, set[str]] = {}
    last_use: dict[str, int] = {}
    for use in memory:
        seen = use.hemisphere is None or use.hemisphere == hemisphere
        if use.part == "occasion":
            if seen:
                dates.add(use.intro_id)
                spoken.setdefault(use.issue, set()).add(use.intro_id.rpartition(" ")[0])
            continue
        ago = newest - use.issue
        if ago >= REST_ISSUES:
            continue
        if not seen:
            others.add(use.intro_id)
            continue
        resting.add(use.intro_id)
        last_use[use.intro_id] = max(use.issue, last_use.get(use.intro_id, 0))
        if ago < REST_BRIDGES:
            bridges.add(use.intro_id)
        if ago < REST_OCCASIONS:
            occasions.add(use.intro_id)
        if ago < _REST_SUBJECTS:
            latest.add(use.intro_id)
        if ago == 0:
            last.add(use.intro_id)
    return Recall(
        resting=frozenset(resting),
        resting_bridges=frozenset(bridges),
        resting_occasions=frozenset(occasions),
        used_by_others=frozenset(others - resting),
        told=frozenset(dates),
        used_for={name: frozenset(spoken.get(issue, ())) for name, issue in last_use.items()},
        uses=Counter(use.intro_id for use in memory),
        newest=frozenset(last),
        latest=frozenset(latest),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """What the next thought avoids: the shape of the last one, and what the last few were about."""

    shapes: frozenset[str]
    subjects: frozenset[str]

    @classmethod
    def after(cls, before: list[Intro], recalled: Recall) -> Variety:
        """Return what a thought avoids after those of the last issues."""
        return cls(
            shapes=frozenset(shape_of(part) for part in before if part.id in recalled.newest),
            subjects=frozenset[str]().union(*(subjects_of(part.text) for part in before)),
        )

    def suits(self, part: Intro) -> bool:
        """Whether `part` is in another manner."""
        return shape_of(part) not in self.shapes and not self.subjects & subjects_of(part.text)


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


def rank_parts(
    parts: list[Intro],
    seed: str,
    uses: Mapping[str, int],
    factor: Callable[[Intro], float],
) -> list[Intro]:
    """Return the parts in the order in which they are drawn, each by its weight.

    Weighted random sampling after Efraimidis and Spirakis (2006). Each earlier use divides
    the weight, beyond the part's rest, so that most parts are used once before any is used
    twice. `factor` multiplies it.
    """
    return sorted(
        parts,
        key=lambda part: (
            _exponential(part.id, seed)
            * _REUSE_PENALTY ** min(uses.get(part.id, 0), _MOST_USES)
            / (part.weight * factor(part))
        ),
    )


def lot(seed: str, size: int) -> int:
    """Return a number from 0 to `size` - 1, determined by `seed`."""
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:8], "big") % size


def _exponential(name: str, seed: str) -> float:
    """Return an exponentially distributed number above 0, determined by `name` and `seed`."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))
