"""The greeting an edition opens with: true for its season and day, never said twice.

Of the greetings that fit, only the most fitting kind is left, then one is drawn by lot.
The lot hangs on the issue's key alone, so preview, a second draft and delivery agree, and
a greeting added to a file changes nothing unless it wins the draw itself.
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

from newsletter.composer.greetings.book import (
    GreetingUse,
    Intro,
    IntroBook,
)
from newsletter.composer.greetings.explain import why, why_none
from newsletter.composer.greetings.match import Match, Setting, Tier, match_intro
from newsletter.composer.greetings.occasions import nearby_occasions
from newsletter.composer.greetings.placeholders import fill, occasion_words, season_words
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import WET_MONTHS, season_at, season_third
from newsletter.models import Greeting, Hemisphere

# A greeting rests for so many issues before it may come again.
MEMORY = 40
_WEAR = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hello:
    """What greets a new season, "" in all issues but its first, and its language."""

    text: str = ""
    language: str = ""


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
    memory: tuple[GreetingUse, ...],
    author_hemisphere: Hemisphere,
    wanted: str = "",
    wet_months: tuple[int, ...] = WET_MONTHS,
    regions: frozenset[str] = frozenset(),
) -> Greeting:
    """The greeting for readers of `hemisphere` in the issue `issue_key`, dated `day`.

    `day`, `earlier` and `next_day` are dates in the author's zone `timezone`. `memory`
    holds what earlier issues used, this issue left out. Nothing this edition used within
    the last `MEMORY` issues comes again; what other editions used then comes only when
    nothing else of its kind is left. `wanted` is the id of a greeting the author asks for:
    it is taken, used before or not, wherever its conditions hold, and elsewhere the reason
    says that they do not. `regions` are the countries whose holidays the author keeps (ISO
    3166 letters, small). When nothing fits, the
    text is "", which is a valid greeting; a new season is greeted by the book's opening
    even then.
    """
    season = season_at(day, hemisphere, earlier=earlier, next_day=next_day, wet_months=wet_months)
    setting = Setting(
        day=day,
        season=season,
        third=season_third(day, hemisphere, wet_months=wet_months),
        moments=nearby_occasions(
            book.occasions,
            day,
            hemisphere=hemisphere,
            author_hemisphere=author_hemisphere,
            zone=ZoneInfo(timezone),
            regions=regions,
        ),
        words=season_words(season.name, language),
    )
    seed = f"{issue_key} {hemisphere}"
    hello = _hello(_in_language(book.openings, language), setting, seed)
    asked = [intro for intro in book.intros if intro.id == wanted]
    for found in _fits(asked, setting):
        return _greeting(found, setting, hello, "chosen by the author")
    fits = _fits(_in_language(book.intros, language), setting)
    greeting = _choose(fits, memory, setting, hello, seed)
    if not wanted:
        return greeting
    return replace(greeting, reason=f"“{wanted}” is not for this issue; {greeting.reason}")


def _choose(
    fits: list[Match], memory: tuple[GreetingUse, ...], setting: Setting, hello: _Hello, seed: str
) -> Greeting:
    spent, elsewhere = _rested(memory, setting.season.hemisphere)
    fresh = [each for each in fits if each.intro.id not in spent]
    if not fresh:
        reason = why_none(setting.season, resting=len(fits), memory=MEMORY)
        return Greeting(
            text=hello.text, season=setting.season, reason=reason, language=hello.language
        )
    closest = min((each.tier, each.order) for each in fresh)
    drawn = [each for each in fresh if (each.tier, each.order) == closest]
    resting = sum((each.tier, each.order) == closest for each in fits) - len(drawn)
    unseen = [each for each in drawn if each.intro.id not in elsewhere]
    chosen = _draw(unseen or drawn, seed, Counter(use.intro_id for use in memory))
    return _greeting(
        chosen,
        setting,
        hello,
        why(chosen, setting.season, choice=len(drawn), resting=resting, memory=MEMORY),
    )


def _greeting(chosen: Match, setting: Setting, hello: _Hello, reason: str) -> Greeting:
    # Half the one language and half the other is no greeting.
    alike = primary_language(hello.language) == primary_language(chosen.intro.language)
    return Greeting(
        text=_text(chosen, setting, hello.text if alike else ""),
        season=setting.season,
        reason=reason,
        intro_id=chosen.intro.id,
        occasion=chosen.moment.occasion.id if chosen.moment else "",
        language=chosen.intro.language,
    )


def _in_language(intros: tuple[Intro, ...], language: str) -> list[Intro]:
    """Those in the newsletter's language; where there are none at all, the English ones."""
    wanted = primary_language(language)
    found = [intro for intro in intros if primary_language(intro.language) == wanted]
    return found or [intro for intro in intros if primary_language(intro.language) == "en"]


def _fits(intros: Iterable[Intro], setting: Setting) -> list[Match]:
    return [found for intro in intros if (found := match_intro(intro, setting)) is not None]


def _hello(openings: list[Intro], setting: Setting, seed: str) -> _Hello:
    fits = _fits(openings, setting)
    if setting.season.phase != "first" or not fits:
        return _Hello()
    drawn = _draw(fits, seed).intro
    return _Hello(text=fill(drawn.text, setting.words), language=drawn.language)


def _rested(memory: tuple[GreetingUse, ...], hemisphere: Hemisphere) -> tuple[set[str], set[str]]:
    """Ids that rest: those this edition's readers saw, and those only others saw."""
    newest = max((use.issue for use in memory), default=0)
    recent = [use for use in memory if use.issue > newest - MEMORY]
    spent = {use.intro_id for use in recent if use.hemisphere in {None, hemisphere}}
    return spent, {use.intro_id for use in recent} - spent


def _draw(fits: list[Match], seed: str, uses: Mapping[str, int] = _UNUSED) -> Match:
    """One of `fits`, each as likely as its weight (Efraimidis and Spirakis, 2006).

    Each earlier use leaves an eighth of the weight, long after the greeting's rest is over,
    so that most are heard once before any is heard twice.
    """
    return min(
        fits,
        key=lambda each: (
            _lot(each.intro.id, seed)
            * _WEAR ** min(uses.get(each.intro.id, 0), MEMORY)
            / each.intro.weight
        ),
    )


def _lot(name: str, seed: str) -> float:
    """A number above 0 that `seed` draws for `name`, exponentially distributed."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return -log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))


def _text(chosen: Match, setting: Setting, hello: str) -> str:
    """The greeting's words; a new season is greeted even by one not written for it."""
    words = {**setting.words, "hello": hello}
    if chosen.moment is not None:
        words.update(occasion_words(chosen.moment))
    text = fill(chosen.intro.text, words).strip()
    if chosen.tier not in {Tier.FIRST, Tier.FIRST_AND_OCCASION} and hello:
        return f"{hello} {text}"
    return text
