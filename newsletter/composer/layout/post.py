"""One post as a layout shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_skeleton
from markupsafe import Markup

from newsletter.composer.text.phrases import Words
from newsletter.errors import ComposeError
from newsletter.models import Facts, Letterhead, Post
from newsletter.text import direction, http_url, one_line, shorten

SHEET_WIDTH = 600
THUMBNAIL_WIDTH = 200
_LINK_TEXT = 46
_ALT = 125
_FILE_NAME = re.compile(r"[\w.%-]*\.(?:jpe?g|png|gif|webp|avif|heic)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFields:
    """A picture to show; `wide` and `narrow` are its width in CSS pixels as lead or beside.

    `in_words` stands for it in plain text: "" when `alt` is not the author's but made
    from the title.
    """

    url: str
    alt: str
    wide: int
    narrow: int
    in_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFields:
    """A post as a layout shows it; `facts` are date, reading time and comments.

    `figures` are the runner's, each with its name. `link_text` makes sense alone, and so
    does `link_words`, the same for HTML with what is in another language marked; `url` is
    "" when the post's address is not a web address. `whole` says that the full text is
    shown; then `body` is the place to fill in HTML, or the text in text.
    """

    title: str
    link_text: str
    link_words: Markup
    url: str
    direction: str
    facts: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    excerpt: str
    image: ImageFields | None
    whole: bool
    body: str = ""


def post_fields(
    post: Post,
    words: Words,
    locale: Locale,
    letterhead: Letterhead,
    issued: datetime,
    *,
    whole: bool,
    excerpt: int | None = None,
) -> PostFields:
    """The fields of `post` in an issue of the day `issued`, `whole` or by its excerpt.

    The excerpt has at most `excerpt` characters.
    """
    title = one_line(post.title) or shorten(one_line(post.excerpt), 60) or words.untitled
    short = shorten(title, _LINK_TEXT)
    phrase = words.see if whole else words.read_on
    brief = one_line(post.excerpt)
    return PostFields(
        title=title,
        link_text=phrase.format(title=short),
        link_words=words.titled(phrase, short),
        url=http_url(post.url),
        direction=direction(title),
        facts=_facts(post, words, locale, letterhead, issued),
        figures=_figures(post.facts, words),
        excerpt=shorten(brief, excerpt) if excerpt else brief,
        image=None if whole and _shown(post) else _image(post, short, words),
        whole=whole,
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
        day = local_time(written, letterhead.timezone)
        facts.append(_day(day.date(), locale, with_year=day.year != issued.year))
    if post.reading_minutes:
        facts.append(words.counted(words.minutes, post.reading_minutes))
    if post.comment_count:
        facts.append(words.counted(words.comments, post.comment_count))
    return tuple(facts)


def _figures(facts: Facts | None, words: Words) -> tuple[tuple[str, str], ...]:
    """The runner's figures of a post, as far as it tells them, each with its name."""
    if facts is None:
        return ()
    told = (
        (words.distance, facts.distance),
        (words.time, facts.time),
        (words.pace, facts.pace),
        (words.race, facts.race),
        (words.route, facts.route),
    )
    return tuple((name, one_line(figure)) for name, figure in told if figure.strip())


@lru_cache(maxsize=256)
def _day(day: date, locale: Locale, *, with_year: bool) -> str:
    """A day in words; kept, since every edition of an issue has the same days."""
    return format_skeleton("yMMMMd" if with_year else "MMMMd", day, locale=locale)


def _image(post: Post, title: str, words: Words) -> ImageFields | None:
    """The post's picture; alt text is never empty, since the picture is a link."""
    if post.image is None or not http_url(post.image.url):
        return None
    alt = shorten(one_line(post.image.alt), _ALT)
    described = bool(alt) and not _FILE_NAME.fullmatch(alt)
    known = post.image.width or SHEET_WIDTH
    return ImageFields(
        url=http_url(post.image.url),
        # An attribute cannot be marked as being in another language.
        alt=alt if described else title if words.foreign else words.picture.format(title=title),
        wide=min(known, SHEET_WIDTH),
        narrow=min(known, THUMBNAIL_WIDTH),
        in_words=words.image.format(alt=alt) if described else "",
    )


def local_time(moment: datetime, timezone: str) -> datetime:
    """`moment` by the clock of the time zone. Raises ComposeError when there is none."""
    try:
        return moment.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ComposeError(
            f"There is no time zone {timezone!r}.",
            cure='Write one such as timezone = "America/Edmonton" under [newsletter].',
        ) from error
