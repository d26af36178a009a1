"""The values that flow from feed to inbox.

All are frozen; a change is a new value (`replace` of dataclasses, or of msgspec.structs).
Collections are tuples, times are aware and UTC, absent text is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

Hemisphere = Literal["north", "south", "tropics"]
HEMISPHERES: tuple[Hemisphere, ...] = ("north", "south", "tropics")
Rhythm = Literal["weekly", "fortnightly", "monthly"]
Layout = Literal["digest", "full", "letter"]
SeasonName = Literal["spring", "summer", "fall", "winter", "wet", "dry"]
Phase = Literal["first", "early", "mid", "late", "last"]
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
IssueStatus = Literal["draft", "approved", "frozen", "sending", "stopped", "sent", "cancelled"]
DeliveryStatus = Literal["pending", "accepted", "suppressed", "failed", "unknown"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of the running year where somebody lives, and how far it has come."""

    name: SeasonName
    phase: Phase
    hemisphere: Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The line an edition opens with, and why it was chosen. `text` may be "".

    `language` is the tag it is written in, "" for the newsletter's own.
    """

    text: str
    season: Season
    reason: str
    intro_id: str = ""
    occasion: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the author wants an issue to open: as we choose, in `words` of their own, with
    the greeting whose id is `words`, or without one.
    """

    kind: Literal["auto", "text", "intro", "none"] = "auto"
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """A race the author runs. `day` is its day where it is run."""

    name: str
    day: date
    place: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How the author wants issues to look; everything left out is the season's own.

    `light` and `dark` are colours by the palette's names, as #rrggbb; fonts are CSS font
    lists; `logo_width` is in CSS pixels.
    """

    light: tuple[tuple[str, str], ...] = ()
    dark: tuple[tuple[str, str], ...] = ()
    text_font: str = ""
    heading_font: str = ""
    logo: str = ""
    logo_alt: str = ""
    logo_width: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What of the settings a reader sees in every issue.

    `salutation` has {name} where the reader's first name goes, "" for none at all;
    `salutation_nameless` is for readers whose name nobody knows, None for ours. `site` is
    the public site's address without a slash at its end, "" where there is none.
    """

    title: str
    author: str
    blog: str
    postal_address: str
    sign_off: str
    salutation: str = ""
    salutation_nameless: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    body: Literal["excerpt", "full", "title"] = "excerpt"
    layout: Layout = "digest"
    theme: Theme = Theme()
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One week's or month's newsletter before it is bound to a reader.

    `key` is the ISO week (`2026-W48`) or month (`2026-M11`) in the author's zone;
    `planned_for` the moment it is due. One beside the newsletter's own rhythm also gathers
    posts that went out in the other after `since`. `passed_over` counts the readers who
    get nothing, for it holds no post of the topics they chose. `greetings` holds one for
    each hemisphere; `wish` is what the author asked for in their place; `races` are the
    next the author runs.
    """

    key: str
    number: int
    planned_for: datetime
    created_at: datetime
    id: int = 0
    rhythm: Rhythm = "weekly"
    status: IssueStatus = "draft"
    subject: str = ""
    preheader: str = ""
    greetings: tuple[Greeting, ...] = ()
    wish: Wish = Wish()
    races: tuple[Race, ...] = ()
    note: str = ""
    posts: tuple[Post, ...] = ()
    approved_hash: str = ""
    since: datetime | None = None
    noticed_at: datetime | None = None
    frozen_at: datetime | None = None
    sent_at: datetime | None = None
    passed_over: int = 0

    def greeting(self, hemisphere: Hemisphere) -> Greeting | None:
        """The greeting for readers of that hemisphere, if one was chosen."""
        return next((g for g in self.greetings if g.season.hemisphere == hemisphere), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue rendered for one group of readers; `html` and `text` hold merge tags.

    `key` names the group: `north` are the readers there who get every post, `north+races`
    those who get the posts of one topic alone. `posts` are the ids of the posts it shows,
    () for all of the issue's.
    """

    key: str
    hemisphere: Hemisphere
    issue: int
    subject: str
    preheader: str
    html: str
    text: str
    mjml: str
    nonce: str
    content_hash: str
    topics: tuple[str, ...] = ()
    posts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a reader may choose: the posts of some categories or of some feeds.

    One with neither stands for the posts that are of no other topic.
    """

    name: str
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A group of readers who get the same edition: where they live and what they read.

    `posts` are ids, in the issue's order; () for all of the issue's. `key` is the
    edition's.
    """

    key: str
    hemisphere: Hemisphere
    topics: tuple[str, ...] = ()
    posts: tuple[int, ...] = ()


# Of a reader each a thousand are made for every batch: a struct takes a tenth of the time
# that a frozen dataclass does.
class Recipient(Struct, frozen=True, kw_only=True, gc=False):
    """Whom a message is for. `fields` are the merge fields' values, plain text."""

    subscriber_id: int
    address: str
    fields: tuple[tuple[str, str], ...] = ()


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """What a mailer knows of one recipient after trying.

    accepted: the other side took the message. refused: it will not, for good.
    not_sent: nothing left this machine, try again. unknown: nobody can say.
    """

    subscriber_id: int
    outcome: Literal["accepted", "refused", "not_sent", "unknown"]
    detail: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An issue's count. planned = pending + accepted + suppressed + failed + unknown."""

    planned: int = 0
    accepted: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0
