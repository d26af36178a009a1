"""Choose the greeting of an edition: one that fits its season and day, and has rested.

Only the intros of the closest tier are candidates; one is drawn at random, weighted. The
draw is seeded with the issue's key, so that preview, a second draft and delivery agree. An
intro added to a file changes the result only if it wins the draw.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import log
from types import MappingProxyType
from zoneinfo import ZoneInfo

from newsletter.composer.greetings.book import GreetingUse, Intro, IntroBook
from newsletter.composer.greetings.match import (
    Circumstances,
    Match,
    Tier,
    explain_choice,
    explain_none,
    match_intro,
)
from newsletter.composer.greetings.occasions import nearby_occasions
from newsletter.composer.greetings.placeholders import (
    fill_placeholders,
    occasion_values,
    season_values,
)
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import WET_MONTHS, season_at, season_third
from newsletter.models import Greeting, Hemisphere

#: Number of issues an intro rests before it may be used again.
REST_ISSUES = 40
#: Each earlier use divides the weight by this.
_REUSE_PENALTY = 8.0
_UNUSED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """The text that greets a new season; "" in every issue but its first."""

    text: str = ""
    language: str = ""


def greet(
    book: IntroBook,
    *,
    issue_key: str,
    day: date,
    hemisphere: Hemisphere,
    language: str,
    timezone: str,
    earlier: tuple[date, ...],
    next_day: date | None,
    memory: tuple[GreetingUse, ...],
    author_hemisphere: Hemisphere,
    wanted: str = "",
    wet_months: tuple[int, ...] = WET_MONTHS,
    regions: frozenset[str] = frozenset(),
) -> Greeting:
    """Return the greeting for readers in `hemisphere` of the issue `issue_key`, dated `day`.

    `day`, `earlier` (the days of earlier issues) and `next_day` are dates in the author's
    time zone `timezone`. `memory` lists what earlier issues used, without this one. An intro
    that this edition used within the last REST_ISSUES issues is not used again; one that only
    other editions used is taken if no other of its tier is left.

    `wanted` is the id of an intro the author asks for. It is used, rested or not, if its
    conditions hold; otherwise the reason says that they do not. `regions` are the countries
    whose holidays apply (ISO 3166-1 alpha-2, lower case).

    If no intro fits, the text is "", or the book's opening in a new season.
    """
    season = season_at(day, hemisphere, earlier=earlier, next_day=next_day, wet_months=wet_months)
    circumstances = Circumstances(
        day=day,
        season=season,
        third=season_third(day, hemisphere, wet_months=wet_months),
        nearby=nearby_occasions(
            book.occasions,
            day,
            hemisphere=hemisphere,
            author_hemisphere=author_hemisphere,
            zone=ZoneInfo(timezone),
            regions=regions,
        ),
        values=season_values(season.name, language),
    )
    seed = f"{issue_key} {hemisphere}"
    opening = _draw_opening(_in_language(book.openings, language), circumstances, seed)
    requested = [intro for intro in book.intros if intro.id == wanted]
    for match in _matches(requested, circumstances):
        return _greeting(match, circumstances, opening, "chosen by the author")
    matches = _matches(_in_language(book.intros, language), circumstances)
    greeting = _choose(matches, memory, circumstances, opening, seed)
    if not wanted:
        return greeting
    return replace(greeting, reason=f"“{wanted}” is not for this issue; {greeting.reason}")


def _choose(
    matches: list[Match],
    memory: tuple[GreetingUse, ...],
    circumstances: Circumstances,
    opening: _Opening,
    seed: str,
) -> Greeting:
    resting, used_by_others = _recently_used(memory, circumstances.season.hemisphere)
    rested = [match for match in matches if match.intro.id not in resting]
    if not rested:
        reason = explain_none(circumstances.season, resting=len(matches), memory=REST_ISSUES)
        return Greeting(
            text=opening.text, season=circumstances.season, reason=reason, language=opening.language
        )
    closest = min((match.tier, match.order) for match in rested)
    candidates = [match for match in rested if (match.tier, match.order) == closest]
    in_closest_tier = sum((match.tier, match.order) == closest for match in matches)
    unseen = [match for match in candidates if match.intro.id not in used_by_others]
    drawn = _draw(unseen or candidates, seed, Counter(use.intro_id for use in memory))
    reason = explain_choice(
        drawn,
        circumstances.season,
        candidates=len(candidates),
        resting=in_closest_tier - len(candidates),
        memory=REST_ISSUES,
    )
    return _greeting(drawn, circumstances, opening, reason)


def _greeting(
    match: Match, circumstances: Circumstances, opening: _Opening, reason: str
) -> Greeting:
    # An opening in another language than the intro is left out.
    alike = primary_language(opening.language) == primary_language(match.intro.language)
    return Greeting(
        text=_text(match, circumstances, opening.text if alike else ""),
        season=circumstances.season,
        reason=reason,
        intro_id=match.intro.id,
        occasion=match.near.occasion.id if match.near else "",
        language=match.intro.language,
    )


def _in_language(intros: tuple[Intro, ...], language: str) -> list[Intro]:
    """Return the intros in `language`, or the English ones if there are none."""
    wanted = primary_language(language)
    in_language = [intro for intro in intros if primary_language(intro.language) == wanted]
    return in_language or [intro for intro in intros if primary_language(intro.language) == "en"]


def _matches(intros: Iterable[Intro], circumstances: Circumstances) -> list[Match]:
    return [match for intro in intros if (match := match_intro(intro, circumstances)) is not None]


def _draw_opening(openings: list[Intro], circumstances: Circumstances, seed: str) -> _Opening:
    matches = _matches(openings, circumstances)
    if circumstances.season.phase != "first" or not matches:
        return _Opening()
    drawn = _draw(matches, seed).intro
    return _Opening(
        text=fill_placeholders(drawn.text, circumstances.values), language=drawn.language
    )


def _recently_used(
    memory: tuple[GreetingUse, ...], hemisphere: Hemisphere
) -> tuple[set[str], set[str]]:
    """Return the ids used recently in this edition, and those used only in others."""
    newest = max((use.issue for use in memory), default=0)
    recent = [use for use in memory if use.issue > newest - REST_ISSUES]
    here = {use.intro_id for use in recent if use.hemisphere in {None, hemisphere}}
    return here, {use.intro_id for use in recent} - here


def _draw(matches: list[Match], seed: str, uses: Mapping[str, int] = _UNUSED) -> Match:
    """Draw one match with a probability proportional to its weight.

    Weighted random sampling after Efraimidis and Spirakis (2006). Each earlier use divides
    the weight by _REUSE_PENALTY, beyond the intro's rest, so that most intros are used once before
    any is used twice.
    """
    return min(
        matches,
        key=lambda match: (
            _exponential(match.intro.id, seed)
            * _REUSE_PENALTY ** min(uses.get(match.intro.id, 0), REST_ISSUES)
            / match.intro.weight
        ),
    )


def _exponential(name: str, seed: str) -> float:
    """Return an exponentially distributed number above 0, determined by `name` and `seed`."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))


def _text(match: Match, circumstances: Circumstances, opening: str) -> str:
    """Return the intro's text, after the opening unless the intro places it itself."""
    values = {**circumstances.values, "hello": opening}
    if match.near is not None:
        values.update(occasion_values(match.near))
    text = fill_placeholders(match.intro.text, values).strip()
    if match.tier not in {Tier.FIRST, Tier.FIRST_AND_OCCASION} and opening:
        return f"{opening} {text}"
    return text
