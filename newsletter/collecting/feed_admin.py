"""The author's word on feeds: add, remove, bring a list in, give it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec

from newsletter.collecting.collect import collect, sync_feeds
from newsletter.config import feed_tables
from newsletter.config.settings import FeedSettings
from newsletter.context import Context
from newsletter.errors import FeedError, UsageError
from newsletter.models import Feed
from newsletter.reader.discover import discover_feed
from newsletter.reader.identity.canonical import canonical_url
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import transaction

_AT_ONCE = 8
REMOVED = "its feed was taken out of the newsletter"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFeed:
    """What came of adding one address. `posts` counts what the feed held: seen already."""

    address: str
    status: Literal["added", "there", "failed"]
    url: str = ""
    posts: int = 0
    error: str = ""


def all_feeds(context: Context) -> tuple[Feed, ...]:
    """The feeds of the settings, in their order, as they stand."""
    with transaction(context.engine) as connection:
        return tuple(feed for _, feed in sync_feeds(connection, context.settings.feeds))


def add_feeds(context: Context, addresses: Sequence[str]) -> tuple[AddedFeed, ...]:
    """Adds the feed found at each address to newsletter.toml, those that can be read.

    What a feed holds now counts as seen. A feed that is there but was given up as gone
    is read again. Raises SettingsError when the file cannot be changed.
    """
    with context.lock(), ThreadPoolExecutor(_AT_ONCE) as threads:
        there = {canonical_url(feed.url): feed for feed in all_feeds(context)}
        there |= {canonical_url(feed.moved_to): feed for feed in there.values() if feed.moved_to}
        found = list(threads.map(partial(_discover, context), addresses))
        results = [_add_discovered(context, there, one) for one in found]
        new = [one.url for one in results if one.status == "added"]
        if new:
            feed_tables.add_feeds(context.folder, new)
    return tuple(results)


def remove_feed(context: Context, url: str) -> tuple[str, int]:
    """Takes a feed out of newsletter.toml; its waiting posts are skipped and counted.

    Raises UsageError for an address that is no feed of the settings, or their last feed.
    """
    with context.lock():
        named = {canonical_url(feed.url): feed.url for feed in context.settings.feeds}
        own = url if url in named.values() else named.get(canonical_url(url), "")
        if not own:
            raise UsageError(
                f"{url} is no feed of this newsletter.", cure="`newsletter feeds list` shows them."
            )
        if len(named) == 1:
            raise UsageError(
                "That is the newsletter's only feed, and it needs one.",
                cure="Add the new one first with `newsletter feeds add`.",
            )
        feed_tables.remove_feed(context.folder, own)
        return own, _skip_posts(context, own)


def _discover(context: Context, address: str) -> AddedFeed:
    try:
        feed, parsed = discover_feed(
            address, allow_private=context.settings.fetch.allow_private_addresses
        )
    except FeedError as error:
        return AddedFeed(address=address, status="failed", error=str(error))
    if not parsed.items:
        # If it is empty by some mishap, the whole blog would count as new a day later.
        empty = f"The feed at {feed.url} holds no posts yet. Add it when it has one."
        return AddedFeed(address=address, status="failed", url=feed.url, error=empty)
    return AddedFeed(address=address, status="added", url=feed.url, posts=len(parsed.items))


def _add_discovered(context: Context, there: dict[str, Feed], one: AddedFeed) -> AddedFeed:
    """Takes stock of a feed that was found, unless the newsletter has it."""
    if one.status == "failed":
        return one
    known = there.get(canonical_url(one.url)) or there.get(canonical_url(one.address))
    if known is not None:
        if known.state == "gone":
            _reset_feed(context, known, seen_before=known.checked_at)
        return replace(one, status="there", url=known.url)
    there[canonical_url(one.url)] = Feed(url=one.url)
    with transaction(context.engine) as connection:
        stored = feeds.ensure_feed(connection, one.url)
    _reset_feed(context, stored, seen_before=None)
    alone = msgspec.structs.replace(context.settings, feeds=(FeedSettings(url=one.url),))
    report = collect(replace(context, settings=alone), conditional=False)[0]
    if report.status == "failed":
        return replace(one, status="failed", error=report.error)
    return one


def _reset_feed(context: Context, feed: Feed, *, seen_before: dt.datetime | None) -> None:
    """Forgets failures; without `seen_before` the next reading counts as the first."""
    anew = replace(feed, state="active", failures=0, wait_until=None, checked_at=seen_before)
    with transaction(context.engine) as connection:
        feeds.save_readings(connection, anew)


def _skip_posts(context: Context, url: str) -> int:
    with transaction(context.engine) as connection:
        feed = feeds.by_url(connection, url)
        if feed is None:
            return 0
        known = posts.posts_of_feed(connection, feed.id)
        ids = [post.id for post in known if post.state in {"waiting", "held"}]
        posts.set_state(connection, ids, "skipped", REMOVED)
        return len(ids)
