"""What a layout may use: the fields of an issue as its templates see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date
from markupsafe import Markup

from newsletter import merge
from newsletter.composer.layout_cut import UNCUT, Cut
from newsletter.composer.layout_palette import Palette
from newsletter.composer.layout_post import PostFields, local_time, post_fields, web_address
from newsletter.composer.layout_races import RaceFields, race_fields
from newsletter.composer.layout_ridge import ridge_cells
from newsletter.composer.layout_words import Words, locale_for, primary
from newsletter.composer.layout_words_file import words_for
from newsletter.composer.plain_line import one_line
from newsletter.composer.seasons import season_name
from newsletter.composer.theme import TEXT_FONT, themed
from newsletter.models import Greeting, Hemisphere, Issue, Letterhead, SeasonName, Theme

_OPENING = re.compile(r".{1,80}?[.!?…]+(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFields:
    """All fields of an edition. `mark` is the attribute for words in another language, and
    `greeting_mark` for a greeting in one.

    `posts` are shown one by one, those of `also` by their titles.
    `opening` is the greeting's first sentence and `more` the rest; `note` is a tuple of
    paragraphs; `ridge` a row of table cells. `salutation`, `unsubscribe_url`,
    `preferences_url` and `address` are merge tags. `browser_url` shows the issue on the
    public site and `subscribe_url` is its sign-up page, "" without a site.
    """

    language: str
    direction: str
    mark: Markup
    greeting_mark: Markup
    words: Words
    subject: str
    preheader: str
    title: str
    issue_line: str
    date: str
    salutation: str
    opening: str
    more: str
    note_title: str
    note: tuple[str, ...]
    posts: tuple[PostFields, ...]
    also: tuple[PostFields, ...]
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
    preferences_url: str
    browser_url: str
    subscribe_url: str
    subscribe: str
    address: str
    season: SeasonName
    theme: Theme
    text_font: str
    light: Palette
    dark: Palette
    ridge: Markup

    def by_name(self) -> dict[str, object]:
        """The fields as a template gets them."""
        return {name: getattr(self, name) for name in self.__slots__}


def layout_fields(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    nonce: str,
    folders: tuple[Path, ...] = (),
    cut: Cut = UNCUT,
) -> LayoutFields:
    """The fields of one edition, cut as told; words are looked for in `folders`.

    Raises ComposeError for an unknown time zone and for words that cannot be used.
    """
    words, own = words_for(letterhead.language, folders), locale_for(letterhead.language)
    locale = words.locale
    day = local_time(issue.planned_for, letterhead.timezone)
    greeting = issue.greeting(hemisphere)
    season = greeting.season.name if greeting else season_name(day.date(), hemisphere)
    opening, more = _sentences(greeting.text if greeting else "")
    host = _named_host(web_address(letterhead.blog)) or one_line(letterhead.title)
    address = merge.tag(nonce, "address")
    colours = themed(season, letterhead.theme)
    posts = _posts(issue, words, locale, letterhead, day, cut)
    return LayoutFields(
        language=str(own).replace("_", "-"),
        direction=own.text_direction,
        mark=words.mark,
        greeting_mark=_greeting_mark(greeting, letterhead.language),
        words=words,
        subject=one_line(issue.subject) or one_line(letterhead.title),
        preheader=one_line(issue.preheader),
        title=one_line(letterhead.title),
        issue_line=words.issue.format(number=issue.number),
        date=format_date(day.date(), "long", locale=locale),
        salutation=merge.tag(nonce, "salutation") if letterhead.salutation else "",
        opening=opening,
        more=more,
        note_title=_note_title(words, letterhead.author),
        note=_paragraphs(issue.note),
        posts=posts[: cut.cards],
        also=() if cut.cards is None else posts[cut.cards :],
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
        preferences_url=merge.tag(nonce, "preferences_url"),
        browser_url=f"{letterhead.site}/archive/{issue.number}" if letterhead.site else "",
        subscribe_url=f"{letterhead.site}/subscribe" if letterhead.site else "",
        subscribe=words.subscribe.format(title=one_line(letterhead.title)),
        address=address,
        season=season,
        theme=letterhead.theme,
        text_font=letterhead.theme.text_font or TEXT_FONT,
        light=colours.light,
        dark=colours.dark,
        ridge=ridge_cells(season, colours.light),
    )


def _named_host(url: str) -> str:
    """The address's host as people say it; "" for a bare number or a lone word, which
    name a machine and no blog.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return host if "." in host and not host.replace(".", "").isdecimal() else ""


def _posts(
    issue: Issue, words: Words, locale: Locale, letterhead: Letterhead, day: datetime, cut: Cut
) -> tuple[PostFields, ...]:
    return tuple(
        post_fields(
            post,
            words,
            locale,
            letterhead,
            day,
            whole=letterhead.body == "full" and place not in cut.brief,
            excerpt=cut.excerpt,
        )
        for place, post in enumerate(issue.posts)
    )


def _greeting_mark(greeting: Greeting | None, language: str) -> Markup:
    """Attributes for a greeting in another language than the newsletter's, else none."""
    if greeting is None or primary(greeting.language or language) == primary(language):
        return Markup()
    way = locale_for(greeting.language).text_direction
    return Markup(' lang="{}" dir="{}"').format(greeting.language, way)


def _note_title(words: Words, author: str) -> str:
    return words.note.format(author=one_line(author)) if author.strip() else words.note_unsigned


def _sentences(text: str) -> tuple[str, str]:
    """A greeting as its first sentence, when that is short, and the rest."""
    line = one_line(text)
    found = _OPENING.match(line)
    return (found[0], line[found.end() :].strip()) if found else (line, "")


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, re.split(r"\n\s*\n", text.replace("\r\n", "\n")))))
