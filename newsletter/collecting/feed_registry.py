"""The feeds of the settings and what is stored of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.config.settings import FeedSettings
from newsletter.models import Feed
from newsletter.reader.addresses import canonical_url
from newsletter.reader.feed_status import has_moved
from newsletter.storage import feeds


def wanted_feeds(
    connection: Connection, wanted: Sequence[FeedSettings]
) -> tuple[tuple[FeedSettings, Feed], ...]:
    """Each feed of the settings as it is stored, made where it is new.

    An address that another stored feed moved to, or that merely spells it anew (https,
    www), continues that feed: its posts stay known, so nothing is sent twice or lost.
    """
    named = {settings.url for settings in wanted}
    stored = feeds.all_feeds(connection)
    known = {feed.url for feed in stored}
    left = [feed for feed in stored if feed.url not in named]
    for settings in wanted:
        if settings.url in known:
            continue
        former = next((feed for feed in left if _continues(settings.url, feed)), None)
        if former is not None:
            left.remove(former)
            feeds.rename(connection, former, settings.url)
    made = feeds.ensure_all(connection, [settings.url for settings in wanted])
    return tuple(zip(wanted, made, strict=True))


def resting(feed: Feed, now: dt.datetime, zone: ZoneInfo) -> str:
    """Why the feed is not polled now, as a sentence; "" when it is."""
    if feed.state == "gone" or feed.wait_until is None or feed.wait_until <= now:
        return ""
    until = f"{feed.wait_until.astimezone(zone):%Y-%m-%d %H:%M}"
    if feed.state == "paused":
        return (
            f"{feed.url} is paused after {feed.failures} failures in a row: it is asked again "
            f"after {until}. Last time: {feed.trouble}"
        )
    return f"{feed.url} asked to be left alone until {until}, so it was not read. {feed.trouble}"


def moved(feed: Feed) -> str:
    """What the author should know of a feed that moved for good; "" if it did not."""
    if not has_moved(feed):
        return ""
    return (
        f"The feed has moved to {feed.moved_to} for good and is read there; write that "
        "address in newsletter.toml when you like."
    )


def _continues(url: str, former: Feed) -> bool:
    return url == former.moved_to or canonical_url(url) == canonical_url(former.url)
