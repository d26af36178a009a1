"""What a layout may use: the fields of an issue as its templates see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_skeleton
from markupsafe import Markup

from newsletter import merge
from newsletter.composer.layout_palette import COLOURS, Palette
from newsletter.composer.layout_ridge import Column, ridge
from newsletter.composer.layout_words import Words, locale_for, words_for
from newsletter.composer.plain_line import direction, one_line, shorten
from newsletter.composer.seasons import season_name
from newsletter.errors import ComposeError
from newsletter.models import Hemisphere, Issue, Letterhead, Post, SeasonName

SHEET_WIDTH = 600
THUMBNAIL_WIDTH = 200
_LINK_TEXT = 46
_ALT = 125
_OPENING = re.compile(r".{1,80}?[.!?…]+(?=\s|$)")
_FILE_NAME = re.compile(r"[\w.%-]*\.(?:jpe?g|png|gif|webp|avif|heic)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFields:
    """A picture to show; `wide` and `narrow` are its width in CSS pixels as lead or beside.

    `described` is false when `alt` is not the author's but made from the title.
    """

    url: str
    alt: str
    wide: int
    narrow: int
    described: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFields:
    """A post as a layout shows it; `facts` are date, reading time and comments.

    `link_text` makes sense alone; `url` is "" when the post's address is not a web
    address; `body` is empty but for full posts: the place to fill in HTML, text in text.
    """

    title: str
    link_text: str
    url: str
    direction: str
    facts: tuple[str, ...]
    excerpt: str
    image: ImageFields | None
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFields:
    """All fields of an edition. `mark` is the attribute for words in another language.

    `opening` is the greeting's first sentence and `more` the rest; `note` is a tuple of
    paragraphs; `unsubscribe_url` and `address` are merge tags.
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
    body: str
    sign_off: str
    author: str
    blog: str
    host: str
    postal_address: tuple[str, ...]
    because: str
    unsubscribe_url: str
    address: str
    season: SeasonName
    light: Palette
    dark: Palette
    ridge: tuple[Column, ...]

    def by_name(self) -> dict[str, object]:
        """The fields as a template gets them."""
        return {name: getattr(self, name) for name in self.__slots__}


def layout_fields(
    issue: Issue, hemisphere: Hemisphere, letterhead: Letterhead, *, nonce: str
) -> LayoutFields:
    """The fields of one edition. Raises ComposeError for an unknown time zone."""
    words, locale = words_for(letterhead.language), locale_for(letterhead.language)
    day = _local(issue.planned_for, letterhead.timezone)
    greeting = issue.greeting(hemisphere)
    season = greeting.season.name if greeting else season_name(day.date(), hemisphere)
    opening, more = _sentences(greeting.text if greeting else "")
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
        posts=tuple(_post(post, words, locale, letterhead, day) for post in issue.posts),
        body=letterhead.body,
        sign_off=one_line(letterhead.sign_off),
        author=one_line(letterhead.author),
        blog=_web_address(letterhead.blog),
        host=(urlsplit(_web_address(letterhead.blog)).hostname or "").removeprefix("www."),
        postal_address=tuple(filter(None, map(one_line, letterhead.postal_address.splitlines()))),
        because=words.because.format(address=address),
        unsubscribe_url=merge.tag(nonce, "unsubscribe_url"),
        address=address,
        season=season,
        light=COLOURS[season].light,
        dark=COLOURS[season].dark,
        ridge=ridge(season),
    )


def _post(
    post: Post, words: Words, locale: Locale, letterhead: Letterhead, issued: datetime
) -> PostFields:
    title = one_line(post.title) or shorten(one_line(post.excerpt), 60) or words.untitled
    short = shorten(title, _LINK_TEXT)
    phrase = words.see if letterhead.body == "full" else words.read_on
    return PostFields(
        title=title,
        link_text=phrase.format(title=short),
        url=_web_address(post.url),
        direction=direction(title),
        facts=_facts(post, words, locale, letterhead, issued),
        excerpt=one_line(post.excerpt),
        image=None if letterhead.body == "full" and _shown(post) else _image(post, short, words),
    )


def _shown(post: Post) -> bool:
    """Whether the post's text already shows its picture, in whatever size."""
    return post.image is not None and post.image.url.partition("?")[0] in post.html


def _facts(
    post: Post, words: Words, locale: Locale, letterhead: Letterhead, issued: datetime
) -> tuple[str, ...]:
    facts = []
    written = post.published or post.first_seen
    if written:
        day = _local(written, letterhead.timezone)
        skeleton = "MMMMd" if day.year == issued.year else "yMMMMd"
        facts.append(format_skeleton(skeleton, day, locale=locale))
    if post.reading_minutes:
        facts.append(words.counted(words.minutes, post.reading_minutes))
    if post.comment_count:
        facts.append(words.counted(words.comments, post.comment_count))
    return tuple(facts)


def _image(post: Post, title: str, words: Words) -> ImageFields | None:
    """The post's picture; alt text is never empty, since the picture is a link."""
    if post.image is None or not _web_address(post.image.url):
        return None
    alt = shorten(one_line(post.image.alt), _ALT)
    described = bool(alt) and not _FILE_NAME.fullmatch(alt)
    known = post.image.width or SHEET_WIDTH
    return ImageFields(
        url=_web_address(post.image.url),
        alt=alt if described else words.picture.format(title=title),
        wide=min(known, SHEET_WIDTH),
        narrow=min(known, THUMBNAIL_WIDTH),
        described=described,
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


def _web_address(url: str) -> str:
    """`url` when it leads to the web, else ""; never a script or a file."""
    plain = one_line(url)
    return plain if plain.lower().startswith(("https://", "http://")) else ""


def _local(moment: datetime, timezone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ComposeError(
            f"There is no time zone {timezone!r}.",
            cure='Write one such as timezone = "America/Edmonton" under [newsletter].',
        ) from error
