"""Reads the feeds and stores what is new: the first step of every week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.collecting.picture_copies import copy_pictures, prune_copies
from newsletter.collecting.post_cleaning import clean_for_comparison
from newsletter.config.settings import FeedSettings
from newsletter.context import Context
from newsletter.models import Feed, Post
from newsletter.reader.feed_status import moved_sentence, wait_sentence
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.identity.post_states import CategoryRules, apply_rules
from newsletter.reader.identity.reconcile import reconcile
from newsletter.reader.read import FeedMemory, Reading, posts_in_feed, read_feeds
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import snapshot, transaction

_EMPTY_FEED_NOTE = "It holds no posts yet. Those it holds when it first has some count as seen."


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """How one feed's reading went.

    `held` counts old posts the author must decide on. `note` is a sentence the author
    should know though nothing failed, `pictures` what went wrong with copying its posts'
    pictures. A feed that was left alone counts as failed.
    """

    url: str
    status: Literal["ok", "unchanged", "failed"]
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    held: int = 0
    error: str = ""
    note: str = ""
    pictures: str = ""


def collect(
    context: Context, *, conditional: bool = True, backfill: int = 0
) -> tuple[FeedReport, ...]:
    """Reads every feed of the settings and stores new and changed posts.

    A feed read for the first time counts as seen but for its newest `backfill` posts.
    With `conditional` false the servers are asked for everything, as an issue's own
    build wants it: a server may answer "not modified" though an old post appeared. Such
    a build also asks those that want to be left alone for a while.
    """
    with context.lock():
        reports = _read_and_store(context, conditional=conditional, backfill=backfill)
        prune_copies(context)
        troubles = copy_pictures(context)
        return tuple(replace(one, pictures=troubles.get(one.url, "")) for one in reports)


def count_held_posts(context: Context) -> int:
    """How many posts the flood brake holds until the author decides."""
    with snapshot(context.engine) as connection:
        return len(posts.in_state(connection, "held"))


def sync_feeds(
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
        former = next((feed for feed in left if _is_continuation(settings.url, feed)), None)
        if former is not None:
            left.remove(former)
            feeds.change_url(connection, former, settings.url)
    made = feeds.ensure_feeds(connection, [settings.url for settings in wanted])
    return tuple(zip(wanted, made, strict=True))


def _is_continuation(url: str, former: Feed) -> bool:
    return url == former.moved_to or canonical_url(url) == canonical_url(former.url)


def _read_and_store(
    context: Context, *, conditional: bool, backfill: int
) -> tuple[FeedReport, ...]:
    now = context.clock()
    with transaction(context.engine) as connection:
        wanted = sync_feeds(connection, context.settings.feeds)
    left_alone = {
        feed.id: sentence
        for _, feed in wanted
        if conditional and (sentence := wait_sentence(feed, now, context.zone))
    }
    asked = tuple(pair for pair in wanted if pair[1].id not in left_alone)
    with snapshot(context.engine) as connection:
        known = _load_memories(connection, tuple(feed for _, feed in asked))
    readings = read_feeds(
        known,
        now=now,
        conditional=conditional,
        allow_private=context.settings.fetch.allow_private_addresses,
    )
    readings = clean_for_comparison(
        context, [(feed, one) for (_, feed), one in zip(asked, readings, strict=True)]
    )
    reports = {
        feed_id: FeedReport(url=feed.url, status="failed", error=left_alone[feed_id])
        for _, feed in wanted
        if (feed_id := feed.id) in left_alone
    }
    # One transaction for all: each would wait for the disk.
    with transaction(context.engine) as connection:
        stood = (_feed_to_store(feed, one) for (_, feed), one in zip(asked, readings, strict=True))
        feeds.save_readings(connection, *stood)
        for (settings, feed), one in zip(asked, readings, strict=True):
            reports[feed.id] = _store_reading(connection, context, settings, feed, one, backfill)
        same = {f.url: s for s, f in asked if reports[f.id].status == "unchanged"}
        _reapply_category_rules(connection, same)
    return tuple(reports[feed.id] for _, feed in wanted)


def _reapply_category_rules(connection: Connection, unchanged: Mapping[str, FeedSettings]) -> None:
    """Changed categories in the settings count though the feed has not changed."""
    of: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts.in_state(connection, "waiting", "excluded"):
        if post.feed in unchanged:
            of[post.feed].append(post)
    shown = posts.last_seen_by_feed(connection) if of else {}
    for url, found in of.items():
        rules = CategoryRules(include=unchanged[url].include, exclude=unchanged[url].exclude)
        posts.save(connection, apply_rules(rules, found, shown[url]))


def _load_memories(
    connection: Connection, asked: tuple[Feed, ...]
) -> tuple[tuple[Feed, FeedMemory], ...]:
    guids, bodies = posts.guids_by_feed(connection), feeds.item_hashes_by_feed(connection)
    pairs = []
    for feed in asked:
        body_hash, items = bodies[feed.id]
        own = guids.get(feed.id, frozenset())
        pairs.append((feed, FeedMemory(guids=own, body_hash=body_hash, guid_by_hash=items)))
    return tuple(pairs)


def _store_reading(
    connection: Connection,
    context: Context,
    settings: FeedSettings,
    before: Feed,
    read: Reading,
    backfill: int,
) -> FeedReport:
    if read.status == "failed":
        return FeedReport(url=before.url, status="failed", error=read.error)
    if before.checked_at is None and not read.items:
        return FeedReport(url=before.url, status="ok", note=_EMPTY_FEED_NOTE)
    note = moved_sentence(read.feed)
    if read.status == "unchanged":
        return FeedReport(url=before.url, status="unchanged", note=note)
    feeds.save_body_hash(connection, read.feed, read.body_hash, read.items)
    known = posts.posts_of_feed(connection, before.id)
    changes = reconcile(
        known=known,
        seen=posts_in_feed(read, known),
        now=context.clock(),
        rules=CategoryRules(include=settings.include, exclude=settings.exclude),
        first_read=before.checked_at is None,
        backfill=backfill,
    )
    posts.add(connection, before.id, changes.new)
    for moved_on in (changes.changed, changes.joined, changes.withdrawn, changes.returned):
        posts.save(connection, moved_on)
    posts.save(connection, changes.refreshed)
    posts.touch(connection, changes.touched, context.clock())
    return FeedReport(
        url=before.url,
        status="ok",
        new=len(changes.new),
        changed=len(changes.changed),
        withdrawn=len(changes.withdrawn),
        held=sum(post.state == "held" for post in (*changes.new, *changes.returned)),
        note=note,
    )


def _feed_to_store(before: Feed, read: Reading) -> Feed:
    """The feed as it is to be stored after a reading.

    The first successful reading decides what counts as seen, so a failed one leaves
    `checked_at` as it was, and so does an empty one: if that is by some mishap, the whole
    blog would count as new a day later.
    """
    begun = before.checked_at is not None or read.items
    if read.status != "failed" and begun:
        return read.feed
    return replace(read.feed, checked_at=before.checked_at)
