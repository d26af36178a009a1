"""Text that is wrapped at 76 columns, and what counts as a column."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from newsletter.text import LINE_WIDTH, columns, wrap

_LETTERS = "ab’é—"
_WORDS = st.lists(st.text(_LETTERS, min_size=1, max_size=30), min_size=1, max_size=60)


@given(_WORDS, st.sampled_from(["", "> ", "    "]))
def test_lines_hold_as_many_words_as_they_can(words: list[str], indent: str) -> None:
    by_the_library = textwrap.wrap(
        " ".join(words),
        LINE_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    assert wrap(" ".join(words), indent).splitlines() == by_the_library


@given(_WORDS)
def test_wide_characters_count_two_among_narrow_ones(words: list[str]) -> None:
    lines = wrap(" ".join((*words, "山の道"))).splitlines()
    assert max(map(columns, lines)) <= LINE_WIDTH
    assert " ".join(lines).split() == [*words, "山の道"]


def test_an_address_wider_than_a_line_stays_whole_between_wrapped_words() -> None:
    address = f"https://example.com/{'a' * 80}"
    lines = wrap(f"{'word ' * 20}{address} {'word ' * 20}").splitlines()
    assert address in lines
    assert {len(line) for line in lines if line != address} <= {74, 24}


def test_a_word_wider_than_a_line_is_broken() -> None:
    assert wrap("a" * 100) == f"{'a' * 76}\n{'a' * 24}"


def test_later_lines_may_hang() -> None:
    assert wrap("word " * 16, "1. ", "   ").splitlines() == [
        f"1. {' '.join(['word'] * 14)}",
        "   word word",
    ]


def test_a_combining_accent_takes_no_column() -> None:
    assert columns("cafe\u0301") == 4
    assert columns("山") == 2
    assert columns("it’s") == 4
