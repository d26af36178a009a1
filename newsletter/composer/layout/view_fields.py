"""The variables an email template may use, grouped by subject.

Their names are public: authors use them in their own templates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date
from markupsafe import Markup, escape

from newsletter import merge
from newsletter.composer.digest import with_own_excerpts
from newsletter.composer.layout.masthead import ridge_cells
from newsletter.composer.layout.palette import TEXT_FONT, Palette, theme_colours
from newsletter.composer.layout.post import PostFields, local_time, post_fields
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.phrases import Phrases, locale_for, primary_language
from newsletter.composer.seasons import season_name
from newsletter.models import Greeting, Hemisphere, Issue, Letterhead, Race, SeasonName, Theme
from newsletter.text import http_url, one_line

_GROUPS = ("reader", "greeting", "look")
_FIRST_SENTENCE = re.compile(r".{0,79}?[^.!?…][.!?…]+(?=\s|$)")
_WEB = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
#: Punctuation that ends a sentence rather than an address.
_AFTER_URL = ".,;:!?)]’'"
_LINK = Markup('<a href="{}" style="color: inherit; text-decoration: underline">{}</a>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """How much of an issue's posts an edition leaves out; by default nothing."""

    #: Indexes of the posts whose full text is replaced by their excerpt.
    brief: frozenset[int] = frozenset()
    #: Longest excerpt, in characters; None for no limit.
    excerpt: int | None = None
    #: Number of posts shown with an excerpt, the rest by title only; None for all.
    cards: int | None = None


NO_TRUNCATION = Truncation()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceFields:
    """One of the author's next races."""

    name: str
    url: str
    #: The day in words, and the place if known.
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFields:
    """The values that differ from reader to reader, and the links to the public site."""

    #: Merge tag of the line that greets the reader by name; "" if the author wants none.
    salutation: str
    #: Merge tag of the reader's email address.
    address: str
    #: Why the reader gets this mail, with their address.
    because: str
    #: Merge tag.
    unsubscribe_url: str
    #: What to do after following it, "" if the link does it all.
    unsubscribe_hint: str
    #: Merge tag; "" if there is no page where readers choose.
    preferences_url: str
    #: The issue in the public archive; "" without a site.
    browser_url: str
    #: The sign-up page; "" without a site.
    subscribe_url: str
    subscribe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingFields:
    """The greeting, split so that its first sentence can be set in large type."""

    #: The first sentence if it is short, else the whole first paragraph. Links are links.
    opening: Markup
    more: Markup
    #: The paragraphs that follow in a greeting of the author's.
    further: tuple[Markup, ...]
    #: All of it as plain text, by paragraph.
    plain_greeting: tuple[str, ...]
    #: `lang` and `dir` attributes if the greeting is not in the newsletter's language.
    greeting_mark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutStyle:
    """Colours and fonts: those of the season with the author's theme applied."""

    season: SeasonName
    theme: Theme
    text_font: str
    light: Palette
    dark: Palette
    #: A row of table cells that draws the landscape of the masthead.
    ridge: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFields:
    """All variables of one edition.

    Templates see the fields of the groups `reader`, `greeting` and `look` as variables of
    their own, beside the other fields.
    """

    language: str
    direction: str
    #: The sides where a line begins and ends: left and right, or right and left.
    start: str
    end: str
    #: `lang` and `dir` attributes for phrases in another language than the newsletter's.
    mark: Markup
    words: Phrases
    subject: str
    preheader: str
    title: str
    issue_line: str
    date: str
    note_title: str
    #: The author's note, "" if there is none: a placeholder for it in MJML, the text itself in
    #: the text part.
    note: str
    #: Posts shown with an excerpt or in full.
    posts: tuple[PostFields, ...]
    #: Posts shown by title only.
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
        """Return the variables by name, with the groups merged in."""
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
    truncation: Truncation = NO_TRUNCATION,
) -> LayoutFields:
    """Return the variables of one edition; merge tags carry `nonce`.

    Phrases are looked up in `folders`. Raise ComposeError for an unknown time zone or a
    phrase file that cannot be used.
    """
    phrases = load_phrases(letterhead.language, folders)
    locale = locale_for(letterhead.language)
    day = local_time(issue.planned_for, letterhead.timezone)
    greeting = issue.greeting(hemisphere)
    season = greeting.season.name if greeting else season_name(day.date(), hemisphere)
    host = _display_host(http_url(letterhead.blog)) or one_line(letterhead.title)
    posts = _posts(issue, phrases, letterhead, day, truncation)
    cards = count_cards(issue) if truncation.cards is None else truncation.cards
    sides = ("left", "right")
    start, end = sides if locale.text_direction == "ltr" else reversed(sides)
    return LayoutFields(
        language=str(locale).replace("_", "-"),
        direction=locale.text_direction,
        start=start,
        end=end,
        mark=phrases.language_attributes,
        words=phrases,
        subject=one_line(issue.subject) or one_line(letterhead.title),
        preheader=one_line(issue.preheader),
        title=one_line(letterhead.title),
        issue_line=phrases.issue.format(number=issue.number),
        date=phrases.format_day(day.date()),
        note_title=_note_title(phrases, letterhead.author),
        note=issue.note,
        posts=posts[:cards],
        also=posts[cards:],
        races=tuple(_race_fields(race, phrases.locale) for race in issue.races),
        body=letterhead.body,
        sign_off=one_line(letterhead.sign_off),
        author=one_line(letterhead.author),
        blog=http_url(letterhead.blog),
        host=host,
        visit=phrases.blog.format(host=host),
        postal_address=tuple(filter(None, map(one_line, letterhead.postal_address.splitlines()))),
        reader=_reader_fields(letterhead, phrases, issue.number, nonce),
        greeting=_greeting_fields(greeting, letterhead.language),
        look=_layout_style(season, letterhead.theme),
    )


