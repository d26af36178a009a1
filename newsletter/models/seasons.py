"""Whose season it is, and how an issue opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hemisphere = Literal["north", "south", "tropics"]
HEMISPHERES: tuple[Hemisphere, ...] = ("north", "south", "tropics")
SeasonName = Literal["spring", "summer", "fall", "winter", "wet", "dry"]
Phase = Literal["first", "early", "mid", "late", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of the running year where somebody lives, and how far it has come."""

    name: SeasonName
    phase: Phase
    hemisphere: Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The line an edition opens with, and why it was chosen. `text` may be "".

    `language` is the tag it is written in, "" for the newsletter's own.
    """

    text: str
    season: Season
    reason: str
    intro_id: str = ""
    occasion: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingOverride:
    """How the author wants an issue to open: as we choose, in `words` of their own, with
    the greeting whose id is `words`, or without one.
    """

    kind: Literal["auto", "text", "intro", "none"] = "auto"
    words: str = ""


AUTO_GREETING = GreetingOverride()
