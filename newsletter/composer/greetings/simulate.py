"""Simulate the greetings of planned issues, starting from the real memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from newsletter.composer.greetings.book import GreetingUse, IntroBook, uses_of
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.match import Home
from newsletter.models import Greeting, Hemisphere

_NO_GREETINGS: Mapping[str, tuple[Greeting, ...]] = MappingProxyType({})


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
