"""The values of this package: the parts of greetings as written, and the book of them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from newsletter.composer.greetings.occasions import Occasion, Timing
from newsletter.models import Greeting, Hemisphere, PartName, Phase, Race, SeasonName, UsedPart

#: Most words in a part that an author writes.
MAX_WORDS = 60
#: Most words in a whole greeting.
MAX_GREETING_WORDS = 55
#: Most words in a text that the author gives for one issue.
MAX_OWN_WORDS = 120

Voice = Literal["i", "we"]
Smileys = Literal["text", "emoji", "none"]
WeekOfMonth = Literal["first", "second", "third", "fourth", "last"]
WEEKS: tuple[WeekOfMonth, ...] = ("first", "second", "third", "fourth", "last")
Climate = Literal["cold", "temperate", "mild", "hot", "tropical"]
CLIMATES: tuple[Climate, ...] = ("cold", "temperate", "mild", "hot", "tropical")
Weather = Literal["cold", "snow", "heat", "blossom", "leaves", "rain"]
WEATHERS: tuple[Weather, ...] = ("cold", "snow", "heat", "blossom", "leaves", "rain")
Light = Literal[
    "growing",
    "shrinking",
    "long-evenings",
    "dark-evenings",
    "early-mornings",
    "dark-mornings",
    "midnight-sun",
    "polar-night",
]
LIGHTS: tuple[Light, ...] = (
    "growing",
    "shrinking",
    "long-evenings",
    "dark-evenings",
    "early-mornings",
    "dark-mornings",
    "midnight-sun",
    "polar-night",
)
#: What a bridge may lead to.
PostKind = Literal["race", "run", "injury", "comments", "one", "several", "pictures", "category"]
POST_KINDS: tuple[PostKind, ...] = (
    "race",
    "run",
    "injury",
    "comments",
    "one",
    "several",
    "pictures",
    "category",
)
ThoughtKind = Literal["", "tip", "joke", "cheer", "confession", "question", "fact"]
THOUGHT_KINDS: tuple[ThoughtKind, ...] = (
    "tip",
    "joke",
    "cheer",
    "confession",
    "question",
    "fact",
)
#: The manner of a text; two issues in a row never share one.
Shape = Literal["question", "tag", "triad", "aside", "colon", "plain"]
SHAPES: tuple[Shape, ...] = ("question", "tag", "triad", "aside", "colon", "plain")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A line of a greeting file."""

    #: File name with the name of its folder.
    file: str
    #: Counted from 1.
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something in a greeting file that the author should look at, as a sentence."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intro:
    """A part of a greeting, and its conditions. An empty condition always holds."""

    id: str
    text: str
    part: PartName = "thought"
    seasons: tuple[SeasonName, ...] = ()
    phases: tuple[Phase, ...] = ()
    hemispheres: tuple[Hemisphere, ...] = ()
    months: tuple[int, ...] = ()
    weeks: tuple[WeekOfMonth, ...] = ()
    weekdays: tuple[str, ...] = ()
    #: Countries of the author (ISO 3166-1 alpha-2, lower case).
    regions: tuple[str, ...] = ()
    #: Language tags of the newsletter, such as en-GB.
    locales: tuple[str, ...] = ()
    climates: tuple[Climate, ...] = ()
    #: Weather that the text claims: the place's climate must have all of it in that month.
    weathers: tuple[Weather, ...] = ()
    #: Light that the text claims: all of it must hold on the issue's day.
    lights: tuple[Light, ...] = ()
    #: Ids or kinds of occasions.
    occasions: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = ()
    #: What a post must hold for a bridge.
    posts: tuple[PostKind, ...] = ()
    #: Whether it is for the first issue after a pause.
    gap: bool = False
    kind: ThoughtKind = ""
    #: Who can say it; "" for one person as for a club.
    voice: Literal["", "i", "we"] = ""
    #: How a club says it, where swapping the pronouns would not do.
    we: str = ""
    #: "" lets `selection.shape_of` tell.
    shape: Literal["", "question", "tag", "triad", "aside", "colon", "plain"] = ""
    weight: int = 10
    #: Last day on which it may be used.
    expires: date | None = None
    #: "" is the newsletter's own.
    language: str = ""
    #: Names of the placeholders in `text`.
    fields: frozenset[str] = frozenset()
    words: int = 0
    place: Place = Place(file="", line=0)
    #: Number of the folder it was read from; 0 is the author's own.
    rank: int = 0
    #: Whether it ships with the program, and is spelled and voiced for the newsletter.
    shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroBook:
    """All parts in force."""

    openers: tuple[Intro, ...] = ()
    #: Parts that greet a new season.
    hellos: tuple[Intro, ...] = ()
    #: The thoughts.
    intros: tuple[Intro, ...] = ()
    bridges: tuple[Intro, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    #: The author's races by date.
    races: tuple[Race, ...] = ()
    #: Entries that were skipped or read badly. Everything else works without them.
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> tuple[Intro, ...]:
        """All parts, in the order of a greeting."""
        return self.openers + self.hellos + self.intros + self.bridges

    def without_parts(self, ids: frozenset[str]) -> IntroBook:
        """Return the book without the parts that the author never wants again."""
        if not ids:
            return self
        return replace(
            self,
            openers=tuple(part for part in self.openers if part.id not in ids),
            hellos=tuple(part for part in self.hellos if part.id not in ids),
            intros=tuple(part for part in self.intros if part.id not in ids),
            bridges=tuple(part for part in self.bridges if part.id not in ids),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingUse:
    """One use of a part: the issue that it opened."""

    #: The part's id; for an occasion, its id and date.
    intro_id: str
    #: Number of the issue.
    issue: int
    #: Hemisphere of the edition; None if unknown, which means that all readers saw it.
    hemisphere: Hemisphere | None = None
    part: UsedPart = "thought"


def uses_of(greeting: Greeting, issue: int) -> tuple[GreetingUse, ...]:
    """Return what a greeting used of the book, for the memory of later issues."""
    return tuple(
        GreetingUse(intro_id=name, issue=issue, hemisphere=greeting.season.hemisphere, part=part)
        for part, name in greeting.used_parts()
    )


def without_weather(book: IntroBook) -> IntroBook:
    """Return `book` without weather occasions and the parts that are only for them."""
    weather = [occasion for occasion in book.occasions if occasion.weather]
    names = {name for occasion in weather for name in (occasion.id, occasion.kind)}

    def fair(parts: tuple[Intro, ...]) -> tuple[Intro, ...]:
        return tuple(part for part in parts if not part.occasions or not names >= {*part.occasions})

    return replace(
        book,
        occasions=tuple(occasion for occasion in book.occasions if not occasion.weather),
        openers=fair(book.openers),
        intros=fair(book.intros),
    )
