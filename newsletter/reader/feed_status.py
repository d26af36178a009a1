"""The status of a feed after each reading: active, paused, gone, or moved elsewhere.

Failing feeds back off: a feed waits as long as its server asks (Retry-After), and after
twenty failures in a row it is paused and requested once a day. HTTP 410 Gone ends requests
for good. A permanent redirect is followed once two readings in a row saw it.
"""

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
_SIGHTINGS_TO_MOVE = 2
_FIRST_CREDIBLE_YEAR = 1981


def fetch_url(feed: Feed) -> str:
    """Return the URL to request: where the feed moved permanently, else its own."""
    return feed.moved_to if has_moved(feed) else feed.url


def has_moved(feed: Feed) -> bool:
    """Whether enough readings in a row saw the same permanent redirect."""
    return feed.sightings >= _SIGHTINGS_TO_MOVE


def record_unchanged(feed: Feed, response: FetchResult, now: datetime) -> Feed:
    """Return the feed after a response without news, such as 304 Not Modified.

    A 304 may carry new validators (RFC 9110, 15.4.5).
    """
    return replace(
        _record_redirect(feed, response),
        etag=response.etag or feed.etag,
        last_modified=_usable_last_modified(response.last_modified) or feed.last_modified,
        checked_at=now,
        failures=0,
        state="active",
        wait_until=None,
        trouble="",
    )


def record_success(feed: Feed, response: FetchResult, parsed: ParsedFeed, now: datetime) -> Feed:
    """Return the feed after it was parsed, with its title, site and validators."""
    return replace(
        record_unchanged(feed, response, now),
        title=parsed.title or feed.title,
        site_url=parsed.site_url or feed.site_url,
        etag=response.etag,
        last_modified=_usable_last_modified(response.last_modified),
    )


def record_failure(feed: Feed, error: FeedError, now: datetime) -> Feed:
    """Return the feed after a failure, with the backoff that follows from it.

    A feed that is not found where it moved to is requested under its own URL again.
    """
    failures = feed.failures + 1
    retry_after = timedelta(seconds=error.retry_after if isinstance(error, FetchError) else 0)
    is_paused = failures >= _PAUSED_AFTER
    wait = max(retry_after, _PAUSE) if is_paused else retry_after
    after = replace(
        feed,
        checked_at=now,
        failures=failures,
        state="paused" if is_paused else feed.state,
        wait_until=now + wait if wait else None,
        trouble=str(error),
    )
    if isinstance(error, HttpNotFound) and has_moved(feed):
        return replace(after, moved_to="", sightings=0)
    if isinstance(error, FetchError) and error.gone:
        return replace(after, state="gone", wait_until=None)
    return after


def pause_sentence(feed: Feed) -> str:
    """Return the sentence to show when a feed becomes paused."""
    return f"It has failed {feed.failures} times in a row, so it is paused: asked once a day only."


def gone_sentence(feed: Feed) -> str:
    """Return the sentence to show for a feed that answered 410 Gone."""
    return (
        f"{feed.url} said it is gone for good (HTTP 410), so it is not read any more. "
        "Give the blog's new feed in newsletter.toml; if it came back, "
        f"`newsletter feeds add {feed.url}` reads it again."
    )


def wait_sentence(feed: Feed, now: datetime, zone: ZoneInfo) -> str:
    """Return why the feed is in backoff at `now`, or "" if it may be requested."""
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
    """Return the sentence to show for a feed that moved permanently, or ""."""
    if not has_moved(feed):
        return ""
    return (
        f"The feed has moved to {feed.moved_to} for good and is read there; write that "
        "address in newsletter.toml when you like."
    )


def _record_redirect(feed: Feed, response: FetchResult) -> Feed:
    """Count how many readings in a row saw the same permanent redirect.

    A feed that is already read at its new URL stays there unless it moves again.
    """
    if not response.moved_to:
        return feed if has_moved(feed) else replace(feed, moved_to="", sightings=0)
    if response.moved_to == feed.moved_to:
        return replace(feed, sightings=feed.sightings + 1)
    return replace(feed, moved_to=response.moved_to, sightings=1)


def _usable_last_modified(last_modified: str) -> str:
    """Return Last-Modified as sent, or "" for a date of 1980 or before.

    Such a date comes from a broken clock and never changes, so the server would answer 304
    for ever.
    """
    try:
        year = parsedate_to_datetime(last_modified).year
    except (ValueError, TypeError):
        return last_modified
    return last_modified if year >= _FIRST_CREDIBLE_YEAR else ""
