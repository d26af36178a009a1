"""Collect posts: read every feed, reconcile it with the stored posts, store the changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from newsletter.collecting.picture_copies import prune_copies
from newsletter.collecting.picture_copying import copy_pictures
from newsletter.collecting.post_cleaning import replace_posts, save_cleaned, uncleaned_candidates
from newsletter.config.settings import FeedSettings, Settings
from newsletter.context import Context
from newsletter.models import Feed, Post
from newsletter.reader.feed_status import moved_sentence, wait_sentence
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.identity.post_states import (
    CategoryRules,
    FeedStart,
    apply_rules,
    oldest_listed_date,
)
from newsletter.reader.identity.reconcile import reconcile
from newsletter.reader.read import FeedMemory, Reading, posts_in_feed, read_feeds
from newsletter.reader.workers.pool import clean_posts
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import snapshot, transaction

#: A feed of the settings, and what is stored of it.
ConfiguredFeed = tuple[FeedSettings, Feed]

_EMPTY_FEED_NOTE = "It holds no posts yet. The first one from today on goes into an issue."
# So many of the posts that came late are named.
_MAX_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """The result of reading one feed. A feed that was skipped has the status "failed"."""

    url: str
    status: Literal["ok", "unchanged", "failed"]
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    #: Old posts that the author must release or skip.
    held: int = 0
    #: Posts from before the newsletter began that turned up only now. They count as seen.
    older: int = 0
    #: Why the reading failed, as sentences.
    error: str = ""
    #: A sentence the author should read although nothing failed.
    note: str = ""
    #: Why pictures of the feed's posts could not be copied.
    pictures: str = ""


def collect(
    context: Context, *, conditional: bool = True, backfill: int = 0
) -> tuple[FeedReport, ...]:
    """Read every feed of the settings, as `collect_posts` does, and copy the posts' pictures.

    The pictures' servers are waited for without the newsletter's lock, unless the caller holds it.
    """
    reports = collect_posts(context, conditional=conditional, backfill=backfill)
    return copy_reported_pictures(context.engine, context.settings, reports)


def copy_reported_pictures(
    engine: Engine, settings: Settings, reports: Sequence[FeedReport]
) -> tuple[FeedReport, ...]:
    """Copy the pictures of waiting posts; return the reports with why some could not be copied."""
    failures = copy_pictures(engine, settings)
    return tuple(replace(report, pictures=failures.get(report.url, "")) for report in reports)


def collect_posts(
    context: Context, *, conditional: bool = True, backfill: int = 0
) -> tuple[FeedReport, ...]:
    """Read every feed of the settings and store new and changed posts.

    On a feed's first reading all its posts count as seen, except the newest `backfill`.

    With `conditional` the requests are conditional GETs, and feeds in backoff are skipped.
    Before an issue is built it must be false: a server may answer 304 Not Modified although
    a back-dated post appeared.
    """
    engine, settings = context.engine, context.settings
    with context.lock():
        with transaction(engine) as connection:
            configured = sync_feeds(connection, settings.feeds)
        now = context.clock()
        skipped = _skip_waiting(configured, now, context.zone) if conditional else {}
        polled = tuple(pair for pair in configured if pair[1].id not in skipped)
        stored_feeds = tuple(feed for _, feed in polled)
        with snapshot(engine) as connection:
            memories = _load_memories(connection, stored_feeds)
        readings = read_feeds(
            tuple(zip(stored_feeds, memories, strict=True)),
            now=now,
            conditional=conditional,
            allow_private=settings.fetch.allow_private_addresses,
        )
        with snapshot(engine) as connection:
            candidates = uncleaned_candidates(connection, zip(stored_feeds, readings, strict=True))
        cleaned = clean_posts(candidates).posts
        readings = tuple(replace_posts(reading, cleaned) for reading in readings)
        # One transaction for all feeds: each commit waits for the disk.
        with transaction(engine) as connection:
            save_cleaned(connection, cleaned)
            now = context.clock()
            stored = _store_readings(
                connection, polled, readings, now=now, zone=context.zone, backfill=backfill
            )
            if settings.images.host == "site":
                prune_copies(connection, now)
    reports = skipped | stored
    return tuple(reports[feed.id] for _, feed in configured)


def sync_feeds(
    connection: Connection, wanted: Sequence[FeedSettings]
) -> tuple[ConfiguredFeed, ...]:
    """Return each feed of the settings with its stored feed, which is created if missing.

    A new URL continues a stored feed that moved there permanently, or whose URL it only
    spells differently (https, www). The posts of that feed stay known, so none is sent
    twice or lost.
    """
    configured_urls = {settings.url for settings in wanted}
    stored = feeds.all_feeds(connection)
    stored_urls = {feed.url for feed in stored}
    orphans = [feed for feed in stored if feed.url not in configured_urls]
    for settings in wanted:
        if settings.url in stored_urls:
            continue
        former = next((feed for feed in orphans if _continues_feed(settings.url, feed)), None)
        if former is not None:
            orphans.remove(former)
            feeds.change_url(connection, former, settings.url)
    ensured = feeds.ensure_feeds(connection, [settings.url for settings in wanted])
    return tuple(zip(wanted, ensured, strict=True))


def _continues_feed(url: str, former: Feed) -> bool:
    return url == former.moved_to or canonical_url(url) == canonical_url(former.url)


def _skip_waiting(
    configured: Iterable[ConfiguredFeed], now: dt.datetime, zone: ZoneInfo
) -> dict[int, FeedReport]:
    """Return a report, by feed id, of each feed that is not to be requested yet."""
    return {
        feed.id: FeedReport(url=feed.url, status="failed", error=sentence)
        for _, feed in configured
        if (sentence := wait_sentence(feed, now, zone))
    }


def _load_memories(connection: Connection, polled: Sequence[Feed]) -> tuple[FeedMemory, ...]:
    guids = posts.guids_by_feed(connection)
    hashes = feeds.item_hashes_by_feed(connection)
    return tuple(
        FeedMemory(
            guids=guids.get(feed.id, frozenset()),
            body_hash=hashes[feed.id][0],
            guid_by_hash=hashes[feed.id][1],
        )
        for feed in polled
    )


def _store_readings(
    connection: Connection,
    polled: Sequence[ConfiguredFeed],
    readings: Sequence[Reading],
    *,
    now: dt.datetime,
    zone: ZoneInfo,
    backfill: int,
) -> dict[int, FeedReport]:
    """Store all readings and return their reports by feed id."""
    pairs = list(zip(polled, readings, strict=True))
    feeds.save_readings(
        connection, *(_feed_to_store(feed, reading) for (_, feed), reading in pairs)
    )
    reports = {
        feed.id: _store_posts(
            connection,
            feed,
            reading,
            rules=_rules_of(settings),
            now=now,
            start=_start_of(feed, zone),
            backfill=backfill,
        )
        for (settings, feed), reading in pairs
    }
    unchanged = {
        feed.url: _rules_of(settings)
        for settings, feed in polled
        if reports[feed.id].status == "unchanged"
    }
    _reapply_rules(connection, unchanged)
    return reports


def _rules_of(settings: FeedSettings) -> CategoryRules:
    return CategoryRules(include=settings.include, exclude=settings.exclude)


def _feed_to_store(before: Feed, reading: Reading) -> Feed:
    """Return the feed to store after a reading. A failed one leaves `checked_at` as it was."""
    if reading.status == "failed":
        return replace(reading.feed, checked_at=before.checked_at)
    return reading.feed


def _start_of(feed: Feed, zone: ZoneInfo) -> FeedStart | None:
    """Return when the feed was first read, None if it was not."""
    if feed.started_at is None:
        return None
    midnight = dt.time(tzinfo=zone)
    day = dt.datetime.combine(feed.started_at.astimezone(zone).date(), midnight)
    return FeedStart(at=feed.started_at, day=day, oldest=feed.oldest_at_start)


def _store_posts(
    connection: Connection,
    before: Feed,
    reading: Reading,
    *,
    rules: CategoryRules,
    now: dt.datetime,
    start: FeedStart | None,
    backfill: int,
) -> FeedReport:
    if reading.status == "failed":
        return FeedReport(url=before.url, status="failed", error=reading.error)
    note = moved_sentence(reading.feed)
    if reading.status == "unchanged":
        return FeedReport(url=before.url, status="unchanged", note=note)
    feeds.save_body_hash(connection, reading.feed, reading.body_hash, reading.items)
    known = posts.posts_of_feed(connection, before.id)
    seen = posts_in_feed(reading, known)
    if start is None:
        # A feed that is empty now begins all the same: if a fault emptied it, its posts are dated
        # before this day when they are back.
        began = replace(reading.feed, started_at=now, oldest_at_start=oldest_listed_date(seen))
        feeds.save_readings(connection, began)
    changes = reconcile(
        known=known,
        seen=seen,
        now=now,
        rules=rules,
        first_read=start is None,
        backfill=backfill,
        start=start,
    )
    older = [post for post in changes.new if post.state == "seen_before_start"] if start else []
    if start is None and not reading.items:
        note = _EMPTY_FEED_NOTE
    posts.add(connection, before.id, changes.new)
    for edited in (changes.changed, changes.joined, changes.withdrawn, changes.returned):
        posts.save(connection, edited)
    posts.save(connection, changes.refreshed)
    posts.touch(connection, changes.touched, now)
    return FeedReport(
        url=before.url,
        status="ok",
        new=len(changes.new),
        changed=len(changes.changed),
        withdrawn=len(changes.withdrawn),
        held=sum(post.state == "held" for post in (*changes.new, *changes.returned)),
        older=len(older),
        note=f"{note} {_older_sentence(older)}".strip(),
    )


def _older_sentence(older: Sequence[Post]) -> str:
    """Return the sentence about posts from before the start that came late, "" for none."""
    if not older:
        return ""
    names = ", ".join(f"“{post.title}”" for post in older[:_MAX_NAMED])
    more = f" and {len(older) - _MAX_NAMED} more" if len(older) > _MAX_NAMED else ""
    verb = "turned up, but is" if len(older) == 1 else "turned up, but are"
    return (
        f"{names}{more} {verb} from before the newsletter began, so no issue takes them. "
        "`newsletter posts unskip ID` lets one in; `newsletter posts` names each ID."
    )


def _reapply_rules(connection: Connection, unchanged: Mapping[str, CategoryRules]) -> None:
    """Apply the category rules of unchanged feeds, by URL: the settings may have changed."""
    by_feed: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts.in_state(connection, "waiting", "excluded"):
        if post.feed in unchanged:
            by_feed[post.feed].append(post)
    last_seen = posts.last_seen_by_feed(connection) if by_feed else {}
    for url, feed_posts in by_feed.items():
        posts.save(connection, apply_rules(unchanged[url], feed_posts, last_seen[url]))
