"""The words of the frame, in one place: everything in a message that no author wrote.

A new language is one more `Words` in `_KNOWN`. An issue in a language without words
gets the English ones, marked as English, with dates in its own language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Phrases of one language; {names} are filled in. Counted phrases have two forms."""

    language: str
    issue: str
    unsubscribe: str
    preferences: str
    in_browser: str
    passed_on: str
    subscribe: str
    every_issue: str
    older: str
    newer: str
    blog: str
    note: str
    note_unsigned: str
    minutes: tuple[str, str]
    comments: tuple[str, str]
    read_on: str
    see: str
    picture: str
    image: str
    untitled: str
    races: str
    distance: str
    time: str
    pace: str
    race: str
    route: str
    also_here: str
    inside: str
    because: str
    also: str
    fresh: tuple[str, str]

    def counted(self, forms: tuple[str, str], number: int) -> str:
        """`forms` with `number` put in, by the plural rule of the language."""
        one = locale_for(self.language).plural_form(number) == "one"
        return forms[0 if one else 1].format(number=number)


_ENGLISH = Words(
    language="en",
    issue="No. {number}",
    unsubscribe="Unsubscribe",
    preferences="Change what you get",
    in_browser="Read it in your browser",
    passed_on="Did a friend pass this on to you?",
    subscribe="Sign up for {title}",
    every_issue="All issues",
    older="Older: No. {number}",
    newer="Newer: No. {number}",
    blog="Visit the blog: {host}",
    note="A note from {author}",
    note_unsigned="A note to you",
    minutes=("{number} min read", "{number} min read"),
    comments=("{number} comment", "{number} comments"),
    read_on="Read on: {title}",
    see="See it on the blog: {title}",
    picture="Picture: {title}",
    image="[Image: {alt}]",
    untitled="A post without a title",
    races="Next races",
    distance="Distance",
    time="Time",
    pace="Pace",
    race="Race",
    route="Route",
    also_here="Also on the blog",
    inside="In this issue",
    because="You get this because {address} signed up.",
    also="Also: {titles}",
    fresh=(
        "{number} new post from the blog, ready for your rest day.",
        "{number} new posts from the blog, ready for your rest day.",
    ),
)
_KNOWN = {_ENGLISH.language: _ENGLISH}


def words_for(language: str) -> Words:
    """The words for a BCP 47 language tag, English where we have none."""
    return _KNOWN.get(language.partition("-")[0].lower(), _ENGLISH)


@lru_cache(maxsize=64)
def locale_for(language: str) -> Locale:
    """The locale by which dates are written, English where the tag is unknown."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
