"""Load all greeting files into one book, the author's folder before the shipped one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from pathlib import Path

from newsletter.composer.greetings import problems as checks
from newsletter.composer.greetings.book import Intro, IntroBook, Place, Problem
from newsletter.composer.greetings.occasions import Occasion
from newsletter.composer.greetings.schema import (
    race_occasion,
    read_day,
    read_occasion,
    read_part,
    read_race,
)
from newsletter.composer.greetings.toml_tables import Fields, IntroFile, read_file
from newsletter.models import PART_NAMES, Race


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
    parts, duplicates = checks.drop_duplicates(draft.parts)
    # What ships was looked through before it was shipped (`manners`).
    own = [part for part in parts if part.rank < shipped or not shipped]
    untimely = checks.find_untimely(own, occasions)
    set_aside = {problem.place for problem in untimely}
    parts = [part for part in parts if part.place not in set_aside]
    own = [part for part in own if part.place not in set_aside]
    problems = [
        *draft.problems,
        *duplicates,
        *untimely,
        *checks.find_unreachable(own, occasions),
        *(checks.find_similar(parts, own) if own else ()),
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
