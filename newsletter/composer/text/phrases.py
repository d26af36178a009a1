"""The words of the frame, in one place: everything in a message that no author wrote.

Each language is a file in `words/` of the email templates. An issue in a language without
words gets the English ones, marked as English, dates included, so that no line is half
the one and half the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from markupsafe import Markup, escape

from newsletter.composer.seasons import season_word
from newsletter.models import SeasonName

ENGLISH = "en"
# The name with the space or comma before it: "Hej, {name}!" becomes "Hej!".
_COMMAS = ",،，、"
_NAME = re.compile(rf"[\s{_COMMAS}]*\{{name\}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A phrase with a {number}, in `forms` by the plural categories of CLDR."""

    forms: tuple[tuple[str, str], ...]

    def said(self, number: int, locale: Locale) -> str:
        """The phrase with `number`, by the plural rule of the language."""
        forms = dict(self.forms)
        return forms.get(locale.plural_form(number), forms["other"]).format(number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """The words of one letter about a subscription; {title} is the newsletter's."""

    subject: str
    heading: str
    line: str
    button: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Phrases of one language; {names} are filled in.

    `language` is the tag they are written in, `wanted` the newsletter's own. `seasons` is
    empty for English, whose words for them hang on the region.
    """

    language: str
    wanted: str
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
    minutes: Counted
    comments: Counted
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
    nameless: str
    more: str
    season_subject: str
    number_subject: str
    number_behind: str
    welcome: str
    also: str
    fresh: Counted
    foot: str
    confirm: LetterWords
    already: LetterWords
    move: LetterWords
    seasons: tuple[tuple[SeasonName, str], ...] = ()

    @property
    def foreign(self) -> bool:
        """Whether these are English for want of words in the newsletter's language."""
        return primary(self.language) != primary(self.wanted)

    @property
    def locale(self) -> Locale:
        """The locale by which dates and numbers are written among these words."""
        return locale_for(self.language if self.foreign else self.wanted)

    @property
    def mark(self) -> Markup:
        """The attributes of an element that holds these words, empty where none are needed."""
        if not self.foreign:
            return Markup()
        return Markup(' lang="{}" dir="{}"').format(self.language, self.locale.text_direction)

    def counted(self, phrase: Counted, number: int) -> str:
        """`phrase` with `number` put in, by the plural rule of the language."""
        return phrase.said(number, self.locale)

    def titled(self, phrase: str, title: str) -> Markup:
        """`phrase` for HTML with a post's title, which is not marked with the words around."""
        if not self.foreign:
            return escape(phrase.format(title=title))
        before, _, after = phrase.partition("{title}")
        return Markup("{}{}{}").format(self._marked(before), title, self._marked(after))

    def _marked(self, part: str) -> Markup:
        """A part of a phrase as marked; the space at its ends belongs to the words around."""
        words = part.strip()
        if not words:
            return escape(part)
        start, _, end = part.partition(words)
        return Markup("{}<span{}>{}</span>{}").format(start, self.mark, words, end)

    def to_nobody(self, salutation: str, own: str | None) -> str:
        """The line for readers whose name nobody knows: the author's `own`, else ours.

        In a language without words it is their `salutation` without the name.
        """
        if own is not None:
            return own
        return _NAME.sub("", salutation).lstrip(_COMMAS + " ") if self.foreign else self.nameless

    def season(self, name: SeasonName) -> str:
        """What readers call the season."""
        return dict(self.seasons).get(name) or season_word(name, self.wanted)


@lru_cache(maxsize=64)
def locale_for(language: str) -> Locale:
    """The locale by which dates are written, English where the tag is unknown."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


def primary(language: str) -> str:
    """The language of a tag without its region: "pt" of "pt-BR"."""
    return language.replace("_", "-").partition("-")[0].lower()
