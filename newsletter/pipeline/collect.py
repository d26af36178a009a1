"""Reads the feeds and stores what is new: the first step of every week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.config.settings import FeedSettings
from newsletter.models import Feed
from newsletter.pipeline.context import Context
from newsletter.reader.identity import Rules, reconcile
from newsletter.reader.read import Reading, read_all
from newsletter.storage import feeds, posts
from newsletter.storage.engine import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """How one feed's reading went. `held` counts old posts the author must decide on."""

    url: str
    status: Literal["ok", "unchanged", "failed"]
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    held: int = 0
    error: str = ""


def collect(
    context: Context, *, conditional: bool = True, backfill: int = 0
) -> tuple[FeedReport, ...]:
    """Reads every feed of the settings and stores new and changed posts.

    A feed read for the first time counts as seen but for its newest `backfill` posts.
    With `conditional` false the servers are asked for everything, as an issue's own
    build wants it: a server may answer "not modified" though an old post appeared.
    """
    with context.lock():
        return _collect(context, conditional=conditional, backfill=backfill)


def _collect(context: Context, *, conditional: bool, backfill: int) -> tuple[FeedReport, ...]:
    now = context.clock()
    with writing(context.engine) as connection:
        wanted = tuple(
            (feed, feeds.ensure(connection, feed.url)) for feed in context.settings.feeds
        )
    with reading(context.engine) as connection:
        known = tuple((feed, posts.guids(connection, feed.id)) for _, feed in wanted)
        bodies = feeds.bodies(connection)
    readings = read_all(
        known,
        now=now,
        conditional=conditional,
        allow_private=context.settings.fetch.allow_private_addresses,
        known_bodies=bodies,
    )
    reports = []
    for (settings, feed), one in zip(wanted, readings, strict=True):
        with writing(context.engine) as connection:
            reports.append(_store(connection, context, settings, feed, one, backfill))
    return tuple(reports)


def _store(
    connection: Connection,
    context: Context,
    settings: FeedSettings,
    before: Feed,
    read: Reading,
    backfill: int,
) -> FeedReport:
    if read.status == "failed":
        # The first successful reading decides what counts as seen, so a failed one
        # leaves `checked_at` as it was.
        feeds.record(connection, replace(read.feed, checked_at=before.checked_at))
        return FeedReport(url=before.url, status="failed", error=read.error)
    feeds.record(connection, read.feed, body_hash=read.body_hash)
    if read.status == "unchanged":
        return FeedReport(url=before.url, status="unchanged")
    changes = reconcile(
        known=posts.known(connection, before.id),
        seen=read.posts,
        now=context.clock(),
        rules=Rules(include=settings.include, exclude=settings.exclude),
        first_read=before.checked_at is None,
        backfill=backfill,
    )
    posts.add(connection, before.id, changes.new)
    for moved in (changes.changed, changes.joined, changes.withdrawn, changes.returned):
        posts.replace(connection, moved)
    posts.replace(connection, changes.refreshed)
    posts.touch(connection, changes.touched, context.clock())
    return FeedReport(
        url=before.url,
        status="ok",
        new=len(changes.new),
        changed=len(changes.changed),
        withdrawn=len(changes.withdrawn),
        held=sum(post.state == "held" for post in changes.new),
    )
