"""Placeholders in an intro, such as $season, and the words that fill them.

A capital gives a capital: $When becomes "Tomorrow". Two dollar signs give one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import Template

from newsletter.composer.greetings.occasions import OccasionDate
from newsletter.composer.seasons import season_word
from newsletter.models import SeasonName

FIELDS = ("season", "hello", "occasion", "when", "days", "years")
#: Placeholders that only an intro for an occasion may use.
OCCASION_FIELDS = frozenset({"occasion", "when", "days", "years"})
_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
_WEEK = 7


def placeholders_in(text: str) -> frozenset[str]:
    """Return the names of the placeholders in `text`, in lower case.

    Raise ValueError with a sentence for a name that is unknown.
    """
    template = Template(text)
    if not template.is_valid():
        raise ValueError("A dollar sign stands alone; write $$ for the sign itself.")
    used = frozenset(name.lower() for name in template.get_identifiers())
    if unknown := sorted(used - set(FIELDS)):
        known = ", ".join(f"${name}" for name in FIELDS)
        raise ValueError(f"${unknown[0]} is unknown; there are {known}.")
    return used


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders in `text`. Raise KeyError for one without a value."""
    names = Template(text).get_identifiers()
    return Template(text).substitute(
        {
            name: _capitalise(values[name.lower()]) if name[0].isupper() else values[name.lower()]
            for name in names
        }
    )


def season_values(name: SeasonName, language: str) -> dict[str, str]:
    """Return the values of the placeholders that every intro may use."""
    return {"season": season_word(name, language)}


def occasion_values(near: OccasionDate) -> dict[str, str]:
    """Return the values of the placeholders that an intro for this occasion may use.

    $days only if the occasion is not today, $years only if its first year is known.
    """
    values = {"occasion": near.occasion.name, "when": _when(near.days, near.date)}
    if near.days:
        values["days"] = _count(abs(near.days), "day")
    if near.occasion.since and near.date.year > near.occasion.since:
        values["years"] = _count(near.date.year - near.occasion.since, "year")
    return values


def _when(days: int, day: date) -> str:
    phrases = {
        0: "today",
        1: "tomorrow",
        -1: "yesterday",
        _WEEK: "in a week",
        -_WEEK: "a week ago",
        2 * _WEEK: "in two weeks",
    }
    if days in phrases:
        return phrases[days]
    if abs(days) < _WEEK:
        return f"{'on' if days > 0 else 'last'} {day:%A}"
    return f"in {_count(days, 'day')}" if days > 0 else f"{_count(-days, 'day')} ago"


def _count(number: int, noun: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _capitalise(word: str) -> str:
    return word[:1].upper() + word[1:]
