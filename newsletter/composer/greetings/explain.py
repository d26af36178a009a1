"""Why a greeting was chosen, in words the author sees beside it."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.composer.greetings.match import Match, Tier
from newsletter.models import Phase, Season

_PHASES: Mapping[Phase, str] = {
    "first": "first issue of",
    "early": "early in",
    "mid": "midway through",
    "late": "late in",
    "last": "last issue of",
}
_WHEN = {
    Tier.FIRST_AND_OCCASION: _PHASES["first"],
    Tier.FIRST: _PHASES["first"],
    Tier.LAST: _PHASES["last"],
    Tier.SEASON: "any week of",
}


def why(chosen: Match, season: Season, *, choice: int, resting: int, memory: int) -> str:
    """Why `chosen`, drawn out of `choice` greetings while `resting` more rest."""
    parts = []
    if chosen.tier in _WHEN:
        parts.append(f"{_WHEN[chosen.tier]} {_spoken(season)}")
    elif chosen.tier == Tier.PHASE:
        parts.append(f"{_PHASES[season.phase]} {_spoken(season)}")
    elif chosen.tier == Tier.NEUTRAL:
        parts.append("any week of the year")
    if chosen.moment is not None:
        parts.append(f"{chosen.moment.occasion.id} on {chosen.moment.date.isoformat()}")
    greetings = "1 greeting fits" if choice == 1 else f"{choice} greetings fit"
    rest = f", {resting} more used within the last {memory} issues" if resting else ""
    return f"{' and '.join(parts)}; {greetings}{rest}"


def why_none(season: Season, *, resting: int, memory: int) -> str:
    """Why there is no greeting, though `resting` would fit."""
    if resting:
        return f"{_spoken(season)}: all {resting} that fit were used within {memory} issues"
    return f"{_spoken(season)}: no greeting fits"


def _spoken(season: Season) -> str:
    if season.hemisphere == "tropics":
        return f"the {season.name} season"
    return f"{season.name} ({season.hemisphere})"