def _display_host(url: str) -> str:
    """Return the host of `url` without "www.", or "" for an IP address or a bare host name."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return host if "." in host and not host.replace(".", "").isdecimal() else ""


def count_cards(issue: Issue) -> int:
    """Return how many posts the author does not want shown by title only. They come first."""
    return sum(issue.own_edits.treatment(post.id) != "title" for post in issue.posts)


def whole_posts(issue: Issue, letterhead: Letterhead) -> tuple[int, ...]:
    """Return the indexes of the posts that are shown in full if there is room."""
    if letterhead.body != "full":
        return ()
    edits = issue.own_edits
    return tuple(
        index
        for index, post in enumerate(issue.posts)
        if edits.treatment(post.id) not in ("card", "title")
    )


def _posts(
    issue: Issue, phrases: Phrases, letterhead: Letterhead, day: datetime, truncation: Truncation
) -> tuple[PostFields, ...]:
    whole = frozenset(whole_posts(issue, letterhead)) - truncation.brief
    return tuple(
        post_fields(
            post,
            phrases,
            letterhead,
            day,
            whole=index in whole,
            excerpt=truncation.excerpt,
            is_card=issue.own_edits.treatment(post.id) == "card",
        )
        for index, post in enumerate(with_own_excerpts(issue.posts, issue.own_edits))
    )


def _note_title(phrases: Phrases, author: str) -> str:
    return phrases.note.format(author=one_line(author)) if author.strip() else phrases.note_unsigned


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, re.split(r"\n\s*\n", text.replace("\r\n", "\n")))))


def _race_fields(race: Race, locale: Locale) -> RaceFields:
    day = format_date(race.day, "full", locale=locale)
    return RaceFields(
        name=one_line(race.name),
        url=http_url(race.url),
        facts=tuple(filter(None, (day, one_line(race.place)))),
    )


def _reader_fields(
    letterhead: Letterhead, phrases: Phrases, number: int, nonce: str
) -> ReaderFields:
    address, site = merge.tag(nonce, "address"), letterhead.site
    way, place = letterhead.unsubscribe, letterhead.preferences
    return ReaderFields(
        salutation=merge.tag(nonce, "salutation") if letterhead.salutation else "",
        address=address,
        because=phrases.because.format(address=address),
        unsubscribe_url=merge.tag(nonce, merge.UNSUBSCRIBE[way]),
        unsubscribe_hint=phrases.by_mail if way == "mailto" else "",
        preferences_url=merge.tag(nonce, merge.PREFERENCES[place]) if place else "",
        browser_url=f"{site}/archive/{number}" if site else "",
        subscribe_url=f"{site}/subscribe" if site else "",
        subscribe=phrases.subscribe.format(title=one_line(letterhead.title)),
    )


def _greeting_fields(greeting: Greeting | None, language: str) -> GreetingFields:
    line, *further = _paragraphs(greeting.text if greeting else "") or ("",)
    sentence = _FIRST_SENTENCE.match(line)
    opening, more = (sentence[0], line[sentence.end() :].strip()) if sentence else (line, "")
    return GreetingFields(
        opening=link_addresses(opening),
        more=link_addresses(more),
        further=tuple(map(link_addresses, further)),
        plain_greeting=tuple(filter(None, (line, *further))),
        greeting_mark=_language_attributes(greeting, language),
    )


def link_addresses(text: str) -> Markup:
    """Return plain text as HTML in which web addresses are links."""
    pieces, start = [], 0
    for match in _WEB.finditer(text):
        url = match[0].rstrip(_AFTER_URL)
        pieces.append(escape(text[start : match.start()]))
        pieces.append(_LINK.format(url, url.partition("://")[2].rstrip("/")))
        start = match.start() + len(url)
    return Markup("").join((*pieces, escape(text[start:])))


def _language_attributes(greeting: Greeting | None, language: str) -> Markup:
    if greeting is None:
        return Markup()
    if primary_language(greeting.language or language) == primary_language(language):
        return Markup()
    direction = locale_for(greeting.language).text_direction
    return Markup(' lang="{}" dir="{}"').format(greeting.language, direction)


def _layout_style(season: SeasonName, theme: Theme) -> LayoutStyle:
    colours = theme_colours(season, theme)
    return LayoutStyle(
        season=season,
        theme=theme,
        text_font=theme.text_font or TEXT_FONT,
        light=colours.light,
        dark=colours.dark,
        ridge=ridge_cells(season, colours.light),
    )
