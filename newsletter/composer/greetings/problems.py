"""Find problems among intros that are valid one by one: duplicates, contradictions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from newsletter.composer.greetings.book import Intro, Problem
from newsletter.composer.greetings.moments import MOMENTS
from newsletter.composer.greetings.occasions import KINDS, OWN_DAY, Occasion
from newsletter.composer.seasons import season_name
from newsletter.models import HEMISPHERES, Hemisphere, SeasonName

_WORDS = re.compile(r"[^\W_]+")
_SHINGLE = 3
# Share of the shorter intro's shingles that makes two intros similar.
_SIMILARITY = 0.5
# A shingle in more intros than this is an idiom and does not count.
_COMMON = 12
_HOLIDAYS = frozenset({"holiday", "remembrance", "mothers-day", "fathers-day"})
_TROPICAL: frozenset[SeasonName] = frozenset({"wet", "dry", "year-round"})
_FIRST_DAYS = tuple(date(2000, month, 1) for month in range(1, 13))


def drop_duplicates(intros: Iterable[Intro]) -> tuple[list[Intro], list[Problem]]:
    """Return one intro for each id, the author's before the shipped one, else the first.

    Only two in one folder are a problem: overriding a shipped intro by its id is intended.
    """
    by_id: dict[str, Intro] = {}
    problems = []
    for intro in intros:
        other = by_id.setdefault(intro.id, intro)
        if other is not intro and other.rank == intro.rank:
            message = f"The id “{intro.id}” is taken by {other.place}; ids are unique."
            problems.append(Problem(place=intro.place, message=message))
    return list(by_id.values()), problems


def find_untimely(intros: Iterable[Intro], occasions: tuple[Occasion, ...]) -> list[Problem]:
    """Find intros that name an occasion in their text without having it as a condition.

    Authors know best when they speak of a holiday; only races are looked up for them.
    """
    by_name = {name.lower(): occasion for occasion in occasions for name in occasion.names}
    if not by_name:
        return []
    pattern = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    names = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    problems = []
    for intro in intros:
        for name in names.findall(intro.text):
            occasion = by_name[name.lower()]
            if not intro.shipped and occasion.kind in _HOLIDAYS:
                continue
            if OWN_DAY in intro.occasions:
                continue
            if not {occasion.id, occasion.kind} & set(intro.occasions):
                message = (
                    f"The greeting “{intro.id}” names {name} on any date; give it "
                    f'when = {{ occasion = "{occasion.id}" }} or leave the name out.'
                )
                problems.append(Problem(place=intro.place, message=message))
                break
    return problems


def find_unreachable(intros: Iterable[Intro], occasions: tuple[Occasion, ...]) -> list[Problem]:
    """Find intros whose conditions can never hold."""
    known = {*KINDS, *MOMENTS, *(o.id for o in occasions), *(o.kind for o in occasions)}
    problems = []
    for intro in intros:
        if unknown := [name for name in intro.occasions if name not in known]:
            message = f"The occasion “{unknown[0]}” of “{intro.id}” is in no file."
        elif not _has_a_season(intro):
            message = f"“{intro.id}” can never be used: no reader has that season then."
        else:
            continue
        problems.append(Problem(place=intro.place, message=message))
    return problems


def find_similar(intros: Iterable[Intro], suspects: Iterable[Intro]) -> list[Problem]:
    """Find `suspects` that share half of their shingles (runs of three words) with another.

    Of two suspects alike, the later one is named.
    """
    listed = [intro for intro in intros if intro.part != "hello"]
    suspected = {id(intro) for intro in suspects}
    listed.sort(key=lambda intro: id(intro) in suspected)
    if not _may_be_similar(listed, suspected):
        return []
    holders: defaultdict[str, list[int]] = defaultdict(list)
    shingles = [_shingles(intro.text) for intro in listed]
    problems = []
    for number, intro in enumerate(listed):
        shared: Counter[int] = Counter()
        for shingle in shingles[number]:
            others = holders[shingle]
            if len(others) < _COMMON:
                shared.update(others)
                others.append(number)
        for other, count in shared.most_common(1):
            least = _SIMILARITY * min(len(shingles[number]), len(shingles[other]))
            if id(intro) in suspected and count >= least:
                message = f"“{intro.id}” reads much like “{listed[other].id}”."
                problems.append(Problem(place=intro.place, message=message))
    return problems


def _may_be_similar(listed: list[Intro], suspected: set[int]) -> bool:
    """Whether any run of words of a suspect is in another text at all: a quick look."""
    texts = [" ".join(_WORDS.findall(intro.text.lower())) for intro in listed]
    everything = "\n".join(texts)
    for intro in listed:
        if id(intro) in suspected:
            shingles = _shingles(intro.text)
            known = sum(everything.count(shingle) > 1 for shingle in shingles)
            if 3 * known >= len(shingles):
                return True
    return False


def _shingles(text: str) -> set[str]:
    words = _WORDS.findall(text.lower())
    ends = range(_SHINGLE, max(len(words), _SHINGLE) + 1)
    return {" ".join(words[end - _SHINGLE : end]) for end in ends}


def _has_a_season(intro: Intro) -> bool:
    """Whether one of the intro's hemispheres has one of its seasons in one of its months.

    In the tropics every month may have either season: the author sets the wet months.
    """
    places = intro.hemispheres or HEMISPHERES
    months = intro.months or tuple(range(1, 13))
    return not intro.seasons or any(
        name in intro.seasons for place in places for name in _seasons(place, months)
    )


def _seasons(place: Hemisphere, months: tuple[int, ...]) -> set[SeasonName]:
    if place == "tropics":
        return {*_TROPICAL}
    return {season_name(_FIRST_DAYS[month - 1], place) for month in months}
