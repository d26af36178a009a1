"""The variables of one post in an email template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_skeleton
from markupsafe import Markup

from newsletter.composer.phrases import Phrases
from newsletter.errors import ComposeError
from newsletter.models import Facts, Letterhead, Post
from newsletter.text import direction, http_url, is_file_name, one_line, shorten

SHEET_WIDTH = 600
THUMBNAIL_WIDTH = 200
#: Longest alt text, in characters. Longer ones are tedious in a screen reader.
LONGEST_ALT = 125
_LINK_TEXT = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFields:
    """A post's picture."""

    url: str
    alt: str
    #: Width in CSS pixels as the lead picture.
    wide: int
    #: Width in CSS pixels as a thumbnail.
    narrow: int
    #: The text that replaces the picture in plain text; "" if `alt` was made from the post's title.
    in_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFields:
    """A post as a template shows it."""

    title: str
    #: Link text that makes sense when read alone.
    link_text: str
    #: The same for HTML, with text in another language in a `<span lang>`.
    link_words: Markup
    #: "" if the post has no http or https URL.
    url: str
    direction: str
    #: Date, reading time and number of comments, in words.
    facts: tuple[str, ...]
    #: The run's figures as pairs of name and value: distance, time, pace.
    figures: tuple[tuple[str, str], ...]
    excerpt: str
    image: ImageFields | None
    #: Whether the full text is shown.
    whole: bool
    #: The full text: a placeholder for it in MJML, the text itself in the text part.
    body: str = ""
    #: Whether the author wants it no larger than the others, though it may come first.
    is_card: bool = False


def post_fields(
    post: Post,
    phrases: Phrases,
    letterhead: Letterhead,
    issued: datetime,
    *,
    whole: bool,
    excerpt: int | None = None,
    is_card: bool = False,
) -> PostFields:
    """Return the variables of `post` in an issue dated `issued`.

    Shows the full text if `whole`, else an excerpt of at most `excerpt` characters.
    """
    title = one_line(post.title) or shorten(one_line(post.excerpt), 60) or phrases.untitled
    short = shorten(title, _LINK_TEXT)
    phrase = phrases.see if whole else phrases.read_on
    brief = one_line(post.excerpt)
    return PostFields(
        title=title,
        link_text=phrase.format(title=short),
        link_words=phrases.format_title(phrase, short),
        url=http_url(post.url),
        direction=direction(title),
        facts=_facts(post, phrases, letterhead, issued),
        figures=_figures(post.facts, phrases),
        excerpt=shorten(brief, excerpt) if excerpt else brief,
        image=None if whole and _image_in_body(post) else _image(post, short, phrases),
        whole=whole,
        is_card=is_card,
    )


def _image_in_body(post: Post) -> bool:
    """Whether the post's text contains its lead picture, in any size."""
    return post.image is not None and post.image.url.partition("?")[0] in post.html


def _facts(
    post: Post, phrases: Phrases, letterhead: Letterhead, issued: datetime
) -> tuple[str, ...]:
    facts = []
    date = post.published or post.first_seen
    if date:
        day = local_time(date, letterhead.timezone)
        facts.append(_format_day(day.date(), phrases.locale, with_year=day.year != issued.year))
    if post.reading_minutes:
        facts.append(phrases.format_count(phrases.minutes, post.reading_minutes))
    if post.comment_count:
        facts.append(phrases.format_count(phrases.comments, post.comment_count))
    return tuple(facts)


def _figures(facts: Facts | None, phrases: Phrases) -> tuple[tuple[str, str], ...]:
    if facts is None:
        return ()
    pairs = (
        (phrases.distance, facts.distance),
        (phrases.time, facts.time),
        (phrases.pace, facts.pace),
        (phrases.race, facts.race),
        (phrases.route, facts.route),
    )
    return tuple((name, one_line(figure)) for name, figure in pairs if figure.strip())


# Every edition of an issue formats the same days.
@lru_cache(maxsize=256)
def _format_day(day: date, locale: Locale, *, with_year: bool) -> str:
    return format_skeleton("yMMMMd" if with_year else "MMMMd", day, locale=locale)


def _image(post: Post, title: str, phrases: Phrases) -> ImageFields | None:
    """Return the post's picture. Its alt text is never empty, since the picture is a link."""
    if post.image is None or not http_url(post.image.url):
        return None
    alt = shorten(one_line(post.image.alt), LONGEST_ALT)
    described = bool(alt) and not is_file_name(alt, post.image.url)
    width = post.image.width or SHEET_WIDTH
    # An attribute's value cannot have its own language, so no English phrase goes in.
    made_up = title if phrases.is_fallback else phrases.picture.format(title=title)
    return ImageFields(
        url=http_url(post.image.url),
        alt=alt if described else made_up,
        wide=min(width, SHEET_WIDTH),
        narrow=min(width, THUMBNAIL_WIDTH),
        in_words=phrases.image.format(alt=alt) if described else "",
    )


def local_time(time: datetime, timezone: str) -> datetime:
    """Return `time` in the time zone `timezone`. Raise ComposeError if it is unknown."""
    try:
        return time.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ComposeError(
            f"There is no time zone {timezone!r}.",
            cure='Write one such as timezone = "America/Edmonton" under [newsletter].',
        ) from error
