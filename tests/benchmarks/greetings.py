"""The time to load and lint greeting files, and to choose one of two thousand.

Each is compared with its bare work: parsing the same TOML, and one look at each greeting.
"""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from newsletter.composer.greetings.book import GreetingUse, IntroBook
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.home import Home
from newsletter.composer.greetings.load import load_book
from newsletter.resources import template_folders
from tests.benchmarks.table import Row, medians

_ROUNDS = 30
_INTROS = 2000
_WEEKS = 520
_LAST = date(2036, 10, 12)


def rows() -> Iterator[Row]:
    """Measure `load` of the shipped files, and `greet` with 2,000 thoughts and ten years."""
    folders = template_folders("intros", None)
    texts = [path.read_text("utf-8") for path in sorted(folders[0].glob("*.toml"))]
    book = _multiply(load_book(folders))
    memory = tuple(
        GreetingUse(intro_id=book.intros[n % _INTROS].id, issue=n, hemisphere="north")
        for n in range(1, _WEEKS + 1)
    )
    earlier = tuple(_LAST - timedelta(weeks=n) for n in range(_WEEKS, 0, -1))

    def choose_one() -> str:
        return greet(
            book,
            Home(timezone="America/Edmonton", climate="cold", location=(53.55, -113.47)),
            issue_key="2036-W41",
            day=_LAST,
            hemisphere="north",
            earlier=earlier,
            next_day=_LAST + timedelta(weeks=1),
            memory=memory,
        ).text

    seconds = medians(
        {
            "load": lambda: load_book(folders),
            "parse": lambda: [tomllib.loads(text) for text in texts],
            "choose": choose_one,
            "look": lambda: [hashlib.sha256(intro.id.encode()).digest() for intro in book.intros],
        },
        rounds=_ROUNDS,
        clock=time.process_time,
    )
    yield Row(
        what="greeting files, loaded and linted : parsed as TOML",
        ratio=seconds["load"] / seconds["parse"],
        aim=5.0,
        figures=f"{seconds['load'] * 1e3:.1f} ms : {seconds['parse'] * 1e3:.1f} ms",
    )
    yield Row(
        what=f"greeting out of {_INTROS}, {_WEEKS} weeks of memory : hash of each id",
        ratio=seconds["choose"] / seconds["look"],
        aim=5.0,
        figures=f"{seconds['choose'] * 1e3:.2f} ms : {seconds['look'] * 1e3:.2f} ms",
    )


def _multiply(book: IntroBook) -> IntroBook:
    """Repeat the shipped greetings under other ids."""
    shipped = book.intros
    intros = (
        replace(shipped[n % len(shipped)], id=f"{shipped[n % len(shipped)].id}-{n}")
        for n in range(_INTROS)
    )
    return replace(book, intros=tuple(intros))
