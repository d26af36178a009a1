"""The manners of the shipped greetings: what a part may say, and how often a manner comes.

A pool of lines that are each well made can still read like a machine, so the pool as a whole
is held to figures too: few tags and lists of three, one person who says "I".

    python -m newsletter.composer.greetings.manners     print the faults and the figures
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.composer.greetings.book import Intro, IntroBook, Problem
from newsletter.composer.greetings.load import find_similar, load_book
from newsletter.composer.greetings.selection import is_tag, is_triad
from newsletter.composer.greetings.wording import as_club
from newsletter.models import PartName
from newsletter.resources import templates

#: Fewest and most words of each part.
LENGTHS: dict[PartName, tuple[int, int]] = {
    "opener": (3, 22),
    "hello": (2, 8),
    "thought": (5, 30),
    "bridge": (3, 18),
}
_DATED_THOUGHT = 35
#: Fewest parts in all.
LEAST_PARTS = 600
#: Share of the parts that may end in a tag, that may list three things, that say "I", and of
#: the undated openers that name the weekend, the week or the month.
MOST_TAGS, MOST_TRIADS, LEAST_FIRST_PERSON, LEAST_DATED_OPENERS = 0.05, 0.10, 0.30, 0.80
#: Colons and semicolons in a thousand words, and the share of texts in which a thing thinks.
MOST_COLONS, MOST_THINKING = 4.0, 0.02

_FIRST_PERSON = re.compile(r"(?<![\w’'])(?:I(?:['’](?:m|ve|ll|d))?|[Mm]e|[Mm]y|[Mm]ine|myself)\b")
_COLUMN = re.compile(r"(?<!let’s )\b(?:[Ww]e|[Oo]urs?|[Uu]s)\b(?!\w)")
_DATED = re.compile(r"weekend|\$week|\$month|\$next_month|\$weekday", re.IGNORECASE)
_SMILEY = re.compile(r" (?::\)|;\)|:D|<3)")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
_THINKS = re.compile(
    r"\b(?:watch|sofa|couch|plan|oven|clouds?|storms?|hips|tendons|log|shoes|alarm|fridge|bed|"
    r"scale|foam roller) (?:knows?|thinks?|wants?|argues?|says?|believes?|hopes?|agrees?|"
    r"disagrees?|remembers?|disapproves?|complains?|forgives?)\b",
    re.IGNORECASE,
)
_BANNED = re.compile(
    r"\bneedn['’]t\b|\bshan['’]t\b|\bsupper\b|\bwhilst\b|\bby and by\b|\btowpath\b|"
    r"\bround the block\b|handed in its notice|not a word to\b|\bwe checked\b|"
    r"permission granted|proof of work|\blaminate\b|\bno evidence\b|\bnobody is\b|"
    r"\bsomebody on this list\b|\bsomewhere a\b|\bkettle\b|\bdoorknob\b|resolutions asked|"
    r"\btwo kinds of\b|\bpenguins?\b|\bcheeks?\b|\btan(?:ned)?\b|\bbeach body\b|\bponytails?\b|"
    r"\bdouble the water\b|\brun through (?:the )?pain\b|\bdodge the\b",
    re.IGNORECASE,
)
_LECTURE = re.compile(r"\byou (?:should|must|ought|have to)\b|\bdon['’]t forget\b", re.IGNORECASE)
#: Words that claim weather or light, with the conditions that make them true.
_CLAIMS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(conditions.split()))
    for words, conditions in (
        (r"gloves?|mittens?|soup|scarf|see (?:my|your) breath|freezing|chilly", "cold snow"),
        (r"snow\w*|ic[ey]|frost\w*|slush", "snow cold"),
        (r"sweat\w*|heat(?! pack)|heat ?wave|sunscreen|scorch\w*|sticky", "heat"),
        (r"blossoms?|blooming|in bloom", "blossom"),
        (r"(?:falling|crunchy|golden|red) leaves|leaves (?:are|crunch)\w*", "leaves"),
        (r"puddles?|mud(?:dy)?|drizzle|soaked", "rain"),
        (
            (
                r"dawn|dusk|sunrise|sunset|headlamp|"
                r"(?:long|light|dark)(?:er)? (?:evenings?|mornings?)|"
                r"in the dark"
            ),
            (
                "growing shrinking long-evenings dark-evenings early-mornings dark-mornings "
                "midnight-sun polar-night"
            ),
        ),
    )
)
_NAMES_SEASON = re.compile(r"\$season|\b(?:spring|summer|winter|dry|wet|rain)", re.IGNORECASE)
_SEASON_WORD = re.compile(r"\b(?:spring|summer|winter|autumn)\b", re.IGNORECASE)
_NEIGHBOURS = {
    "spring": {"winter", "spring", "summer"},
    "summer": {"spring", "summer", "fall"},
    "fall": {"summer", "fall", "winter", "spring"},
    "winter": {"fall", "winter", "spring"},
}
_RISKY_CLUB = re.compile(r"\bwe(?:['’]re| are) (?:a|an|the only)\b|\bwe was\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """How often the manners of the pool come, as shares of its parts."""

    parts: int
    tags: float
    triads: float
    first_person: float
    dated_openers: float
    colons: float
    thinking: float

    def faults(self) -> tuple[str, ...]:
        """Return a sentence for each figure that is out of bounds."""
        rules = (
            (self.parts >= LEAST_PARTS, f"{self.parts} parts; {LEAST_PARTS} are the least."),
            (self.tags <= MOST_TAGS, f"{self.tags:.1%} end in a tag; {MOST_TAGS:.0%} may."),
            (
                self.triads <= MOST_TRIADS,
                f"{self.triads:.1%} list three things; {MOST_TRIADS:.0%} may.",
            ),
            (
                self.first_person >= LEAST_FIRST_PERSON,
                f"{self.first_person:.1%} say “I”; {LEAST_FIRST_PERSON:.0%} should.",
            ),
            (
                self.dated_openers >= LEAST_DATED_OPENERS,
                (
                    f"{self.dated_openers:.1%} of the openers name the weekend, the week or the "
                    f"month; {LEAST_DATED_OPENERS:.0%} should."
                ),
            ),
            (
                self.colons <= MOST_COLONS,
                (
                    f"{self.colons:.1f} colons and semicolons in a thousand words; "
                    f"{MOST_COLONS:.0f} are the most."
                ),
            ),
            (
                self.thinking <= MOST_THINKING,
                f"in {self.thinking:.1%} a thing thinks; {MOST_THINKING:.0%} may.",
            ),
        )
        return tuple(message for holds, message in rules if not holds)


def figures_of(book: IntroBook) -> PoolFigures:
    """Return the figures of the pool."""
    parts = book.parts
    spoken_parts = [part for part in parts if part.part in {"opener", "thought"}]
    openers = [part for part in book.openers if not part.occasions]
    words = sum(part.words for part in parts)
    colons = sum(_SMILEY.sub("", part.text).count(mark) for part in parts for mark in ":;")
    return PoolFigures(
        parts=len(parts),
        tags=_share(spoken_parts, lambda part: is_tag(part.text)),
        triads=_share(spoken_parts, lambda part: is_triad(part.text)),
        first_person=_share(spoken_parts, lambda part: bool(_FIRST_PERSON.search(part.text))),
        dated_openers=_share(openers, lambda part: bool(_DATED.search(part.text))),
        colons=1000 * colons / max(words, 1),
        thinking=_share(spoken_parts, lambda part: bool(_THINKS.search(part.text))),
    )


def find_faults(book: IntroBook) -> tuple[Problem, ...]:
    """Return what single parts of the shipped pool do that they may not."""
    faults = [
        Problem(place=part.place, message=f"“{part.id}” {message}")
        for part in book.parts
        for message in (*_faults_of(part), *_conditions_of(part), *_claims_of(part))
    ]
    return tuple(sorted((*book.problems, *faults, *find_similar(book.parts, book.parts))))


def _faults_of(part: Intro) -> Iterator[str]:
    least, most = LENGTHS[part.part]
    if part.part == "thought" and part.occasions:
        most = _DATED_THOUGHT
    if not least <= part.words <= most:
        yield f"has {part.words} words; {least} to {most} are right for a {part.part}."
    if part.part == "thought" and not part.occasions and not part.kind:
        yield "has no kind, such as tip or joke."
    if part.part == "hello" and not _NAMES_SEASON.search(part.text):
        yield "greets no season by name."
    if word := _BANNED.search(part.text):
        yield f"says “{word[0]}”, which is banned."
    if word := _LECTURE.search(part.text):
        yield f"lectures: “{word[0]}”."
    if (word := _COLUMN.search(part.text)) and part.voice != "we":
        yield f"says “{word[0]}”; one person speaks."
    if _EMOJI.search(part.text) or re.search(r"[*_<>#]{2}|—|–", _SMILEY.sub("", part.text)):
        yield "holds emoji, markup or dashes; smileys are written :) ;) :D <3."


def _conditions_of(part: Intro) -> Iterator[str]:
    """Yield what the text of a part asks of its conditions."""
    if (
        part.part == "opener"
        and "weekend" in part.text.lower()
        and not (part.weekdays or part.occasions)
    ):
        yield "speaks of the weekend on any weekday; give it a `weekday`."
    if not part.voice and not part.we and _RISKY_CLUB.search(as_club(part.text)):
        yield 'reads wrong for a club; give it a `we` or voice = "i".'


def _claims_of(part: Intro) -> Iterator[str]:
    held = {*part.weathers, *part.lights}
    weather_occasion = bool({"heat", "first-frost"} & set(part.occasions))
    for words, conditions in _CLAIMS:
        word = words.search(part.text)
        if word and not held & conditions and not weather_occasion:
            yield f"says “{word[0]}” whatever the weather or the light is; give it a condition."
    if part.part != "thought" or part.occasions:
        return
    named = {word.lower().replace("autumn", "fall") for word in _SEASON_WORD.findall(part.text)}
    allowed = set[str]().union(*(_NEIGHBOURS.get(name, set()) for name in part.seasons))
    if named - allowed:
        yield f"names {min(named - allowed)}, which is not its season."


def _share(parts: list[Intro], holds: Callable[[Intro], bool]) -> float:
    return sum(map(holds, parts)) / max(len(parts), 1)


def main() -> int:
    """Print the faults and the figures of the shipped pool; 1 if there are any faults."""
    book = load_book((templates() / "intros",))
    faults: tuple[object, ...] = (*find_faults(book), *figures_of(book).faults())
    for fault in faults:
        print(fault)  # noqa: T201  # a command of the developers
    print(figures_of(book))  # noqa: T201
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
