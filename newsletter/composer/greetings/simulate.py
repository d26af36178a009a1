"""The greetings to come: every planned issue played from the real memory on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from newsletter.composer.greetings.book import GreetingUse, IntroBook
from newsletter.composer.greetings.choose import greet
from newsletter.composer.seasons import WET_MONTHS
from newsletter.models import Greeting, Hemisphere

NOTHING_SETTLED: Mapping[str, tuple[Greeting, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSlot:
    """A planned issue: its key, its number, its date in the author's zone."""

    key: str
    number: int
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedIssue:
    """A planned issue and the greeting of each of its editions."""

    slot: YearSlot
    greetings: tuple[Greeting, ...]

    def greeting(self, hemisphere: Hemisphere) -> Greeting | None:
        """The greeting for readers of that hemisphere, if they have an edition."""
        return next((g for g in self.greetings if g.season.hemisphere == hemisphere), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearIssue:
    """An issue as the readers of one hemisphere get it. `sent`: it is out or on its way."""

    number: int
    day: date
    greeting: Greeting
    sent: bool


def simulate_greetings(
    book: IntroBook,
    slots: tuple[YearSlot, ...],
    *,
    hemispheres: tuple[Hemisphere, ...],
    author_hemisphere: Hemisphere,
    language: str,
    timezone: str,
    earlier: tuple[date, ...] = (),
    memory: tuple[GreetingUse, ...] = (),
    after: date | None = None,
    wet_months: tuple[int, ...] = WET_MONTHS,
    regions: frozenset[str] = frozenset(),
    settled: Mapping[str, tuple[Greeting, ...]] = NOTHING_SETTLED,
) -> tuple[SimulatedIssue, ...]:
    """What each of `slots` would open with, were they all sent, oldest first.

    `earlier` and `memory` are those of the issues already sent; `after` is the day of the
    issue that follows the last slot, so that its season's end is known. `settled` are
    greetings that stand already, by the key of their slot.
    """
    days, uses, played = list(earlier), list(memory), []
    following = (*(slot.day for slot in slots[1:]), after)
    for slot, next_day in zip(slots, following, strict=True):
        greetings = settled.get(slot.key) or tuple(
            greet(
                book,
                issue_key=slot.key,
                day=slot.day,
                hemisphere=hemisphere,
                language=language,
                timezone=timezone,
                earlier=tuple(days),
                next_day=next_day,
                memory=tuple(uses),
                author_hemisphere=author_hemisphere,
                wet_months=wet_months,
                regions=regions,
            )
            for hemisphere in hemispheres
        )
        played.append(SimulatedIssue(slot=slot, greetings=greetings))
        uses.extend(
            GreetingUse(intro_id=g.intro_id, issue=slot.number, hemisphere=g.season.hemisphere)
            for g in greetings
            if g.intro_id
        )
        days.append(slot.day)
    return tuple(played)
