"""Feeds and their posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FeedState = Literal["active", "paused", "gone"]
PostState = Literal[
    "waiting",
    "settling",
    "issued",
    "skipped",
    "seen_before_start",
    "held",
    "withdrawn",
    "protected",
    "excluded",
]


class SafeHtml(str):
    """Sanitized HTML: the only text that a template inserts without escaping it.

    Only `newsletter.reader.clean` creates it, and storage reads it back.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


NO_HTML = SafeHtml("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that the newsletter reads."""

    #: The URL in the settings.
    url: str
    id: int = 0
    title: str = ""
    site_url: str = ""
    #: The cache validators, as the server sent them (RFC 9110, 8.8).
    etag: str = ""
    last_modified: str = ""
    checked_at: datetime | None = None
    #: When the first reading succeeded; what the feed held then counts as seen.
    started_at: datetime | None = None
    #: The date at the old end of the feed at that time, None if it held no dated post.
    oldest_at_start: datetime | None = None
    #: How many attempts have failed in a row.
    failures: int = 0
    state: FeedState = "active"
    #: The target of permanent redirects, in the last `sightings` attempts in a row.
    moved_to: str = ""
    sightings: int = 0
    #: The feed is not requested before this time (backoff, Retry-After).
    wait_until: datetime | None = None
    #: The last failure as a sentence, "" once a request has succeeded.
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """The response of a web server."""

    url: str
    #: The URL after all redirects.
    final_url: str
    status: int
    #: Decompressed, and limited in size.
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    #: The target of permanent redirects, "" if there were none.
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a post."""

    url: str
    alt: str = ""
    #: In CSS pixels, 0 if unknown.
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The figures of a run in the post's own words, such as "10.2 km"; "" if not given."""

    distance: str = ""
    time: str = ""
    pace: str = ""
    race: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Words of a post that no message shows, without what is left out on purpose."""

    words: int
    #: All words of the post.
    total: int
    #: The part where most of them stood, in words.
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A post as its feed gave it: untrusted, never rendered, the input of the cleaner."""

    #: HTML.
    content: str = ""
    #: HTML.
    summary: str = ""
    #: The address of the blog.
    site_url: str = ""
    #: Pictures that the feed names outside the text.
    media: tuple[Image, ...] = ()
    #: Elements that only some feeds have, by name.
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of a blog.

    Approved issues store their posts as JSON, field by field: a renamed field needs a
    migration. Until the cleaner has run, `source` holds its input, and `html`, `excerpt`,
    `fingerprint` and all else made from it are empty.
    """

    feed: str
    guid: str
    url: str
    title: str
    id: int = 0
    #: A hash of title and text.
    fingerprint: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    #: The newest fetch whose feed held the post.
    last_seen: datetime | None = None
    #: When the text last changed, as far as we know.
    stable_since: datetime | None = None
    html: SafeHtml = NO_HTML
    #: Plain text.
    excerpt: str = ""
    image: Image | None = None
    categories: tuple[str, ...] = ()
    comment_count: int | None = None
    comments_url: str = ""
    reading_minutes: int = 0
    #: The figures of the run, None if the post gives none.
    facts: Facts | None = None
    #: What is missing of the text, None if that is next to nothing.
    left_out: LeftOut | None = None
    protected: bool = False
    source: Source | None = None
    state: PostState = "waiting"
    #: Why the post is in its state, as a sentence.
    reason: str = ""
    issue: int | None = None
