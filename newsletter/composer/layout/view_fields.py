"""What a layout may use: the fields of an issue as its templates see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from babel.dates import format_date
from markupsafe import Markup

from newsletter.composer.layout.greeting import GreetingFields, greeting_fields
from newsletter.composer.layout.post import PostFields, local_time, post_fields
from newsletter.composer.layout.races import RaceFields, race_fields
from newsletter.composer.layout.reader import ReaderFields, reader_fields
from newsletter.composer.layout.style import LayoutStyle, look
from newsletter.composer.layout.truncation import UNCUT, Cut
from newsletter.composer.seasons import season_name
from newsletter.composer.text.phrase_files import words_for
from newsletter.composer.text.phrases import Words, locale_for
from newsletter.models import Hemisphere, Issue, Letterhead
from newsletter.text import http_url, one_line

_GROUPS = ("reader", "greeting", "look")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFields:
    """All fields of an edition; templates see those of the groups at its end beside the others.

    `start` and `end` are the sides where a line begins and ends, left and right or the other
    way round. `mark` is the attribute for words in another language. `posts` are shown one by one,
    those of `also` by their titles; `note` is a tuple of paragraphs.
    """

    language: str
    direction: str
    start: str
    end: str
    mark: Markup
    words: Words
    subject: str
    preheader: str
    title: str
    issue_line: str
    date: str
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
    reader: ReaderFields
    greeting: GreetingFields
    look: LayoutStyle

    def by_name(self) -> dict[str, object]:
        """The fields as a template gets them."""
        named = {name: getattr(self, name) for name in self.__slots__ if name not in _GROUPS}
        for group in (self.reader, self.greeting, self.look):
            named |= {name: getattr(group, name) for name in group.__slots__}
        return named


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
    day = local_time(issue.planned_for, letterhead.timezone)
    greeting = issue.greeting(hemisphere)
    season = greeting.season.name if greeting else season_name(day.date(), hemisphere)
    host = _named_host(http_url(letterhead.blog)) or one_line(letterhead.title)
    posts = _posts(issue, words, letterhead, day, cut)
    sides = ("left", "right")
    start, end = sides if own.text_direction == "ltr" else reversed(sides)
    return LayoutFields(
        language=str(own).replace("_", "-"),
        direction=own.text_direction,
        start=start,
        end=end,
        mark=words.mark,
        words=words,
        subject=one_line(issue.subject) or one_line(letterhead.title),
        preheader=one_line(issue.preheader),
        title=one_line(letterhead.title),
        issue_line=words.issue.format(number=issue.number),
        date=format_date(day.date(), "long", locale=words.locale),
        note_title=_note_title(words, letterhead.author),
        note=_paragraphs(issue.note),
        posts=posts[: cut.cards],
        also=() if cut.cards is None else posts[cut.cards :],
        races=tuple(race_fields(race, words.locale) for race in issue.races),
        body=letterhead.body,
        sign_off=one_line(letterhead.sign_off),
        author=one_line(letterhead.author),
        blog=http_url(letterhead.blog),
        host=host,
        visit=words.blog.format(host=host),
        postal_address=tuple(filter(None, map(one_line, letterhead.postal_address.splitlines()))),
        reader=reader_fields(letterhead, words, issue.number, nonce),
        greeting=greeting_fields(greeting, letterhead.language),
        look=look(season, letterhead.theme),
    )


def _named_host(url: str) -> str:
    """The address's host as people say it; "" for a bare number or a lone word, which
    name a machine and no blog.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return host if "." in host and not host.replace(".", "").isdecimal() else ""


def _posts(
    issue: Issue, words: Words, letterhead: Letterhead, day: datetime, cut: Cut
) -> tuple[PostFields, ...]:
    return tuple(
        post_fields(
            post,
            words,
            words.locale,
            letterhead,
            day,
            whole=letterhead.body == "full" and place not in cut.brief,
            excerpt=cut.excerpt,
        )
        for place, post in enumerate(issue.posts)
    )


def _note_title(words: Words, author: str) -> str:
    return words.note.format(author=one_line(author)) if author.strip() else words.note_unsigned


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, re.split(r"\n\s*\n", text.replace("\r\n", "\n")))))
