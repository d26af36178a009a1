"""The phrases of a message: every text in it that no author wrote.

Each language is a TOML file in `words/` of the email templates (`phrase_files` reads them).
An issue in a language without a file gets English phrases, marked up as English, with dates
in English too, so that no line mixes two languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from markupsafe import Markup, escape

from newsletter.composer.seasons import season_word
from newsletter.models import SeasonName

ENGLISH = "en"
_COMMAS = ",،，、"
# Matches the name with the space or comma before it: "Hej, {name}!" becomes "Hej!".
_NAME = re.compile(rf"(?<![\s{_COMMAS}])[\s{_COMMAS}]*\{{name\}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluralPhrase:
    """A phrase with a {number} that has a form for each plural category of its language."""

    #: Pairs of CLDR plural category ("one", "few", "other") and text.
    forms: tuple[tuple[str, str], ...]

    def format(self, number: int, locale: Locale) -> str:
        """Return the form for `number` by the plural rules of `locale`, filled in."""
        forms = dict(self.forms)
        return forms.get(locale.plural_form(number), forms["other"]).format(number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPhrases:
    """Phrases of one transactional mail; `{title}` stands for the newsletter's title."""

    subject: str
    heading: str
    line: str
    button: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All phrases in one language, by their keys in the TOML file. Templates see them as `words`.

    Most are format strings with names in braces.
    """

    #: BCP 47 tag of the language the phrases are in.
    language: str
    #: BCP 47 tag of the newsletter's language; differs from `language` on fallback.
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
    minutes: PluralPhrase
    comments: PluralPhrase
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
    fresh: PluralPhrase
    foot: str
    confirm: MailPhrases
    already: MailPhrases
    move: MailPhrases
    #: Below an unsubscribe link that opens a letter; "" in a language file of before.
    by_mail: str = ""
    #: Pairs of season and its name; empty in English, where the name depends on the region.
    seasons: tuple[tuple[SeasonName, str], ...] = ()

    @property
    def is_fallback(self) -> bool:
        """Whether the phrases are English because the newsletter's language has no file."""
        return primary_language(self.language) != primary_language(self.wanted)

    @property
    def locale(self) -> Locale:
        """The locale for dates and numbers that appear among these phrases."""
        return locale_for(self.language if self.is_fallback else self.wanted)

    def format_day(self, day: date) -> str:
        """Return the date of an issue as it is written among these phrases."""
        # Babel's dates take 20 ms to import, which a command that writes none need not wait for.
        from babel.dates import format_date

        return format_date(day, "long", locale=self.locale)

    @property
    def language_attributes(self) -> Markup:
        """`lang` and `dir` for an element that contains these phrases; empty without fallback."""
        if not self.is_fallback:
            return Markup()
        return Markup(' lang="{}" dir="{}"').format(self.language, self.locale.text_direction)

    def format_count(self, phrase: PluralPhrase, number: int) -> str:
        """Return `phrase` for `number`."""
        return phrase.format(number, self.locale)

    def format_title(self, phrase: str, title: str) -> Markup:
        """Return `phrase` as HTML, with `title` outside of the language mark-up.

        On fallback the phrase is English but the title is in the newsletter's language.
        """
        if not self.is_fallback:
            return escape(phrase.format(title=title))
        before, _, after = phrase.partition("{title}")
        return Markup("{}{}{}").format(self._tag_language(before), title, self._tag_language(after))

    def _tag_language(self, part: str) -> Markup:
        """Return `part` in a `<span lang>`, with the white space at its ends left outside."""
        words = part.strip()
        if not words:
            return escape(part)
        start, _, end = part.partition(words)
        span = Markup("{}<span{}>{}</span>{}")
        return span.format(start, self.language_attributes, words, end)

    def nameless_salutation(self, salutation: str, own: str | None) -> str:
        """Return the salutation for a reader without a known name.

        That is the author's `own` text if set, else the phrase of the language. On fallback
        it is the author's `salutation` with `{name}` cut out.
        """
        if own is not None:
            return own
        return (
            _NAME.sub("", salutation).lstrip(_COMMAS + " ") if self.is_fallback else self.nameless
        )

    def season(self, name: SeasonName) -> str:
        """Return what readers call the season `name`."""
        return dict(self.seasons).get(name) or season_word(name, self.wanted)


@lru_cache(maxsize=64)
def locale_for(language: str) -> Locale:
    """Return the Babel locale for a BCP 47 tag, English if the tag is unknown."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


@lru_cache(maxsize=64)
def primary_language(language: str) -> str:
    """Return the primary language subtag of a BCP 47 tag: "pt" for "pt-BR"."""
    return language.replace("_", "-").partition("-")[0].lower()
