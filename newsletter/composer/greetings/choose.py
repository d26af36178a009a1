"""Choose the greeting of an issue, or of every planned issue of a year.

A simulation starts from the real memory, and remembers what it has said itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from newsletter.composer.greetings.book import GreetingUse, IntroBook, uses_of
from newsletter.composer.greetings.match import Circumstances, Home, circumstances_of
from newsletter.composer.greetings.moments import moments_of
from newsletter.composer.greetings.occasions import OccasionDate, nearby_occasions
from newsletter.composer.greetings.picks import Filler
from newsletter.composer.greetings.selection import recall
from newsletter.composer.greetings.writer import Choice, GreetingWriter
from newsletter.composer.phrases import primary_language
from newsletter.models import AUTO_GREETING, Greeting, GreetingOverride, Hemisphere, Post

_NO_GREETINGS: Mapping[str, tuple[Greeting, ...]] = MappingProxyType({})


def greet(
    book: IntroBook,
    home: Home,
    *,
    issue_key: str,
    day: date,
    hemisphere: Hemisphere,
    earlier: tuple[date, ...],
    next_day: date | None,
    memory: tuple[GreetingUse, ...],
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Greeting:
    """Return the greeting for readers in `hemisphere` of the issue `issue_key`, dated `day`.

    `day`, `earlier` (the days of earlier issues) and `next_day` are dates in the author's
    time zone. `memory` lists what earlier issues used, without this one. A part that this
    edition used lately is not used again; one that only other editions used is taken if no
    other is left.

    `override` may name an intro or other parts that the author asks for: each is used, rested
    or not, if its conditions hold. It may pass over some, and leave parts out.

    If nothing fits, the text is "".
    """
    return consider(
        book,
        home,
        issue_key=issue_key,
        day=day,
        hemisphere=hemisphere,
        earlier=earlier,
        next_day=next_day,
        memory=memory,
        posts=posts,
        override=override,
    ).greeting


def consider(
    book: IntroBook,
    home: Home,
    *,
    issue_key: str,
    day: date,
    hemisphere: Hemisphere,
    earlier: tuple[date, ...],
    next_day: date | None,
    memory: tuple[GreetingUse, ...],
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Choice:
    """Return the greeting as `greet` does, with the candidates for each part."""
    now = circumstances_of(home, day=day, hemisphere=hemisphere, earlier=earlier, next_day=next_day)
    tongues = dict.fromkeys((primary_language(home.language), "en"))
    choices = []
    for tongue in tongues:
        writer = GreetingWriter(
            book=book,
            now=now,
            filler=Filler(now=now, tongue=tongue),
            recalled=recall(memory, hemisphere),
            seed=f"{home.seed} {issue_key} {hemisphere}".strip(),
            override=override,
        )
        choices.append(writer.write(_nearby(book, now, earlier), posts, earlier))
        if choices[-1].greeting.text:
            break
    return next((choice for choice in choices if choice.greeting.text), choices[0])


def _nearby(
    book: IntroBook, now: Circumstances, earlier: tuple[date, ...]
) -> tuple[OccasionDate, ...]:
    home = now.home
    occasions = nearby_occasions(
        book.occasions,
        now.days,
        hemisphere=now.season.hemisphere,
        author_hemisphere=home.hemisphere,
        zone=ZoneInfo(home.timezone),
        regions=home.regions,
    )
    moments = [(near.occasion.priority, near) for near in moments_of(now.days, earlier)]
    events = [*moments, *((near.weight, near) for near in occasions)]
    events.sort(key=lambda event: -event[0])
    return tuple(near for _, near in events)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSlot:
    """A planned issue."""

    key: str
    number: int
    #: In the author's time zone.
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedIssue:
    """A planned issue and the greeting of each of its editions."""

    slot: YearSlot
    greetings: tuple[Greeting, ...]

    def greeting(self, hemisphere: Hemisphere) -> Greeting | None:
        """Return the greeting for readers in `hemisphere`, None if it has no edition."""
        return next((g for g in self.greetings if g.season.hemisphere == hemisphere), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearIssue:
    """An issue as readers in one hemisphere get it."""

    number: int
    day: date
    greeting: Greeting
    #: Whether it is frozen, being sent or sent; false for a simulated one.
    sent: bool


def simulate_greetings(
    book: IntroBook,
    home: Home,
    slots: tuple[YearSlot, ...],
    *,
    hemispheres: tuple[Hemisphere, ...],
    earlier: tuple[date, ...] = (),
    memory: tuple[GreetingUse, ...] = (),
    after: date | None = None,
    settled: Mapping[str, tuple[Greeting, ...]] = _NO_GREETINGS,
) -> tuple[SimulatedIssue, ...]:
    """Return the greetings of `slots`, oldest first, as if all of them were sent.

    `earlier` and `memory` describe the issues already sent. `after` is the day of the issue
    after the last slot, which decides whether that one is the last of its season. `settled`
    are greetings already decided, by the key of their slot.
    """
    days, uses, simulated = list(earlier), list(memory), []
    following = (*(slot.day for slot in slots[1:]), after)
    for slot, next_day in zip(slots, following, strict=True):
        greetings = settled.get(slot.key) or tuple(
            greet(
                book,
                home,
                issue_key=slot.key,
                day=slot.day,
                hemisphere=hemisphere,
                earlier=tuple(days),
                next_day=next_day,
                memory=tuple(uses),
            )
            for hemisphere in hemispheres
        )
        simulated.append(SimulatedIssue(slot=slot, greetings=greetings))
        uses.extend(use for greeting in greetings for use in uses_of(greeting, slot.number))
        days.append(slot.day)
    return tuple(simulated)
