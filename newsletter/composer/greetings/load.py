"""Greeting files into one book: the author's own folder first, ours after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from pathlib import Path

from newsletter.composer.greetings import problems as lint
from newsletter.composer.greetings.author_dates import race_occasion, read_day, read_race
from newsletter.composer.greetings.book import Intro, IntroBook, Place, Problem
from newsletter.composer.greetings.fields import Fields
from newsletter.composer.greetings.occasions import Occasion
from newsletter.composer.greetings.schema import read_intro, read_occasion
from newsletter.composer.greetings.toml_tables import IntroFile, read_file
from newsletter.models import Race


@dataclass(slots=True)
class _Heap:
    """What has been read so far."""

    intros: list[Intro] = field(default_factory=list)
    openings: list[Intro] = field(default_factory=list)
    occasions: dict[str, tuple[Occasion, int, Place]] = field(default_factory=dict)
    races: dict[tuple[date, str], Race] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load_book(folders: tuple[Path, ...], *, zone: tzinfo = UTC) -> IntroBook:
    """Every greeting and occasion in the `*.toml` files of `folders`, and the races in
    their `*.ics` files; `zone` is the author's.

    Of files with one name the first folder's is read (the next one's, should it be
    broken); a greeting or occasion replaces one with its id in a later folder. A folder
    that is not there is no problem. Nothing is raised: what cannot be used is set aside
    and named in `problems`, and the rest works.
    """
    heap = _Heap()
    done: set[str] = set()
    for rank, folder in enumerate(folders):
        for path in sorted(folder.glob("*.toml")):
            if path.name not in done:
                contents = read_file(path)
                _add(heap, contents, rank)
                if contents.readable:
                    done.add(path.name)
        for path in sorted(folder.glob("*.ics")):
            _add_calendar(heap, path, zone, rank)
    return _bind(heap, ours=len(folders) - 1)


def _add(heap: _Heap, contents: IntroFile, rank: int) -> None:
    heap.problems.extend(contents.problems)
    for table in contents.tables:
        fields = Fields(table)
        if table.kind == "occasion":
            _add_occasion(heap, read_occasion(fields), table.place("id"), rank)
        elif table.kind == "race":
            if found := read_race(fields):
                _add_race(heap, *found, table.place("name"), rank)
        elif table.kind == "day":
            if told := read_day(fields, language=contents.language, rank=rank):
                _add_occasion(heap, told[0], table.place("date"), rank)
                heap.intros.append(told[1])
        elif intro := read_intro(fields, language=contents.language, rank=rank):
            (heap.intros if table.kind == "intro" else heap.openings).append(intro)
        heap.problems.extend(fields.problems)


def _add_calendar(heap: _Heap, path: Path, zone: tzinfo, rank: int) -> None:
    # Most newsletters have no calendar file and need not load what reads one.
    from newsletter.composer.greetings.race_calendar import read_calendar

    races, problems = read_calendar(path, zone)
    heap.problems.extend(problems)
    for race, place in races:
        _add_race(heap, race, race_occasion(race), place, rank)


def _add_race(heap: _Heap, race: Race, occasion: Occasion, place: Place, rank: int) -> None:
    """A race written in two places is one race."""
    key = (race.day, race.name.casefold())
    if key not in heap.races:
        heap.races[key] = race
        _add_occasion(heap, occasion, place, rank)


def _add_occasion(heap: _Heap, occasion: Occasion | None, place: Place, rank: int) -> None:
    if occasion is None:
        return
    _, other_rank, other_place = heap.occasions.setdefault(occasion.id, (occasion, rank, place))
    if other_rank == rank and other_place != place:
        message = f"The occasion “{occasion.id}” is already in {other_place}; ids are unique."
        heap.problems.append(Problem(place=place, message=message))


def _bind(heap: _Heap, *, ours: int) -> IntroBook:
    occasions = tuple(occasion for occasion, _, _ in heap.occasions.values())
    intros, doubled = lint.keep_first(heap.intros)
    openings, doubled_openings = lint.keep_first(heap.openings)
    untimely = lint.untimely(intros, occasions)
    set_aside = {problem.place for problem in untimely}
    intros = [intro for intro in intros if intro.place not in set_aside]
    # An author who does without one of our occasions need not hear of its greetings.
    theirs = [intro for intro in intros if intro.rank < ours or not ours]
    problems = [
        *heap.problems,
        *doubled,
        *doubled_openings,
        *untimely,
        *lint.unreachable(theirs, occasions),
        *lint.too_alike(intros),
        *_unspoken(heap, intros),
    ]
    return IntroBook(
        intros=tuple(intros),
        openings=tuple(openings),
        occasions=occasions,
        races=tuple(heap.races[key] for key in sorted(heap.races)),
        problems=tuple(sorted(problems)),
    )


def _unspoken(heap: _Heap, intros: list[Intro]) -> list[Problem]:
    """The author's own occasions that no greeting speaks of."""
    spoken = {name for intro in intros for name in intro.occasions}
    return [
        Problem(
            place=place,
            message=f"No greeting speaks of the occasion “{occasion.id}”; write one with "
            f'when = {{ occasion = "{occasion.id}" }}.',
        )
        for occasion, _, place in heap.occasions.values()
        if not {occasion.id, occasion.kind} & spoken
    ]
