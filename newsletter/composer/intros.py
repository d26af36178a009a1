"""The greeting an edition opens with: true for its season and day, never said twice.

Of the greetings that fit, only the most fitting kind is left, then one is drawn by lot.
The lot hangs on the issue's key alone, so preview, a second draft and delivery agree, and
a greeting added to a file changes nothing unless it wins the draw itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from math import log
from types import MappingProxyType
from zoneinfo import ZoneInfo

from newsletter.composer.intro_book import Intro, IntroBook, Place, Problem, Use
from newsletter.composer.intro_fit import Fit, Setting, Tier, fit
from newsletter.composer.intro_load import load
from newsletter.composer.intro_words import fill, occasion_words, season_words
from newsletter.composer.occasions import near
from newsletter.composer.seasons import WET_MONTHS, season_at, season_third
from newsletter.models import Greeting, Hemisphere, Phase, Season

__all__ = ["MEMORY", "Intro", "IntroBook", "Place", "Problem", "Use", "greet", "load"]

# A greeting rests for so many issues before it may come again.
MEMORY = 40
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
_UNUSED: Mapping[str, int] = MappingProxyType({})


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
    memory: tuple[Use, ...],
    author_hemisphere: Hemisphere,
    wet_months: tuple[int, ...] = WET_MONTHS,
) -> Greeting:
    """The greeting for readers of `hemisphere` in the issue `issue_key`, dated `day`.

    `day`, `earlier` and `next_day` are dates in the author's zone `timezone`. `memory`
    holds what earlier issues used, newest last, this issue left out. Nothing this edition
    used within the last `MEMORY` issues comes again; what other editions used then comes
    only when nothing else of its kind is left. When nothing fits, the text is "", which
    is a valid greeting; a new season is greeted with the book's opening even then.
    """
    season = season_at(day, hemisphere, earlier=earlier, next_day=next_day, wet_months=wet_months)
    setting = Setting(
        day=day,
        season=season,
        third=season_third(day, hemisphere, wet_months=wet_months),
        moments=near(
            book.occasions,
            day,
            hemisphere=hemisphere,
            author_hemisphere=author_hemisphere,
            zone=ZoneInfo(timezone),
        ),
        words=season_words(season.name, language),
    )
    seed = f"{issue_key} {hemisphere}"
    hello = _hello(_in_language(book.openings, language), setting, seed)
    fits = _fits(_in_language(book.intros, language), setting)
    spent, elsewhere = _rested(memory, hemisphere)
    fresh = [each for each in fits if each.intro.id not in spent]
    if not fresh:
        return Greeting(text=hello, season=season, reason=_why_none(season, len(fits)))
    closest = min((each.tier, each.order) for each in fresh)
    drawn = [each for each in fresh if (each.tier, each.order) == closest]
    resting = sum((each.tier, each.order) == closest for each in fits) - len(drawn)
    unseen = [each for each in drawn if each.intro.id not in elsewhere]
    chosen = _draw(unseen or drawn, seed, Counter(use.intro_id for use in memory))
    return Greeting(
        text=_text(chosen, setting, hello),
        season=season,
        reason=_why(chosen, season, len(drawn), resting),
        intro_id=chosen.intro.id,
        occasion=chosen.moment.occasion.id if chosen.moment else "",
    )


def _in_language(intros: tuple[Intro, ...], language: str) -> list[Intro]:
    """Those in the newsletter's language; where there are none at all, the English ones."""
    wanted = _primary(language)
    found = [intro for intro in intros if _primary(intro.language) == wanted]
    return found or [intro for intro in intros if _primary(intro.language) == "en"]


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


def _fits(intros: Iterable[Intro], setting: Setting) -> list[Fit]:
    return [found for intro in intros if (found := fit(intro, setting)) is not None]


def _hello(openings: list[Intro], setting: Setting, seed: str) -> str:
    """What greets a new season, "" in all issues but its first."""
    fits = _fits(openings, setting)
    if setting.season.phase != "first" or not fits:
        return ""
    return fill(_draw(fits, seed).intro.text, setting.words)


def _rested(memory: tuple[Use, ...], hemisphere: Hemisphere) -> tuple[set[str], set[str]]:
    """Ids that rest: those this edition's readers saw, and those only others saw."""
    newest = max((use.issue for use in memory), default=0)
    recent = [use for use in memory if use.issue > newest - MEMORY]
    spent = {use.intro_id for use in recent if use.hemisphere in {None, hemisphere}}
    return spent, {use.intro_id for use in recent} - spent


def _draw(fits: list[Fit], seed: str, uses: Mapping[str, int] = _UNUSED) -> Fit:
    """One of `fits`, each as likely as its weight (Efraimidis and Spirakis, 2006).

    Each earlier use makes a greeting less likely, long after its rest is over.
    """
    return min(
        fits,
        key=lambda each: (
            (_lot(each.intro.id, seed) * (1 + uses.get(each.intro.id, 0)) ** 2) / each.intro.weight
        ),
    )


def _lot(name: str, seed: str) -> float:
    """A number above 0 that `seed` draws for `name`, exponentially distributed."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))


def _text(chosen: Fit, setting: Setting, hello: str) -> str:
    """The greeting's words; a new season is greeted even by one not written for it."""
    words = {**setting.words, "hello": hello}
    if chosen.moment is not None:
        words.update(occasion_words(chosen.moment))
    text = fill(chosen.intro.text, words).strip()
    if chosen.tier > Tier.FIRST and hello:
        return f"{hello} {text}"
    return text


def _why(chosen: Fit, season: Season, choice: int, resting: int) -> str:
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
    rest = f", {resting} more used within the last {MEMORY} issues" if resting else ""
    return f"{' and '.join(parts)}; {greetings}{rest}"


def _why_none(season: Season, resting: int) -> str:
    if resting:
        return f"{_spoken(season)}: all {resting} that fit were used within {MEMORY} issues"
    return f"{_spoken(season)}: no greeting fits"


def _spoken(season: Season) -> str:
    if season.hemisphere == "tropics":
        return f"the {season.name} season"
    return f"{season.name} ({season.hemisphere})"
