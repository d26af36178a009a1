"""Reads the feeds and stores what is new: the first step of every week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.collecting.picture_copies import copy_pictures, prune_pictures
from newsletter.collecting.post_cleaning import comparable
from newsletter.config.settings import FeedSettings
from newsletter.context import Context
from newsletter.models import Feed, Post
from newsletter.reader.feed_status import moved, resting
from newsletter.reader.identity.canonical import canonical_url
from newsletter.reader.identity.post_states import under
from newsletter.reader.identity.reconcile import Rules, reconcile
from newsletter.reader.read import Memory, Reading, read_all, seen_in
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import snapshot, transaction

_EMPTY = "It holds no posts yet. Those it holds when it first has some count as seen."


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
        reports = _collect(context, conditional=conditional, backfill=backfill)
        prune_pictures(context)
        troubles = copy_pictures(context)
        return tuple(replace(one, pictures=troubles.get(one.url, "")) for one in reports)


def held_posts(context: Context) -> int:
    """How many posts the flood brake holds until the author decides."""
    with snapshot(context.engine) as connection:
        return len(posts.in_state(connection, "held"))


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
            feeds.change_url(connection, former, settings.url)
    made = feeds.ensure_feeds(connection, [settings.url for settings in wanted])
    return tuple(zip(wanted, made, strict=True))


def _continues(url: str, former: Feed) -> bool:
    return url == former.moved_to or canonical_url(url) == canonical_url(former.url)


def _collect(context: Context, *, conditional: bool, backfill: int) -> tuple[FeedReport, ...]:
    now = context.clock()
    with transaction(context.engine) as connection:
        wanted = wanted_feeds(connection, context.settings.feeds)
    left_alone = {
        feed.id: sentence
        for _, feed in wanted
        if conditional and (sentence := resting(feed, now, context.zone))
    }
    asked = tuple(pair for pair in wanted if pair[1].id not in left_alone)
    with snapshot(context.engine) as connection:
        known = _with_memories(connection, tuple(feed for _, feed in asked))
    readings = read_all(
        known,
        now=now,
        conditional=conditional,
        allow_private=context.settings.fetch.allow_private_addresses,
    )
    readings = comparable(
        context, [(feed, one) for (_, feed), one in zip(asked, readings, strict=True)]
    )
    reports = {
        feed_id: FeedReport(url=feed.url, status="failed", error=left_alone[feed_id])
        for _, feed in wanted
        if (feed_id := feed.id) in left_alone
    }
    # One transaction for all: each would wait for the disk.
    with transaction(context.engine) as connection:
        stood = (_stood(feed, one) for (_, feed), one in zip(asked, readings, strict=True))
        feeds.save_readings(connection, *stood)
        for (settings, feed), one in zip(asked, readings, strict=True):
            reports[feed.id] = _store(connection, context, settings, feed, one, backfill)
        same = {f.url: s for s, f in asked if reports[f.id].status == "unchanged"}
        _apply_rules(connection, same)
    return tuple(reports[feed.id] for _, feed in wanted)


def _apply_rules(connection: Connection, unchanged: Mapping[str, FeedSettings]) -> None:
    """Changed categories in the settings count though the feed has not changed."""
    of: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts.in_state(connection, "waiting", "excluded"):
        if post.feed in unchanged:
            of[post.feed].append(post)
    shown = posts.last_seen_by_feed(connection) if of else {}
    for url, found in of.items():
        rules = Rules(include=unchanged[url].include, exclude=unchanged[url].exclude)
        posts.save(connection, under(rules, found, shown[url]))


def _with_memories(
    connection: Connection, asked: tuple[Feed, ...]
) -> tuple[tuple[Feed, Memory], ...]:
    guids, bodies = posts.guids_by_feed(connection), feeds.item_hashes_by_feed(connection)
    pairs = []
    for feed in asked:
        body_hash, items = bodies[feed.id]
        own = guids.get(feed.id, frozenset())
        pairs.append((feed, Memory(guids=own, body_hash=body_hash, items=items)))
    return tuple(pairs)


def _store(
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
        return FeedReport(url=before.url, status="ok", note=_EMPTY)
    note = moved(read.feed)
    if read.status == "unchanged":
        return FeedReport(url=before.url, status="unchanged", note=note)
    feeds.save_body_hash(connection, read.feed, read.body_hash, read.items)
    known = posts.posts_of_feed(connection, before.id)
    changes = reconcile(
        known=known,
        seen=seen_in(read, known),
        now=context.clock(),
        rules=Rules(include=settings.include, exclude=settings.exclude),
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


def _stood(before: Feed, read: Reading) -> Feed:
    """The feed as it is to be stored after a reading.

    The first successful reading decides what counts as seen, so a failed one leaves
    `checked_at` as it was, and so does an empty one: if that is by some mishap, the whole
    blog would count as new a day later.
    """
    begun = before.checked_at is not None or read.items
    if read.status != "failed" and begun:
        return read.feed
    return replace(read.feed, checked_at=before.checked_at)
