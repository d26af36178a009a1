"""Tell opens and clicks that programs make from those of readers. Pure.

Apple's Mail loads every picture in advance, so it opens whatever arrives (Mail Privacy
Protection); SendGrid marks those events, and the program names itself by one word. Filters of
companies follow each link within seconds of the delivery, and many name themselves. Google's and
Yahoo's picture servers load when the reader looks, and count as readers. What is left is an
estimate all the same: nothing here decides anything.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.reader.identity.canonical import canonical_url

_MACHINE_KINDS: Mapping[str, str] = {"open": "machine_open", "click": "machine_click"}
# Mail Privacy Protection sends no more than this.
_APPLE_PROXY = "Mozilla/5.0"
_PROGRAMS = re.compile(
    r"bot\b|crawl|spider|scan|preview|monitor|barracuda|proofpoint|mimecast|symantec|"
    r"trend ?micro|sophos|forcepoint|zscaler|fireeye|fortinet|headless|phantomjs|"
    r"python|curl|wget|go-http|java/|okhttp|libwww|httpclient|axios|node-fetch",
    re.IGNORECASE,
)
#: Nobody reads a message and decides on a link so soon after it was delivered.
_TOO_SOON = dt.timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """How many readers opened an issue and followed a link, and how many programs did."""

    opened: int = 0
    opened_by_machine: int = 0
    clicked: int = 0
    clicked_by_machine: int = 0

    @property
    def knows_opens(self) -> bool:
        """Whether any open was reported; without tracking none is."""
        return self.opened + self.opened_by_machine > 0

    @property
    def knows_clicks(self) -> bool:
        """Whether any click was reported."""
        return self.clicked + self.clicked_by_machine > 0

    @property
    def is_tracked(self) -> bool:
        """Whether anything was reported at all."""
        return self.knows_opens or self.knows_clicks


def engagement_kind(
    kind: str,
    *,
    user_agent: str,
    is_machine: bool,
    at: dt.datetime,
    delivered_at: dt.datetime | None,
) -> str:
    """Return the kind under which an event is stored: that of a machine for one that is made so.

    `is_machine` is the provider's own word. `delivered_at` is None if it is not known yet. An event
    of any other kind keeps it.
    """
    if kind not in _MACHINE_KINDS:
        return kind
    is_too_soon = kind == "click" and delivered_at is not None and at - delivered_at <= _TOO_SOON
    names_itself = user_agent.strip() == _APPLE_PROXY or bool(_PROGRAMS.search(user_agent))
    return _MACHINE_KINDS[kind] if is_machine or names_itself or is_too_soon else kind


def find_post(url: str, posts: Mapping[int, str]) -> int | None:
    """Return which of the posts (addresses by id) a link leads to, None for another page."""
    wanted = canonical_url(url)
    if not wanted:
        return None
    return next((post for post, own in posts.items() if canonical_url(own) == wanted), None)


def count_engagement(readers: Mapping[str, int]) -> Engagement:
    """Return the figures in the numbers of readers by kind of event."""
    return Engagement(
        opened=readers.get("open", 0),
        opened_by_machine=readers.get("machine_open", 0),
        clicked=readers.get("click", 0),
        clicked_by_machine=readers.get("machine_click", 0),
    )
