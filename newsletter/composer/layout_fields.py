"""What a layout may use: the fields of an issue as its templates see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from babel.dates import format_date
from markupsafe import Markup

from newsletter import merge
from newsletter.composer.layout_palette import COLOURS, Palette
from newsletter.composer.layout_post import PostFields, local_time, post_fields, web_address
from newsletter.composer.layout_races import RaceFields, race_fields
from newsletter.composer.layout_ridge import ridge_cells
from newsletter.composer.layout_words import Words, locale_for, words_for
from newsletter.composer.plain_line import one_line
from newsletter.composer.seasons import season_name
from newsletter.models import Hemisphere, Issue, Letterhead, SeasonName

_OPENING = re.compile(r".{1,80}?[.!?…]+(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFields:
    """All fields of an edition. `mark` is the attribute for words in another language.

    `opening` is the greeting's first sentence and `more` the rest; `note` is a tuple of
    paragraphs; `ridge` a row of table cells; `unsubscribe_url` and `address` merge tags.
    """

    language: str
    direction: str
    mark: Markup
    words: Words
    subject: str
    preheader: str
    title: str
    issue_line: str
    date: str
    opening: str
    more: str
    note_title: str
    note: tuple[str, ...]
    posts: tuple[PostFields, ...]
    races: tuple[RaceFields, ...]
    body: str
    sign_off: str
    author: str
    blog: str
    host: str
    visit: str
    postal_address: tuple[str, ...]
    because: str
    unsubscribe_url: str
    address: str
    season: SeasonName
    light: Palette
    dark: Palette
    ridge: Markup

    def by_name(self) -> dict[str, object]:
        """The fields as a template gets them."""
        return {name: getattr(self, name) for name in self.__slots__}


def layout_fields(
    issue: Issue, hemisphere: Hemisphere, letterhead: Letterhead, *, nonce: str
) -> LayoutFields:
    """The fields of one edition. Raises ComposeError for an unknown time zone."""
    words, locale = words_for(letterhead.language), locale_for(letterhead.language)
    day = local_time(issue.planned_for, letterhead.timezone)
    greeting = issue.greeting(hemisphere)
    season = greeting.season.name if greeting else season_name(day.date(), hemisphere)
    opening, more = _sentences(greeting.text if greeting else "")
    host = (urlsplit(web_address(letterhead.blog)).hostname or "").removeprefix("www.")
    address = merge.tag(nonce, "address")
    foreign = locale.language != words.language
    return LayoutFields(
        language=str(locale).replace("_", "-"),
        direction=locale.text_direction,
        mark=Markup(' lang="{}" dir="ltr"').format(words.language) if foreign else Markup(),
        words=words,
        subject=one_line(issue.subject) or one_line(letterhead.title),
        preheader=one_line(issue.preheader),
        title=one_line(letterhead.title),
        issue_line=words.issue.format(number=issue.number),
        date=format_date(day.date(), "long", locale=locale),
        opening=opening,
        more=more,
        note_title=_note_title(words, letterhead.author),
        note=_paragraphs(issue.note),
        posts=tuple(post_fields(post, words, locale, letterhead, day) for post in issue.posts),
        races=tuple(race_fields(race, locale) for race in issue.races),
        body=letterhead.body,
        sign_off=one_line(letterhead.sign_off),
        author=one_line(letterhead.author),
        blog=web_address(letterhead.blog),
        host=host,
        visit=words.blog.format(host=host),
        postal_address=tuple(filter(None, map(one_line, letterhead.postal_address.splitlines()))),
        because=words.because.format(address=address),
        unsubscribe_url=merge.tag(nonce, "unsubscribe_url"),
        address=address,
        season=season,
        light=COLOURS[season].light,
        dark=COLOURS[season].dark,
        ridge=ridge_cells(season),
    )


def _note_title(words: Words, author: str) -> str:
    return words.note.format(author=one_line(author)) if author.strip() else words.note_unsigned


def _sentences(text: str) -> tuple[str, str]:
    """A greeting as its first sentence, when that is short, and the rest."""
    line = one_line(text)
    found = _OPENING.match(line)
    return (found[0], line[found.end() :].strip()) if found else (line, "")


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, re.split(r"\n\s*\n", text.replace("\r\n", "\n")))))
