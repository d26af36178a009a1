"""The values greetings are made of: a greeting as written, and the book that holds all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from newsletter.composer.greetings.occasions import Occasion, Timing
from newsletter.models import Hemisphere, Phase, Race, SeasonName


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where something is written: `file` with its folder's name, `line` from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something in a greeting file that the author should look at, in a sentence."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intro:
    """A greeting as written, and when it may be used; an empty tuple means always.

    `occasions` are ids or kinds of occasions. `fields` are the words with a dollar sign
    that `text` needs filled in. `rank` is the number of the folder it came from, 0 being
    the author's own.
    """

    id: str
    text: str
    seasons: tuple[SeasonName, ...] = ()
    phases: tuple[Phase, ...] = ()
    hemispheres: tuple[Hemisphere, ...] = ()
    occasions: tuple[str, ...] = ()
    timings: tuple[Timing, ...] = ()
    months: tuple[int, ...] = ()
    weight: int = 10
    expires: date | None = None
    language: str = "en"
    fields: frozenset[str] = frozenset()
    place: Place = Place(file="", line=0)
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroBook:
    """All greetings in force.

    `openings` greet a new season and stand before the rest of its first greeting. `races`
    are those the author runs, the next one first.
    `problems` name what was set aside or reads badly; the rest works without it.
    """

    intros: tuple[Intro, ...] = ()
    openings: tuple[Intro, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    races: tuple[Race, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingUse:
    """That a greeting stood in issue number `issue`.

    `hemisphere` names the edition; where it is unknown (None) all readers saw it.
    """

    intro_id: str
    issue: int
    hemisphere: Hemisphere | None = None


def without_weather(book: IntroBook) -> IntroBook:
    """The book for authors who do not want to be quoted on the weather."""
    gone = [occasion for occasion in book.occasions if occasion.weather]
    names = {name for occasion in gone for name in (occasion.id, occasion.kind)}
    return replace(
        book,
        occasions=tuple(one for one in book.occasions if not one.weather),
        intros=tuple(i for i in book.intros if not i.occasions or not names >= {*i.occasions}),
    )
