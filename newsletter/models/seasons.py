"""Seasons, and the greeting that an issue opens with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hemisphere = Literal["north", "south", "tropics"]
HEMISPHERES: tuple[Hemisphere, ...] = ("north", "south", "tropics")
SeasonName = Literal["spring", "summer", "fall", "winter", "wet", "dry"]
Phase = Literal["first", "early", "mid", "late", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of a hemisphere, and how far it has come."""

    name: SeasonName
    phase: Phase
    hemisphere: Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The line that an edition opens with. Stored as JSON, field by field."""

    #: "" for an edition that opens without one.
    text: str
    season: Season
    #: Why it was chosen, for the author.
    reason: str
    #: The id in the greeting files, "" for a text of the author's.
    intro_id: str = ""
    occasion: str = ""
    #: The BCP 47 tag it is written in, "" for the newsletter's own language.
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingOverride:
    """How the author wants an issue to open. Stored as JSON, field by field."""

    #: "auto" leaves the choice to us, "text" and "intro" use `words`, "none" has no greeting.
    kind: Literal["auto", "text", "intro", "none"] = "auto"
    #: The text itself, or the id of a greeting in the files.
    words: str = ""


AUTO_GREETING = GreetingOverride()
