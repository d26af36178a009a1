"""Load all greeting files into one book, the author's folder before the shipped one.

Parts that are valid one by one may still be a problem together: duplicates, contradictions, a
part that can never come.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from pathlib import Path

from newsletter.composer.greetings.book import Intro, IntroBook, Place, Problem
from newsletter.composer.greetings.moments import MOMENTS
from newsletter.composer.greetings.occasions import KINDS, OWN_DAY, Occasion
from newsletter.composer.greetings.schema import (
    race_occasion,
    read_day,
    read_occasion,
    read_part,
    read_race,
)
from newsletter.composer.greetings.toml_tables import Fields, IntroFile, read_file
from newsletter.composer.seasons import season_name
from newsletter.models import HEMISPHERES, PART_NAMES, Hemisphere, Race, SeasonName

_WORDS = re.compile(r"[^\W_]+")
_SHINGLE = 3
# Share of the shorter intro's shingles that makes two intros similar.
_SIMILARITY = 0.5
# A shingle in more intros than this is an idiom and does not count.
_COMMON = 12
_HOLIDAYS = frozenset({"holiday", "remembrance", "mothers-day", "fathers-day"})
_TROPICAL: frozenset[SeasonName] = frozenset({"wet", "dry", "year-round"})
_FIRST_DAYS = tuple(date(2000, month, 1) for month in range(1, 13))


@dataclass(slots=True)
class _Draft:
    """The entries that have been read so far."""

    #: Parts of greetings, of every kind.
    parts: list[Intro] = field(default_factory=list)
    #: Occasion with its folder's rank and its place, by id.
    occasions: dict[str, tuple[Occasion, int, Place]] = field(default_factory=dict)
    races: dict[tuple[date, str], Race] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load_book(folders: tuple[Path, ...], *, zone: tzinfo = UTC) -> IntroBook:
    """Return the intros and occasions in the `*.toml` files of `folders`, and all races.

    Races may be in `*.ics` files too; `zone` is the author's time zone. Of files with one
    name, the first folder's is read, or the next one's if it cannot be parsed. An intro or
    occasion overrides one with its id in a later folder. A missing folder is no problem.

    Never raises: what cannot be used is left out and listed in `problems`.
    """
    draft = _Draft()
    done: set[str] = set()
    last = len(folders) - 1
    for rank, folder in enumerate(folders):
        for path in sorted(folder.glob("*.toml")):
            if path.name not in done:
                contents = read_file(path)
                _add_file(draft, contents, rank, shipped=rank == last)
                if contents.readable:
                    done.add(path.name)
        for path in sorted(folder.glob("*.ics")):
            _add_calendar(draft, path, zone, rank)
    return _build(draft, shipped=last)


def _add_file(draft: _Draft, contents: IntroFile, rank: int, *, shipped: bool) -> None:
    """Add the tables of a file. What ships is English unless its file says otherwise."""
    draft.problems.extend(contents.problems)
    language = contents.language or ("en" if shipped else "")
    for table in contents.tables:
        fields = Fields(table)
        if table.kind == "occasion":
            _add_occasion(draft, read_occasion(fields), table.place("id"), rank)
        elif table.kind == "race":
            if race := read_race(fields):
                _add_race(draft, *race, table.place("name"), rank)
        elif table.kind == "day":
            if day := read_day(fields, language=language, rank=rank):
                occasion, intro_of_day = day
                _add_occasion(draft, occasion, table.place("date"), rank)
                draft.parts.append(intro_of_day)
        elif part := read_part(fields, language=language, rank=rank, shipped=shipped):
            draft.parts.append(part)
        draft.problems.extend(fields.problems)


def _add_calendar(draft: _Draft, path: Path, zone: tzinfo, rank: int) -> None:
    # icalendar is slow to import, and most newsletters have no calendar file.
    from newsletter.composer.greetings.race_calendar import read_calendar

    races, problems = read_calendar(path, zone)
    draft.problems.extend(problems)
    for race, place in races:
        _add_race(draft, race, race_occasion(race), place, rank)


def _add_race(draft: _Draft, race: Race, occasion: Occasion, place: Place, rank: int) -> None:
    """Add a race, unless one with its day and name is there already."""
    key = (race.day, race.name.casefold())
    if key not in draft.races:
        draft.races[key] = race
        _add_occasion(draft, occasion, place, rank)


def _add_occasion(draft: _Draft, occasion: Occasion | None, place: Place, rank: int) -> None:
    if occasion is None:
        return
    _, other_rank, other_place = draft.occasions.setdefault(occasion.id, (occasion, rank, place))
    if other_rank == rank and other_place != place:
        message = f"The occasion “{occasion.id}” is already in {other_place}; ids are unique."
        draft.problems.append(Problem(place=place, message=message))


def _build(draft: _Draft, *, shipped: int) -> IntroBook:
    occasions = tuple(occasion for occasion, _, _ in draft.occasions.values())
    parts, duplicates = drop_duplicates(draft.parts)
    # What ships was looked through before it was shipped (`manners`).
    own = [part for part in parts if part.rank < shipped or not shipped]
    untimely = find_untimely(own, occasions)
    set_aside = {problem.place for problem in untimely}
    parts = [part for part in parts if part.place not in set_aside]
    own = [part for part in own if part.place not in set_aside]
    problems = [
        *draft.problems,
        *duplicates,
        *untimely,
        *find_unreachable(own, occasions),
        *(find_similar(parts, own) if own else ()),
        *_unused_occasions(draft, parts, shipped),
    ]
    by_name: dict[str, list[Intro]] = {name: [] for name in PART_NAMES}
    for part in parts:
        by_name[part.part].append(part)
    return IntroBook(
        openers=tuple(by_name["opener"]),
        hellos=tuple(by_name["hello"]),
        intros=tuple(by_name["thought"]),
        bridges=tuple(by_name["bridge"]),
        occasions=occasions,
        races=tuple(draft.races[key] for key in sorted(draft.races)),
        problems=tuple(sorted(problems)),
    )


def _unused_occasions(draft: _Draft, parts: list[Intro], shipped: int) -> list[Problem]:
    """Return a problem for each occasion of the author's that no part is for."""
    used = {name for part in parts for name in part.occasions}
    return [
        Problem(
            place=place,
            message=f"No greeting speaks of the occasion “{occasion.id}”; write one with "
            f'when = {{ occasion = "{occasion.id}" }}.',
        )
        for occasion, rank, place in draft.occasions.values()
        if rank < shipped or not shipped
        if not {occasion.id, occasion.kind} & used
    ]


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
