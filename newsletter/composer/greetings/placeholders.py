"""The words with a dollar sign in a greeting, such as $season, and what they become.

A capital makes a capital: $When gives "Tomorrow". Two dollar signs give one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import Template

from newsletter.composer.greetings.occasions import OccasionDate
from newsletter.composer.seasons import season_word
from newsletter.models import SeasonName

FIELDS = ("season", "hello", "occasion", "when", "days", "years")
OF_OCCASIONS = frozenset({"occasion", "when", "days", "years"})
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


def fields_of(text: str) -> frozenset[str]:
    """The fields `text` uses, in small letters.

    Raises ValueError with a sentence for a dollar sign that is none of them.
    """
    template = Template(text)
    if not template.is_valid():
        raise ValueError("A dollar sign stands alone; write $$ for the sign itself.")
    used = frozenset(name.lower() for name in template.get_identifiers())
    if unknown := sorted(used - set(FIELDS)):
        known = ", ".join(f"${name}" for name in FIELDS)
        raise ValueError(f"${unknown[0]} is unknown; there are {known}.")
    return used


def fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with its fields filled from `words`, capital first where the field has one.

    Raises KeyError for a field that has no word.
    """
    names = Template(text).get_identifiers()
    return Template(text).substitute(
        {
            name: _capital(words[name.lower()]) if name[0].isupper() else words[name.lower()]
            for name in names
        }
    )


def season_words(name: SeasonName, language: str) -> dict[str, str]:
    """The fields every greeting may use."""
    return {"season": season_word(name, language)}


def occasion_words(moment: OccasionDate) -> dict[str, str]:
    """The fields a greeting for this occasion may use.

    $days only while there are days between, $years only where the first year is known.
    """
    words = {"occasion": moment.occasion.name, "when": _when(moment.days, moment.date)}
    if moment.days:
        words["days"] = _count(abs(moment.days), "day")
    if moment.occasion.since and moment.date.year > moment.occasion.since:
        words["years"] = _count(moment.date.year - moment.occasion.since, "year")
    return words


def _when(days: int, day: date) -> str:
    near = {
        0: "today",
        1: "tomorrow",
        -1: "yesterday",
        _WEEK: "in a week",
        -_WEEK: "a week ago",
        2 * _WEEK: "in two weeks",
    }
    if days in near:
        return near[days]
    if abs(days) < _WEEK:
        return f"{'on' if days > 0 else 'last'} {day:%A}"
    return f"in {_count(days, 'day')}" if days > 0 else f"{_count(-days, 'day')} ago"


def _count(number: int, thing: str) -> str:
    said = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{said} {thing}" if number == 1 else f"{said} {thing}s"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
