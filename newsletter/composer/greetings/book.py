"""The values of this package: intros as written, and the book of all intros in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from newsletter.composer.greetings.occasions import Occasion, Timing
from newsletter.models import Hemisphere, Phase, Race, SeasonName

#: Most words in an intro.
MAX_WORDS = 60


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
    """A text that may open an issue, and its conditions. An empty condition always holds."""

    id: str
    text: str
    seasons: tuple[SeasonName, ...] = ()
    phases: tuple[Phase, ...] = ()
    hemispheres: tuple[Hemisphere, ...] = ()
    #: Ids or kinds of occasions.
    occasions: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = ()
    months: tuple[int, ...] = ()
    weight: int = 10
    #: Last day on which it may be used.
    expires: date | None = None
    language: str = "en"
    #: Names of the placeholders in `text`.
    fields: frozenset[str] = frozenset()
    place: Place = Place(file="", line=0)
    #: Number of the folder it was read from; 0 is the author's own.
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroBook:
    """All intros in force."""

    intros: tuple[Intro, ...] = ()
    #: Intros that greet a new season; put before the first greeting in it.
    openings: tuple[Intro, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    #: The author's races by date.
    races: tuple[Race, ...] = ()
    #: Entries that were skipped or read badly. Everything else works without them.
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingUse:
    """One use of an intro: the issue that it opened."""

    intro_id: str
    #: Number of the issue.
    issue: int
    #: Hemisphere of the edition; None if unknown, which means that all readers saw it.
    hemisphere: Hemisphere | None = None


def without_weather(book: IntroBook) -> IntroBook:
    """Return `book` without weather occasions and the intros that are only for them."""
    weather = [occasion for occasion in book.occasions if occasion.weather]
    names = {name for occasion in weather for name in (occasion.id, occasion.kind)}
    return replace(
        book,
        occasions=tuple(occasion for occasion in book.occasions if not occasion.weather),
        intros=tuple(
            intro for intro in book.intros if not intro.occasions or not names >= {*intro.occasions}
        ),
    )
