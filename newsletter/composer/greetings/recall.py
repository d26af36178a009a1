"""What earlier issues used: which parts rest, and which manner the next issue avoids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.composer.greetings.book import GreetingUse, Intro
from newsletter.composer.greetings.manner import shape_of, subjects_of
from newsletter.composer.greetings.occasions import OccasionDate
from newsletter.models import Hemisphere

#: Number of issues a thought or an opener rests before it may be used again.
REST_ISSUES = 60
#: Number of issues a bridge rests: readers know that there is a race report now and then.
REST_BRIDGES = 12
#: Number of issues a part for a day or an event rests at least; it may return with its day.
REST_OCCASIONS = 8
_REST_SUBJECTS = 3


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
