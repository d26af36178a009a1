"""The time to load the greeting files for a draft, and to choose among two thousand parts.

Each is shown against its bare work: parsing the same TOML, and a hash of each part's id.
"""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.composer.greetings.book import GreetingUse, IntroBook
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.load import load_book
from newsletter.composer.greetings.match import Home
from newsletter.resources import template_folders
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import in_unit, interleave

_ROUNDS = 30
_PARTS = 2000
_WEEKS = 520
_LAST = date(2036, 10, 12)
_LOAD = Comparison(
    key="greetings.load",
    what="the greeting files, loaded",
    against="tomllib on the same files",
    unit="ms",
    floor=1.6,
    clock="processor",
    explanation="By a profile the rest is the validation of each part and its conditions.",
)
_CHOOSE = Comparison(
    key="greetings.choose",
    what=f"a greeting of {_PARTS:,} parts after {_WEEKS} weeks",
    against="a hash of each part's id",
    unit="ms",
    floor=4.0,
    clock="processor",
    explanation="By a profile it is one look at each part, and a hash of its id.",
)
COMPARISONS = (_LOAD, _CHOOSE)


def measure() -> Iterator[Measurement]:
    """Measure `load_book` as a draft does it, and `greet` with 2,000 parts and ten years."""
    shipped = template_folders("intros", None)
    texts = [path.read_text("utf-8") for path in sorted(shipped[0].glob("*.toml"))]
    book = _multiply(load_book(shipped))
    memory = tuple(_uses(book))
    earlier = tuple(_LAST - timedelta(weeks=n) for n in range(_WEEKS, 0, -1))
    home = Home(
        timezone="America/Edmonton",
        climate="cold",
        location=(53.55, -113.47),
        regions=frozenset({"ca"}),
    )

    def choose_one() -> str:
        return greet(
            book,
            home,
            issue_key="2036-W41",
            day=_LAST,
            hemisphere="north",
            earlier=earlier,
            next_day=_LAST + timedelta(weeks=1),
            memory=memory,
        ).text

    with TemporaryDirectory() as name:
        own = Path(name)
        example = template_folders("starter", None)[0] / "mine.toml"
        (own / "mine.toml").write_bytes(example.read_bytes())
        seconds = interleave(
            {
                "load": lambda: load_book((own, *shipped)),
                "parse": lambda: [tomllib.loads(text) for text in texts],
                "choose": choose_one,
                "look": lambda: [hashlib.sha256(part.id.encode()).digest() for part in book.parts],
            },
            rounds=_ROUNDS,
            clock=time.process_time,
        )
    for comparison, ours, theirs in ((_LOAD, "load", "parse"), (_CHOOSE, "choose", "look")):
        yield Measurement(
            comparison=comparison,
            ours=in_unit(seconds[ours], 1e3),
            theirs=in_unit(seconds[theirs], 1e3),
        )


def _multiply(book: IntroBook) -> IntroBook:
    """Repeat the shipped thoughts under other ids until the book has 2,000 parts."""
    shipped = book.intros
    more = max(0, _PARTS - len(book.parts))
    copies = (replace(shipped[n], id=f"{shipped[n].id}-{n}") for n in range(more))
    return replace(book, intros=(*shipped, *copies))


def _uses(book: IntroBook) -> Iterator[GreetingUse]:
    """Yield what ten years used: an opener, a thought, a bridge and an occasion each week."""
    occasions = [occasion.id for occasion in book.occasions]
    for n in range(1, _WEEKS + 1):
        told = f"{occasions[n % len(occasions)]} {_LAST - timedelta(weeks=_WEEKS - n)}"
        for parts in (book.openers, book.intros, book.bridges):
            part = parts[n % len(parts)]
            yield GreetingUse(intro_id=part.id, issue=n, hemisphere="north", part=part.part)
        yield GreetingUse(intro_id=told, issue=n, hemisphere="north", part="occasion")
