"""Write one greeting, part by part: what is most important first.

At most three parts come together. What is true of this day alone comes first: the author's
race or day, a holiday, the newsletter's own round number. The season's hello comes with its
first issue, a bridge when a post gives it something to say, a thought nearly always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from newsletter.composer.greetings.book import MAX_GREETING_WORDS, Intro, IntroBook
from newsletter.composer.greetings.match import (
    ANY_WEEK,
    Circumstances,
    closeness,
    explain_none,
    fits,
    is_for,
    season_phrase,
    speaks,
)
from newsletter.composer.greetings.moments import AFTER_PAUSE, is_after_pause
from newsletter.composer.greetings.occasions import KINDS, OWN_DAY, OccasionDate
from newsletter.composer.greetings.picks import SPECIFIC, Filler, Lead, Pick, find_leads
from newsletter.composer.greetings.selection import (
    REST_ISSUES,
    Recall,
    Variety,
    lot,
    rank_parts,
    read_well,
)
from newsletter.models import PART_NAMES, Greeting, GreetingOverride, GreetingPart, PartName, Post

_MOST_PARTS = 3
# Occasions below this priority are passed over in a season's first issue.
_BESIDE_A_NEW_SEASON = 45
#: How many candidates of a part are named; with many that repeat a manner, a few more.
SHOWN_CANDIDATES = 6
# How often a part comes that need not: of a hundred issues in which it could. A thought
# never stands alone: without a bridge, an opener always comes.
_OPENER, _OPENER_OF_SEASON, _THOUGHT_OF_EVENT, _LIGHT_BRIDGE = 80, 92, 90, 30
# Days of mourning. Nothing else is said beside them.
_SOLEMN = "remembrance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A greeting, and the alternatives to each of its parts."""

    greeting: Greeting
    #: All parts that could be drawn, the chosen one among them, by descending probability.
    candidates: Mapping[PartName, tuple[GreetingPart, ...]]


