"""The lint that holds the shipped greetings to their manners."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.manners import figures_of, find_faults

Book = Callable[..., IntroBook]


def part(text: str, table: str = "thought", more: str = 'kind = "tip"') -> str:
    return f'[[{table}]]\nid = "a"\ntext = "{text}"\n{more}\n'


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (part("Run on."), "has 2 words"),
        (part("I love a quiet run before breakfast.", more=""), "has no kind"),
        (part("Put the kettle on after your run."), "“kettle”, which is banned"),
        (part("You should stretch after every run, I think."), "lectures"),
        (part("We never skip a rest day around here."), "one person speaks"),
        (part("My gloves are lost again, as every year."), "“gloves” whatever the weather"),
        (part("I wait for the longer evenings like a child."), "“longer evenings” whatever"),
        (part("Spring is the time for puddle jumping, I say."), "names spring"),
        (part("I'm a slow starter and I like it that way."), "reads wrong for a club"),
        (part("I hope you had a lovely weekend!", "opener", ""), "on any weekday"),
    ],
)
def test_a_part_without_manners_is_named(book_of: Book, toml: str, message: str) -> None:
    assert any(message in str(fault) for fault in find_faults(book_of(mine=toml)))


@pytest.mark.parametrize(
    "toml",
    [
        part("I love a quiet run before breakfast."),
        part("My gloves are lost again, as every year.", more='kind = "joke"\nwhen = '
             '{ season = "winter", weather = "cold" }'),
        part("I'm a slow starter and I like it.", more='kind = "joke"\nvoice = "i"'),
        part("I hope you had a lovely weekend :)", "opener", 'when = { weekday = "sunday" }'),
    ],
)  # fmt: skip
def test_a_part_with_manners_passes(book_of: Book, toml: str) -> None:
    assert find_faults(book_of(mine=toml)) == ()


def test_figures_out_of_bounds_are_told_with_their_bounds(book_of: Book) -> None:
    figures = figures_of(book_of(mine=part("Shoes, socks and a smile: that was it. Easy.")))
    faults = " ".join(figures.faults())
    assert "1 parts; 600 are the least" in faults
    assert "100.0% end in a tag; 5% may" in faults
    assert "0.0% say “I”; 30% should" in faults
    assert "colons" in faults
