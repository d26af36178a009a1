"""Play the shipped greetings for eleven years in sixteen places on each weekday.

A fortnightly and a monthly newsletter are played too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from newsletter import resources
from newsletter.composer.greetings.load import load_book
from newsletter.composer.greetings.manners import figures_of
from tests.voice.pages import write_pages
from tests.voice.places import PLACES
from tests.voice.play import Verdict, fitting_thoughts, judge, play, with_author_dates

_YEARS = 11
_FIRST = date(2027, 1, 3)
_SHOWN_FAULTS = 25
_LEAST_FITTING = 12
_LEAST_DATED = 0.40
#: Days between the issues of a fortnightly and of a monthly newsletter.
_RARER = (14, 28)


def main() -> int:
    """Print the figures; return 1 if a part never came or a rule was broken."""
    options = argparse.ArgumentParser(prog="python -m tests.voice")
    options.add_argument("--years", type=int, default=_YEARS)
    options.add_argument("--weekdays", type=int, default=7)
    options.add_argument("--write", type=Path, help="write the years to read into this folder")
    given = options.parse_args()
    shipped = load_book((resources.templates() / "intros",))
    if given.write is not None:
        write_pages(shipped, given.write)
        return 0
    raced = with_author_dates(shipped, _FIRST.year, given.years)
    started, total = time.perf_counter(), Verdict()
    least_dated = 1.0
    for number, place in enumerate(PLACES):
        local = Verdict()
        for weekday in range(given.weekdays):
            first = _FIRST + timedelta(days=weekday)
            issues = given.years * 52
            # On Sundays the author races, gets hurt and comes back; else the calendar speaks.
            book = shipped if weekday else raced
            played = play(
                book,
                place.with_lot(weekday),
                first,
                issues,
                pauses=(30 + number, 200 + weekday),
                skips=4 + weekday,
            )
            local.add(judge(book, place, played))
        for days in _RARER:
            issues = given.years * 365 // days
            rare = judge(shipped, place, play(shipped, place, _FIRST, issues, days=days))
            total.add(rare)
        local.add(
            fitting_thoughts(shipped, place, (_FIRST + timedelta(days=n) for n in range(365)))
        )
        dated = local.dated / local.issues
        least_dated = min(least_dated, dated)
        print(f"{place.name}: {local.issues} issues, {dated:.0%} dated, {len(local.faults)} faults")
        total.add(local)
    dead = sorted(part.id for part in shipped.parts if part.id not in total.used)
    _print_figures(total, dead, time.perf_counter() - started)
    print(figures_of(shipped))
    is_fine = (
        not total.faults
        and not dead
        and total.fewest_fitting[0] >= _LEAST_FITTING
        and least_dated >= _LEAST_DATED
    )
    return 0 if is_fine else 1


def _print_figures(total: Verdict, dead: list[str], seconds: float) -> None:
    kinds = Counter(fault.rsplit(" ", 1)[0].split(": ")[-1].split(" ")[0] for fault in total.faults)
    lines = [
        f"{total.issues} issues in {seconds:.0f} s",
        f"{total.dated / total.issues:.0%} name the weekend, the week or the month",
        (
            f"{total.with_opener / total.issues:.0%} have an opener, "
            f"{total.with_bridge / total.issues:.0%} a bridge"
        ),
        f"{total.words / total.issues:.1f} words on average",
        f"at least {total.fewest_fitting[0]} thoughts fit each week ({total.fewest_fitting[1]})",
        f"{len(dead)} parts never came: {', '.join(dead)}",
        f"{len(total.faults)} faults: {dict(kinds)}",
        *total.faults[:_SHOWN_FAULTS],
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
