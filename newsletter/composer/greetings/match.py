"""How closely a greeting fits an issue: not at all, or one of eight tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from newsletter.composer.greetings.book import Intro
from newsletter.composer.greetings.occasions import OWN_DAY, OccasionDate
from newsletter.composer.greetings.placeholders import OF_OCCASIONS, occasion_words
from newsletter.models import Phase, Season


class Tier(IntEnum):
    """How closely a greeting fits; lower is closer, and only the closest are drawn from."""

    DAY = 0
    FIRST_AND_OCCASION = 1
    FIRST = 2
    OCCASION = 3
    LAST = 4
    PHASE = 5
    SEASON = 6
    NEUTRAL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a greeting's conditions are held against.

    `third` is how far the season has come by the calendar; `moments` are the occasions
    near `day`, the most important first; `words` fill the fields of every greeting.
    """

    day: date
    season: Season
    third: Phase
    moments: tuple[OccasionDate, ...] = ()
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A greeting that fits. `order` is the place of its occasion among the moments."""

    intro: Intro
    tier: Tier
    order: int = 0
    moment: OccasionDate | None = None


def match_intro(intro: Intro, setting: Setting) -> Match | None:
    """How `intro` fits, or None when one of its conditions does not hold."""
    season = setting.season
    if (
        (intro.seasons and season.name not in intro.seasons)
        or (intro.phases and not {season.phase, setting.third} & set(intro.phases))
        or (intro.hemispheres and season.hemisphere not in intro.hemispheres)
        or (intro.months and setting.day.month not in intro.months)
        or (intro.expires is not None and setting.day > intro.expires)
    ):
        return None
    if not intro.occasions:
        return Match(intro=intro, tier=_tier(intro, season.phase))
    for order, moment in enumerate(setting.moments):
        if _speaks_of(intro, moment):
            tier = _tier_of_occasion(intro, moment, season.phase)
            return Match(intro=intro, tier=tier, order=order, moment=moment)
    return None


def _speaks_of(intro: Intro, moment: OccasionDate) -> bool:
    """Whether `intro` is for this occasion, at this distance, with its words to be had."""
    return (
        (moment.occasion.id in intro.occasions or moment.occasion.kind in intro.occasions)
        and (not intro.timings or moment.timing in intro.timings)
        and intro.fields & OF_OCCASIONS <= occasion_words(moment).keys()
    )


def _tier_of_occasion(intro: Intro, moment: OccasionDate, phase: Phase) -> Tier:
    if moment.occasion.kind == OWN_DAY:
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
