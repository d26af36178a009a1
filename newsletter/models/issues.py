"""What goes out: an issue, and its editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from newsletter.models.posts import Post
from newsletter.models.seasons import AUTO_GREETING, Greeting, GreetingOverride, Hemisphere

Rhythm = Literal["weekly", "fortnightly", "monthly"]
IssueStatus = Literal["draft", "approved", "frozen", "sending", "stopped", "sent", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """A race the author runs. `day` is its day where it is run."""

    name: str
    day: date
    place: str = ""
    url: str = ""


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
    greeting_override: GreetingOverride = AUTO_GREETING
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
