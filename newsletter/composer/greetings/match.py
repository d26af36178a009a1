"""Match intros against an issue: how closely one fits, and why, in the author's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from newsletter.composer.greetings.book import Intro
from newsletter.composer.greetings.occasions import OWN_DAY, OccasionDate
from newsletter.composer.greetings.placeholders import OCCASION_FIELDS, occasion_values
from newsletter.models import Phase, Season


class Tier(IntEnum):
    """How closely an intro fits; lower is closer, and only the closest tier is drawn from."""

    DAY = 0
    FIRST_AND_OCCASION = 1
    FIRST = 2
    OCCASION = 3
    LAST = 4
    PHASE = 5
    SEASON = 6
    NEUTRAL = 7


_PHASES: Mapping[Phase, str] = {
    "first": "first issue of",
    "early": "early in",
    "mid": "midway through",
    "late": "late in",
    "last": "last issue of",
}
_TIERS = {
    Tier.FIRST_AND_OCCASION: _PHASES["first"],
    Tier.FIRST: _PHASES["first"],
    Tier.LAST: _PHASES["last"],
    Tier.SEASON: "any week of",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The day, season and occasions of an edition, against which intros are matched."""

    day: date
    season: Season
    #: The phase by the calendar alone: early, mid or late.
    third: Phase
    #: Occasions near `day`, the most important first.
    nearby: tuple[OccasionDate, ...] = ()
    #: Values of the placeholders that every intro may use.
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An intro whose conditions hold."""

    intro: Intro
    tier: Tier
    #: Index of its occasion in `Circumstances.nearby`.
    order: int = 0
    near: OccasionDate | None = None


def match_intro(intro: Intro, circumstances: Circumstances) -> Match | None:
    """Return how `intro` fits, or None if one of its conditions does not hold."""
    season = circumstances.season
    if (
        (intro.seasons and season.name not in intro.seasons)
        or (intro.phases and not {season.phase, circumstances.third} & set(intro.phases))
        or (intro.hemispheres and season.hemisphere not in intro.hemispheres)
        or (intro.months and circumstances.day.month not in intro.months)
        or (intro.expires is not None and circumstances.day > intro.expires)
    ):
        return None
    if not intro.occasions:
        return Match(intro=intro, tier=_tier(intro, season.phase))
    for order, near in enumerate(circumstances.nearby):
        if _is_for(intro, near):
            tier = _tier_of_occasion(intro, near, season.phase)
            return Match(intro=intro, tier=tier, order=order, near=near)
    return None


def _is_for(intro: Intro, near: OccasionDate) -> bool:
    """Whether `intro` is for this occasion and timing, and all its placeholders have values."""
    return (
        (near.occasion.id in intro.occasions or near.occasion.kind in intro.occasions)
        and (not intro.timings or near.timing in intro.timings)
        and intro.fields & OCCASION_FIELDS <= occasion_values(near).keys()
    )


def _tier_of_occasion(intro: Intro, near: OccasionDate, phase: Phase) -> Tier:
    if near.occasion.kind == OWN_DAY:
        return Tier.DAY
    first = phase == "first" and "first" in intro.phases
    return Tier.FIRST_AND_OCCASION if first else Tier.OCCASION


def _tier(intro: Intro, phase: Phase) -> Tier:
    if phase == "first" and "first" in intro.phases:
        return Tier.FIRST
    if phase == "last" and "last" in intro.phases:
        return Tier.LAST
    if intro.phases:
        return Tier.PHASE
    if intro.seasons or intro.months:
        return Tier.SEASON
    return Tier.NEUTRAL


def explain_choice(
    match: Match, season: Season, *, candidates: int, resting: int, memory: int
) -> str:
    """Return why `match` was drawn from `candidates` intros while `resting` more rest."""
    parts = []
    if match.tier in _TIERS:
        parts.append(f"{_TIERS[match.tier]} {_season_name(season)}")
    elif match.tier == Tier.PHASE:
        parts.append(f"{_PHASES[season.phase]} {_season_name(season)}")
    elif match.tier == Tier.NEUTRAL:
        parts.append("any week of the year")
    if match.near is not None:
        parts.append(f"{match.near.occasion.id} on {match.near.date.isoformat()}")
    greetings = "1 greeting fits" if candidates == 1 else f"{candidates} greetings fit"
    rest = f", {resting} more used within the last {memory} issues" if resting else ""
    return f"{' and '.join(parts)}; {greetings}{rest}"


def explain_none(season: Season, *, resting: int, memory: int) -> str:
    """Return why no intro was drawn, while `resting` rest."""
    if resting:
        return f"{_season_name(season)}: all {resting} that fit were used within {memory} issues"
    return f"{_season_name(season)}: no greeting fits"


def _season_name(season: Season) -> str:
    if season.hemisphere == "tropics":
        return f"the {season.name} season"
    return f"{season.name} ({season.hemisphere})"
