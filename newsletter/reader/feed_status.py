"""How a feed stands after a reading: alive, failing, paused, gone, or moved elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from newsletter.errors import FeedError, FetchError
from newsletter.models import Feed, FetchResult
from newsletter.reader.http.http_errors import HttpNotFound
from newsletter.reader.parsing.items import ParsedFeed

_PAUSED_AFTER = 20
_PAUSE = timedelta(days=1)
_ENOUGH_SIGHTINGS = 2


def fetch_url(feed: Feed) -> str:
    """Where the feed is read: where it moved for good, once that was seen twice."""
    return feed.moved_to if has_moved(feed) else feed.url


def has_moved(feed: Feed) -> bool:
    return feed.sightings >= _ENOUGH_SIGHTINGS


def record_unchanged(feed: Feed, fetched: FetchResult, now: datetime) -> Feed:
    """The feed after a reading that brought nothing new, perhaps under new validators."""
    return replace(
        _record_redirect(feed, fetched),
        etag=fetched.etag or feed.etag,
        last_modified=_usable_last_modified(fetched.last_modified) or feed.last_modified,
        checked_at=now,
        failures=0,
        state="active",
        wait_until=None,
        trouble="",
    )


def record_success(feed: Feed, fetched: FetchResult, parsed: ParsedFeed, now: datetime) -> Feed:
    """The feed after a reading, with what it says of itself and its validators."""
    return replace(
        record_unchanged(feed, fetched, now),
        title=parsed.title or feed.title,
        site_url=parsed.site_url or feed.site_url,
        etag=fetched.etag,
        last_modified=_usable_last_modified(fetched.last_modified),
    )


def record_failure(feed: Feed, error: FeedError, now: datetime) -> Feed:
    """The feed after a failure: paused after twenty in a row, gone after HTTP 410.

    It is left alone as long as its server asks (Retry-After), a day when paused. One that
    is not found where it moved to is looked for under its own address again.
    """
    failures = feed.failures + 1
    waiting = timedelta(seconds=error.retry_after if isinstance(error, FetchError) else 0)
    paused = failures >= _PAUSED_AFTER
    after = replace(
        feed,
        checked_at=now,
        failures=failures,
        state="paused" if paused else feed.state,
        wait_until=_wait_until(now, max(waiting, _PAUSE) if paused else waiting),
        trouble=str(error),
    )
    if isinstance(error, HttpNotFound) and has_moved(feed):
        return replace(after, moved_to="", sightings=0)
    if isinstance(error, FetchError) and error.gone:
        return replace(after, state="gone", wait_until=None)
    return after


def pause_sentence(feed: Feed) -> str:
    return f"It has failed {feed.failures} times in a row, so it is paused: asked once a day only."


def gone_sentence(feed: Feed) -> str:
    return (
        f"{feed.url} said it is gone for good (HTTP 410), so it is not read any more. "
        "Give the blog's new feed in newsletter.toml; if it came back, "
        f"`newsletter feeds add {feed.url}` reads it again."
    )


def wait_sentence(feed: Feed, now: datetime, zone: ZoneInfo) -> str:
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


def moved_sentence(feed: Feed) -> str:
    """What the author should know of a feed that moved for good; "" if it did not."""
    if not has_moved(feed):
        return ""
    return (
        f"The feed has moved to {feed.moved_to} for good and is read there; write that "
        "address in newsletter.toml when you like."
    )


def _record_redirect(feed: Feed, fetched: FetchResult) -> Feed:
    """Counts in how many readings running the server named the same new address.

    A feed that is read at its new address already stays there, unless it moves on.
    """
    if not fetched.moved_to:
        return feed if has_moved(feed) else replace(feed, moved_to="", sightings=0)
    if fetched.moved_to == feed.moved_to:
        return replace(feed, sightings=feed.sightings + 1)
    return replace(feed, moved_to=fetched.moved_to, sightings=1)


def _wait_until(now: datetime, waiting: timedelta) -> datetime | None:
    return now + waiting if waiting else None


def _usable_last_modified(last_modified: str) -> str:
    """Last-Modified as sent; of 1980 or before it comes from a broken clock and freezes."""
    try:
        year = parsedate_to_datetime(last_modified).year
    except (ValueError, TypeError):
        return last_modified
    return last_modified if year > 1980 else ""  # noqa: PLR2004 - said above
