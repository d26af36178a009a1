"""What comes in: feeds and their posts."""

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
    """HTML that the cleaner made: the only text that may go into a page unescaped.

    Made by `newsletter.reader.clean` alone (and read back from storage, where only
    the cleaner's output is kept).
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


NO_HTML = SafeHtml("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed the newsletter reads, under the address the settings give it.

    `etag` and `last_modified` are kept as sent. `moved_to` is where the server says it
    moved for good, seen in `sightings` readings in a row. Before `wait_until` it is not
    polled. `trouble` is the sentence of the last failure, "" once it was read again.
    """

    url: str
    id: int = 0
    title: str = ""
    site_url: str = ""
    etag: str = ""
    last_modified: str = ""
    checked_at: datetime | None = None
    failures: int = 0
    state: FeedState = "active"
    moved_to: str = ""
    sightings: int = 0
    wait_until: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a web server answered: the body as bytes, capped, already unpacked.

    `moved_to` is the address that permanent redirects led to, "" where there were none.
    """

    url: str
    final_url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a post. `width` and `height` in CSS pixels, 0 where unknown."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a post says of a run, in its own words ("10.2 km"); "" where it does not."""

    distance: str = ""
    time: str = ""
    pace: str = ""
    race: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a post's text is made from, as its feed gave it: untouched, untrusted, never shown.

    `content` and `summary` are HTML, `site_url` is the blog's address, `media` are pictures
    the feed names beside the text, `fields` elements of the feed's own.
    """

    content: str = ""
    summary: str = ""
    site_url: str = ""
    media: tuple[Image, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of a blog.

    `source` is there until the post is cleaned: `html`, `excerpt`, `fingerprint` and all
    else that is made from it are empty till then. `excerpt` is plain text. `stable_since`
    is when the text last changed as far as we know. `last_seen` is the newest fetch whose
    feed held the post. `reason` says in words why the post is in its state. `facts` are the
    runner's figures, None without any.
    """

    feed: str
    guid: str
    url: str
    title: str
    id: int = 0
    fingerprint: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    stable_since: datetime | None = None
    html: SafeHtml = NO_HTML
    excerpt: str = ""
    image: Image | None = None
    categories: tuple[str, ...] = ()
    comment_count: int | None = None
    comments_url: str = ""
    reading_minutes: int = 0
    facts: Facts | None = None
    protected: bool = False
    source: Source | None = None
    state: PostState = "waiting"
    reason: str = ""
    issue: int | None = None