@dataclass(slots=True, kw_only=True)
class GreetingWriter:
    """Puts one greeting together."""

    book: IntroBook
    now: Circumstances
    filler: Filler
    recalled: Recall
    seed: str
    override: GreetingOverride
    #: Whether a language is `tongue`, as far as it was asked.
    tongues: dict[str, bool] = field(default_factory=dict)
    picks: dict[PartName, Pick] = field(default_factory=dict)
    #: What each part was drawn from, the chosen one first, as far as it is shown.
    drawn: dict[PartName, list[Pick]] = field(default_factory=dict)
    #: How many thoughts fit, and how many more do but rest.
    fitting: int = 0
    resting: int = 0

    def write(
        self, nearby: tuple[OccasionDate, ...], posts: tuple[Post, ...], earlier: tuple[date, ...]
    ) -> Choice:
        leads = find_leads(posts)
        specific = [lead for lead in leads if lead.kind in SPECIFIC]
        event = self._say_author_choices(nearby) or self._say_event(nearby)
        if self.now.season.phase == "first":
            self._draw("hello", self._loose(self.book.hellos, rests=frozenset()))
        if event is not None and event.occasion.kind == OWN_DAY:
            return self._choice(event)
        self._draw_bridge(specific)
        if event is not None and event.occasion.kind == _SOLEMN:
            return self._choice(event)
        if self.now.season.phase == "first":
            self._draw_opener(_OPENER_OF_SEASON)
            self._draw_thought()
        else:
            self._draw_thought()
            self._draw_opener(_OPENER if "bridge" in self.picks else 100)
        if self._lot("bridge") < _LIGHT_BRIDGE:
            self._draw_bridge([lead for lead in leads if lead.kind not in SPECIFIC])
        told_of_pause = event is not None and event.occasion.id == AFTER_PAUSE
        if is_after_pause(self.now.days, earlier) and not told_of_pause:
            bridges = self._loose(self.book.bridges, rests=self.recalled.resting_bridges, gap=True)
            self._draw("bridge", bridges)
        return self._choice(event)

    # The events

    def _say_author_choices(self, nearby: tuple[OccasionDate, ...]) -> OccasionDate | None:
        """Take the opener and the thought that the author asks for, if they hold."""
        wanted = {*self.override.chosen}
        if self.override.kind == "intro":
            wanted.add(self.override.words)
        if not wanted:
            return None
        event = None
        for part in (*self.book.intros, *self.book.openers):
            if part.id not in wanted or not fits(part, self.now):
                continue
            near = next((each for each in nearby if is_for(part, each)), None)
            if part.occasions and near is None:
                continue
            pick = self.filler.pick(part, near=near)
            if pick is not None:
                chosen = replace(pick, reason=f"chosen by the author ({pick.reason})")
                self._take(part.part, [chosen])
                self.fitting = 1
                event = near or event
        return event

    def _say_event(self, nearby: tuple[OccasionDate, ...]) -> OccasionDate | None:
        """Say the most important event that a part speaks of, and return it.

        A new season is news enough beside the lesser ones.
        """
        least = _BESIDE_A_NEW_SEASON if self.now.season.phase == "first" else 0
        for near in nearby:
            if near.weight < least or self.recalled.has_told(near):
                continue
            self._draw("opener", self._parts_for(self.book.openers, near), near=near)
            own = near.occasion.kind in {*KINDS, OWN_DAY}
            second = near.occasion.kind == _SOLEMN or self._lot("event") < _THOUGHT_OF_EVENT
            if own or "opener" not in self.picks or second:
                thoughts = self._parts_for(self.book.intros, near)
                if "opener" in self.picks and not own:
                    thoughts = [part for part in thoughts if self._reads_well(part)]
                self._draw("thought", thoughts, near=near)
                self.fitting = len(thoughts)
            if any(pick.near is near for pick in self.picks.values()):
                return near
        return None

    def _parts_for(self, parts: tuple[Intro, ...], near: OccasionDate) -> list[Intro]:
        """Return the parts for an occasion: rested ones, else those that return with its day.

        If neither is left, words for the author's own dates may come again after a while.
        """
        dated = [
            part
            for part in parts
            if part.occasions and is_for(part, near) and self._may(part) and fits(part, self.now)
        ]
        recalled = self.recalled
        return (
            [part for part in dated if part.id not in recalled.resting]
            or [part for part in dated if recalled.may_return(part.id, near)]
            or [
                part
                for part in dated
                if near.occasion.kind in KINDS and part.id not in recalled.resting_occasions
            ]
        )

    # What fits without an event

    def _loose(
        self, parts: tuple[Intro, ...], *, rests: frozenset[str], gap: bool = False
    ) -> list[Intro]:
        """Return the rested parts that wait for no occasion and no post."""
        now = self.now
        return [
            part
            for part in parts
            if not part.occasions
            and not part.posts
            and part.gap == gap
            and part.id not in rests
            and fits(part, now)
            and self._may(part)
        ]

    def _draw_opener(self, percent: int) -> None:
        if self._lot("opener") < percent:
            self._draw("opener", self._loose(self.book.openers, rests=self.recalled.resting))

    def _draw_thought(self) -> None:
        """Draw a thought in another manner than the last one's."""
        if "thought" in self.picks:
            return
        fitting = self._loose(self.book.intros, rests=frozenset())
        rested = [part for part in fitting if part.id not in self.recalled.resting]
        self.fitting, self.resting = len(rested), len(fitting) - len(rested)
        before = [part for part in self.book.intros if part.id in self.recalled.latest]
        self._draw("thought", rested, suits=Variety.after(before, self.recalled).suits)

    def _draw_bridge(self, leads: list[Lead]) -> None:
        """Draw a bridge to the first lead that one speaks of."""
        for lead in leads:
            bridges = [
                part
                for part in self.book.bridges
                if lead.kind in part.posts
                and part.id not in self.recalled.resting_bridges
                and self._may(part)
                and fits(part, self.now)
            ]
            self._draw("bridge", bridges, lead=lead)

    # Drawing

    def _draw(
        self,
        name: PartName,
        parts: list[Intro],
        *,
        near: OccasionDate | None = None,
        lead: Lead | None = None,
        suits: Callable[[Intro], bool] = lambda _part: True,
    ) -> None:
        """Draw one of `parts` that the greeting has room for, unless it has that part.

        One that `suits` and reads well beside the others is taken if there is any.
        """
        if name in self.picks or name in self.override.left_out or len(self.picks) == _MOST_PARTS:
            return
        wanted = [part for part in parts if part.id in self.override.chosen]
        # The author's own words come first.
        own = [part for part in parts if not part.shipped]
        for pool in (wanted, own, parts):
            unseen = [part for part in pool if part.id not in self.recalled.used_by_others]
            order = self._first_picks(
                name,
                unseen or pool,
                near,
                lead,
                lambda part: (
                    part.id in self.override.chosen or (self._reads_well(part) and suits(part))
                ),
            )
            if order:
                self._take(name, order)
                return

    def _first_picks(
        self,
        name: PartName,
        parts: list[Intro],
        near: OccasionDate | None,
        lead: Lead | None,
        suits: Callable[[Intro], bool],
    ) -> list[Pick]:
        """Return the first few of `parts` in the order of the draw, the one to take first."""
        room = MAX_GREETING_WORDS - sum(pick.words for pick in self.picks.values())
        order: list[Pick] = []
        aside: list[Pick] = []
        seed, uses = f"{self.seed} {name}", self.recalled.uses
        for part in rank_parts(parts, seed, uses, lambda part: closeness(part, self.now, near)):
            pick = self.filler.pick(part, near=near, lead=lead)
            if pick is None or not (pick.words <= room or (not part.shipped and not self.picks)):
                continue
            (order if order or suits(part) else aside).append(pick)
            if order and len(order) + len(aside) >= SHOWN_CANDIDATES:
                break
        # A greeting can do without an opener or a bridge, but not without a thought.
        return order + aside if order or name in ("hello", "thought") else []

    def _reads_well(self, part: Intro) -> bool:
        return all(
            read_well(part.text, pick.part.text)
            for name, pick in self.picks.items()
            if name != "hello"
        )

    def _take(self, name: PartName, order: list[Pick]) -> None:
        self.picks[name] = order[0]
        self.drawn[name] = order

    def _may(self, part: Intro) -> bool:
        language = part.language
        if language not in self.tongues:
            self.tongues[language] = speaks(part, self.filler.tongue)
        return self.tongues[language] and part.id not in self.override.passed_over

    def _lot(self, name: str) -> int:
        return lot(f"{self.seed} {name}", 100)

    # The result

    def _choice(self, event: OccasionDate | None) -> Choice:
        picks = [(name, self.picks[name]) for name in PART_NAMES if name in self.picks]
        parts = tuple(pick.as_part() for _, pick in picks)
        thought, bridge = self.picks.get("thought"), self.picks.get("bridge")
        said = event is not None and any(pick.near is event for _, pick in picks)
        languages = {pick.part.language for _, pick in picks if pick.part.language}
        greeting = Greeting(
            text=" ".join(part.text for part in parts),
            season=self.now.season,
            reason=self._reason(event if said else None),
            intro_id=thought.part.id if thought else "",
            occasion=event.occasion.id if event is not None and said else "",
            occasion_date=event.date.isoformat() if event is not None and said else "",
            language=min(languages, default="") if parts else "",
            parts=parts,
            bridge_posts=bridge.lead.posts if bridge and bridge.lead else (),
        )
        candidates = {
            name: tuple(pick.as_part() for pick in order) for name, order in self.drawn.items()
        }
        return Choice(greeting=greeting, candidates=candidates)

    def _reason(self, event: OccasionDate | None) -> str:
        """Return why the greeting is as it is, in one line."""
        reasons = []
        thought = self.picks.get("thought")
        if thought is not None:
            count = self.fitting
            number = "1 greeting fits" if count == 1 else f"{count} greetings fit"
            rest = (
                f", {self.resting} more used within the last {REST_ISSUES} issues"
                if self.resting and thought.near is None
                else ""
            )
            season = f" ({self.now.season.name})" if thought.reason == ANY_WEEK else ""
            reasons += [f"{thought.reason}{season}", f"{number}{rest}"]
        elif not self.picks:
            return explain_none(self.now.season, resting=self.resting, memory=REST_ISSUES)
        if event is not None and (thought is None or thought.near is not event):
            reasons.insert(0, f"{event.occasion.id} on {event.date.isoformat()}")
        if (opener := self.picks.get("opener")) is not None and opener.near is None:
            reasons.append(f"opener: {opener.reason}")
        if (bridge := self.picks.get("bridge")) is not None:
            reasons.append(f"bridge: {bridge.reason}")
        unfit = self.override.words if self.override.kind == "intro" else ""
        if unfit and (thought is None or thought.part.id != unfit):
            reasons.insert(0, f"“{unfit}” is not for this issue")
        return "; ".join(reasons) or season_phrase(self.now.season)
