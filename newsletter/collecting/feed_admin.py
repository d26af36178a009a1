"""Add, list and remove the newsletter's feeds, as the author asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec
from sqlalchemy import Connection

from newsletter.collecting.collect import collect, sync_feeds
from newsletter.config import feed_tables
from newsletter.config.settings import FeedSettings
from newsletter.context import Context
from newsletter.errors import FeedError, UsageError
from newsletter.models import Feed
from newsletter.reader.discover import discover_feed, partial_kind
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.workers.pool import waiting_threads
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import transaction

_THREADS = 8
_REMOVED = "its feed was taken out of the newsletter"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFeed:
    """The result of adding one address."""

    #: The address as the author gave it.
    address: str
    #: "partial": it was not added, because it holds `kind` and not the blog's newest posts.
    status: Literal["added", "there", "failed", "partial"]
    #: The feed that was found there.
    url: str = ""
    #: How many posts the feed holds. They count as seen.
    posts: int = 0
    error: str = ""
    #: What it holds instead of the blog's newest posts, "" if it holds those.
    kind: str = ""


def all_feeds(context: Context) -> tuple[Feed, ...]:
    """Return the stored feeds in the order of the settings."""
    with transaction(context.engine) as connection:
        return tuple(feed for _, feed in sync_feeds(connection, context.settings.feeds))


def add_feeds(
    context: Context, addresses: Sequence[str], *, accept_partial: bool = False
) -> tuple[AddedFeed, ...]:
    """Discover the feed at each address and add to newsletter.toml those that can be read.

    Only with `accept_partial` is one added that holds something else than the blog's newest posts.
    What a feed holds now counts as seen. A known feed that was given up after HTTP 410 is
    read again from now on. Raise SettingsError if the file cannot be changed.
    """
    with context.lock(), waiting_threads(_THREADS) as threads:
        known = {canonical_url(feed.url): feed for feed in all_feeds(context)}
        known |= {canonical_url(feed.moved_to): feed for feed in known.values() if feed.moved_to}
        discover = partial(_discover, allow_private=context.settings.fetch.allow_private_addresses)
        results = []
        for result in list(threads.map(discover, addresses)):
            existing = known.get(canonical_url(result.url)) or known.get(
                canonical_url(result.address)
            )
            if result.status == "failed":
                results.append(result)
            elif existing is not None:
                if existing.state == "gone":
                    with transaction(context.engine) as connection:
                        _reset_feed(connection, existing)
                results.append(replace(result, status="there", url=existing.url))
            elif result.kind and not accept_partial:
                results.append(replace(result, status="partial"))
            else:
                known[canonical_url(result.url)] = Feed(url=result.url)
                results.append(_read_first(context, result))
        new = [result.url for result in results if result.status == "added"]
        if new:
            feed_tables.add_feeds(context.folder, new)
    return tuple(results)


def remove_feed(context: Context, url: str) -> tuple[str, int]:
    """Remove a feed from newsletter.toml and skip its waiting posts.

    Return the feed's URL and the number of skipped posts. Raise UsageError if `url` is no
    feed of the settings, or their only one.
    """
    with context.lock():
        urls = {canonical_url(feed.url): feed.url for feed in context.settings.feeds}
        removed = url if url in urls.values() else urls.get(canonical_url(url), "")
        if not removed:
            raise UsageError(
                f"{url} is no feed of this newsletter.", cure="`newsletter feeds list` shows them."
            )
        if len(urls) == 1:
            raise UsageError(
                "That is the newsletter's only feed, and it needs one.",
                cure="Add the new one first with `newsletter feeds add`.",
            )
        feed_tables.remove_feed(context.folder, removed)
        with transaction(context.engine) as connection:
            return removed, _skip_posts(connection, removed)


def _discover(address: str, *, allow_private: bool) -> AddedFeed:
    try:
        feed, parsed = discover_feed(address, allow_private=allow_private)
    except FeedError as error:
        return AddedFeed(address=address, status="failed", error=str(error))
    return AddedFeed(
        address=address,
        status="added",
        url=feed.url,
        posts=len(parsed.items),
        kind=partial_kind(feed.url, parsed),
    )


def _read_first(context: Context, added: AddedFeed) -> AddedFeed:
    """Read a new feed for the first time, before the settings name it."""
    with transaction(context.engine) as connection:
        feed = feeds.ensure_feed(connection, added.url)
        _reset_feed(connection, replace(feed, checked_at=None, started_at=None))
    settings = msgspec.structs.replace(context.settings, feeds=(FeedSettings(url=added.url),))
    (report,) = collect(replace(context, settings=settings), conditional=False)
    if report.status == "failed":
        return replace(added, status="failed", error=report.error)
    return added


def _reset_feed(connection: Connection, feed: Feed) -> None:
    """Forget a feed's failures. Without `started_at` its next reading counts as the first."""
    feeds.save_readings(connection, replace(feed, state="active", failures=0, wait_until=None))


def _skip_posts(connection: Connection, url: str) -> int:
    """Skip the waiting and held posts of a feed and return their number."""
    feed = feeds.by_url(connection, url)
    if feed is None:
        return 0
    feed_posts = posts.posts_of_feed(connection, feed.id)
    ids = [post.id for post in feed_posts if post.state in {"waiting", "held"}]
    posts.set_state(connection, ids, "skipped", _REMOVED)
    return len(ids)
