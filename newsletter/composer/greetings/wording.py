"""The words of a part as this newsletter says them: its voice, its spelling, its placeholders.

Shipped parts are written in American English by one person; a club, another spelling and smileys
change them. The author's own words are never changed. A placeholder such as $season is filled
with words; a capital gives a capital: $When becomes "Tomorrow". Two dollar signs give one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from string import Template
from typing import Literal

import rtoml
from babel.dates import format_date, format_skeleton, format_timedelta, get_month_names

from newsletter.composer.greetings.book import Intro, Smileys, Voice
from newsletter.composer.greetings.occasions import OccasionDate
from newsletter.composer.phrases import locale_for, primary_language
from newsletter.composer.seasons import region_of
from newsletter.resources import templates

_WORDS = "words/english.toml"
_MILES = frozenset({"", "US", "GB"})
_CLUB: Mapping[str, str] = {
    "I'm": "we're",
    "I’m": "we’re",
    "I've": "we've",
    "I’ve": "we’ve",
    "I'll": "we'll",
    "I’ll": "we’ll",
    "I'd": "we'd",
    "I’d": "we’d",
    "I am": "we are",
    "am I": "are we",
    "I was": "we were",
    "I wasn't": "we weren't",
    "was I": "were we",
    "I": "we",
    "me": "us",
    "my": "our",
    "mine": "ours",
    "myself": "ourselves",
}
_PRONOUN = re.compile(
    r"(?<![\w’'])(I wasn't|I was|was I|I am|am I|I['’](?:m|ve|ll|d)|I|[Mm]yself|[Mm]ine|[Mm]y|"
    r"[Mm]e)(?![\w’'])"
)
_SENTENCE_END = re.compile(r"(?:^|[.!?:)“\"]\s*|[.!?]\s+)$")
_SMILEY = re.compile(r" ?(:\)|;\)|:D|<3)(?= |$)")
_EMOJI = {":)": "🙂", ";)": "😉", ":D": "😀", "<3": "❤️"}
_ENDS = (".", "!", "?", "…", ":")
#: Placeholders that every part may use.
SEASON_FIELDS = frozenset({"season", "month", "next_month", "week", "weekday", "mile", "miles"})
#: Placeholders that only a part for an occasion may use.
OCCASION_FIELDS = frozenset({"occasion", "when", "days", "years", "number"})
#: Placeholders that only a part with a condition on light may use.
LIGHT_FIELDS = frozenset({"sunrise", "sunset", "daylight", "light_change"})
#: Placeholders that only a bridge may use.
POST_FIELDS = frozenset(
    {
        "title",
        "distance",
        "time",
        "pace",
        "race",
        "injury",
        "comments",
        "posts",
        "category",
    }
)
#: `hello` is read in parts written before greetings had a hello of their own, and left out.
FIELDS = (
    *sorted(SEASON_FIELDS),
    *sorted(OCCASION_FIELDS),
    *sorted(LIGHT_FIELDS),
    *sorted(POST_FIELDS),
    "hello",
)
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
#: Yesterday, today and tomorrow in the languages that have phrases of their own.
_NEAR_DAYS: Mapping[str, tuple[str, str, str]] = {
    "de": ("gestern", "heute", "morgen"),
    "es": ("ayer", "hoy", "mañana"),
    "fr": ("hier", "aujourd’hui", "demain"),
    "it": ("ieri", "oggi", "domani"),
    "nl": ("gisteren", "vandaag", "morgen"),
    "pt": ("ontem", "hoje", "amanhã"),
}


def say(part: Intro, *, language: str, voice: Voice, smileys: Smileys) -> str:
    """Return the text of `part`, still with its placeholders."""
    text = part.text
    if not part.shipped or primary_language(part.language) != "en":
        return text
    if voice == "we":
        text = part.we or as_club(text)
    return with_smileys(as_spelled(text, language), smileys)


def as_club(text: str) -> str:
    """Return `text` in the first person plural."""

    def swap(match: re.Match[str]) -> str:
        word = match[0]
        plural = _CLUB.get(word) or _CLUB[word.lower()]
        begins = bool(_SENTENCE_END.search(text[: match.start()]))
        return plural[0].upper() + plural[1:] if begins or word[0] == "M" else plural

    return _PRONOUN.sub(swap, text)


def with_smileys(text: str, smileys: Smileys) -> str:
    """Return `text` with its smileys as text, as emoji, or without them.

    A sentence that ended in a smiley gets its full stop back.
    """
    if smileys == "text" or (":" not in text and ";" not in text and "<3" not in text):
        return text
    if smileys == "emoji":
        return _SMILEY.sub(lambda match: f" {_EMOJI[match[1]]}", text)

    def stop(match: re.Match[str]) -> str:
        return "" if text[: match.start()].endswith(_ENDS) else "."

    return _SMILEY.sub(stop, text).strip()


def as_spelled(text: str, language: str) -> str:
    """Return `text` in the spelling and the words of the region in `language`."""
    pattern, words = _variants(region_of(language))
    if pattern is None:
        return text
    return pattern.sub(lambda match: _like(match[0], words[match[0].lower()]), text)


def mile_words(language: str) -> dict[str, str]:
    """Return the unit that runners count in: miles or kilometres."""
    if region_of(language) in _MILES:
        return {"mile": "mile", "miles": "miles"}
    return {"mile": "kilometre", "miles": "kilometres"}


@lru_cache(maxsize=16)
def _variants(region: str) -> tuple[re.Pattern[str] | None, Mapping[str, str]]:
    """Return a pattern of the words that `region` writes otherwise, and how it does."""
    if region in {"", "US"}:
        return None, {}
    path = templates() / "intros" / _WORDS
    table = rtoml.loads(path.read_text("utf-8"))
    words = {
        word: variant
        for word, variants in table.items()
        if (variant := variants.get(region, variants.get("other", ""))) and variant != word
    }
    if not words:
        return None, {}
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w$])(?:{alternatives})(?!\w)", re.IGNORECASE), words


def _like(original: str, word: str) -> str:
    """Return `word` with the capitals of `original`."""
    if original.isupper() and len(original) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if original[:1].isupper() else word


def placeholders_in(text: str) -> frozenset[str]:
    """Return the names of the placeholders in `text`, in lower case.

    Raise ValueError with a sentence for a name that is unknown.
    """
    if "$" not in text:
        return frozenset()
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
    if "$" not in text:
        return text
    names = Template(text).get_identifiers()
    return Template(text).substitute(
        {
            name: _capitalise(values[name.lower()]) if name[0].isupper() else values[name.lower()]
            for name in names
        }
    )


def occasion_values(near: OccasionDate, language: str = "en") -> dict[str, str]:
    """Return the values of the placeholders that a part for this occasion may use.

    $days only if the occasion is not today, $years only if its first year is known, $number
    only for a milestone.
    """
    values = {
        "occasion": near.occasion.name,
        "when": when_phrase(near.days, near.date, language),
    }
    if near.days:
        values["days"] = count_phrase(abs(near.days), "day", language)
    if near.occasion.since and near.date.year > near.occasion.since:
        values["years"] = count_phrase(near.date.year - near.occasion.since, "year", language)
    if near.occasion.number:
        values["number"] = str(near.occasion.number)
    return values


def month_word(month: int, language: str) -> str:
    """Return the name of a month in the form that a sentence needs."""
    return str(get_month_names("wide", locale=locale_for(language))[month])


def weekday_word(day: date, language: str) -> str:
    """Return the name of the day of the week."""
    return format_date(day, "EEEE", locale=locale_for(language))


def when_phrase(days: int, day: date, language: str = "en") -> str:
    """Return how far off a day is: "tomorrow", "on Friday", "in nine days", "on June 5"."""
    tongue = primary_language(language)
    if tongue != "en":
        if abs(days) <= 1 and tongue in _NEAR_DAYS:
            return _NEAR_DAYS[tongue][days + 1]
        return format_timedelta(
            timedelta(days=days),
            granularity="day",
            threshold=365,
            add_direction=True,
            locale=locale_for(language),
        )
    phrases = {
        0: "today",
        1: "tomorrow",
        -1: "yesterday",
        _WEEK: "in a week",
        2 * _WEEK: "in two weeks",
        -2 * _WEEK: "two weeks ago",
        3 * _WEEK: "in three weeks",
    }
    if days in phrases:
        return phrases[days]
    if days < 0 and -days <= _WEEK:
        return f"last {day:%A}"
    if days < _WEEK and days > 0:
        return f"on {day:%A}"
    if abs(days) > 2 * _WEEK:
        # Nobody counts that many days in their head.
        return f"on {format_skeleton('MMMMd', day, locale=locale_for(language))}"
    count = count_phrase(abs(days), "day")
    return f"in {count}" if days > 0 else f"{count} ago"


def count_phrase(number: int, noun: Literal["day", "year"], language: str = "en") -> str:
    """Return "nine days" or "one year"; figures in other languages than English."""
    if primary_language(language) != "en":
        length = timedelta(days=number if noun == "day" else 365 * number)
        return format_timedelta(
            length, granularity=noun, threshold=365, locale=locale_for(language)
        )
    word = number_word(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def number_word(number: int) -> str:
    """Return an English numeral in words up to twenty, in figures above."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _capitalise(word: str) -> str:
    return word[:1].upper() + word[1:]
