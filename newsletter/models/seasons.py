"""Seasons, and the greeting that an issue opens with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

#: The English names of the months, as settings, races and feeds write them.
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
Hemisphere = Literal["north", "south", "tropics"]
HEMISPHERES: tuple[Hemisphere, ...] = ("north", "south", "tropics")
SeasonName = Literal["spring", "summer", "fall", "winter", "wet", "dry", "year-round"]
Phase = Literal["first", "early", "mid", "late", "last"]
#: A part of a greeting, in the order in which they are read.
PartName = Literal["opener", "hello", "thought", "bridge"]
#: What later issues remember of a greeting: its parts and its occasion.
UsedPart = PartName | Literal["occasion"]
PART_NAMES: tuple[PartName, ...] = ("opener", "hello", "thought", "bridge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of a hemisphere, and how far it has come."""

    name: SeasonName
    phase: Phase
    hemisphere: Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingPart:
    """One part of a greeting, as readers get it. Stored as JSON, field by field."""

    name: PartName
    #: The id in the greeting files.
    id: str
    text: str
    #: Why it was chosen, for the author.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The paragraph that an edition opens with. Stored as JSON, field by field."""

    #: "" for an edition that opens without one. The author's own may hold several paragraphs.
    text: str
    season: Season
    #: Why it was chosen, for the author.
    reason: str
    #: The id of the thought in the greeting files, "" if there is none.
    intro_id: str = ""
    #: The id of the occasion it speaks of.
    occasion: str = ""
    #: The date of that occasion (ISO 8601).
    occasion_date: str = ""
    #: The BCP 47 tag it is written in, "" for the newsletter's own language.
    language: str = ""
    #: What it is put together from; empty for a text of the author's.
    parts: tuple[GreetingPart, ...] = ()
    #: The ids of the posts that the bridge speaks of; an edition without one of them drops it.
    bridge_posts: tuple[int, ...] = ()

    def part(self, name: PartName) -> GreetingPart | None:
        """Return the part of that name, None if it is left out."""
        return next((part for part in self.parts if part.name == name), None)

    def used_parts(self) -> tuple[tuple[UsedPart, str], ...]:
        """Return what later issues must remember of it: its parts and its occasion.

        An occasion is remembered by its id and date.
        """
        used: list[tuple[UsedPart, str]] = [(part.name, part.id) for part in self.parts]
        if self.intro_id and not self.parts:
            # A greeting of an earlier version is one thought.
            used.append(("thought", self.intro_id))
        if self.occasion_date:
            used.append(("occasion", f"{self.occasion} {self.occasion_date}"))
        return tuple(used)

    def without_bridge(self) -> Greeting:
        """Return the greeting for readers whose edition lacks a post of the bridge."""
        parts = tuple(part for part in self.parts if part.name != "bridge")
        text = " ".join(part.text for part in parts)
        return replace(self, text=text, parts=parts, bridge_posts=())


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingOverride:
    """How the author wants an issue to open. Stored as JSON, field by field."""

    #: "auto" leaves the choice to us, "text" and "intro" use `words`, "none" has no greeting.
    kind: Literal["auto", "text", "intro", "none"] = "auto"
    #: The text itself, or the id of a thought in the files.
    words: str = ""
    #: Ids of the opener and the bridge that the author chose.
    chosen: tuple[str, ...] = ()
    #: Ids that the author passed over for this issue: another one is chosen.
    passed_over: tuple[str, ...] = ()
    #: Parts that this issue does without.
    left_out: tuple[PartName, ...] = ()
    #: The author's own words for readers of single hemispheres, "" for no greeting there.
    by_hemisphere: tuple[tuple[Hemisphere, str], ...] = ()


AUTO_GREETING = GreetingOverride()
