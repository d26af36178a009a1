"""Posts as rows. A post is never deleted: an old guid that comes back is known."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from newsletter.models import Facts, Image, Post, PostState, Rhythm, SafeHtml, Source
from newsletter.storage.tables import feed as feeds
from newsletter.storage.tables import issue as issues
from newsletter.storage.tables import issue_post, post

_TEXT = (
    "guid",
    "url",
    "title",
    "fingerprint",
    "author",
    "published",
    "updated",
    "first_seen",
    "last_seen",
    "stable_since",
    "html",
    "excerpt",
    "comment_count",
    "comments_url",
    "reading_minutes",
    "protected",
    "state",
    "reason",
)


def posts_of_feed(connection: Connection, feed_id: int) -> tuple[Post, ...]:
    """All posts of one feed, for telling old from new."""
    return _posts(connection, _select().where(post.c.feed_id == feed_id))


def guids_by_feed(connection: Connection) -> dict[int, frozenset[str]]:
    """The guids of all posts, by the id of their feed."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for feed_id, guid in connection.execute(select(post.c.feed_id, post.c.guid)):
        found[feed_id].add(guid)
    return {feed_id: frozenset(named) for feed_id, named in found.items()}


def identities_of_feed(
    connection: Connection, feed_id: int
) -> tuple[tuple[int, str, str, str, bool], ...]:
    """Of all posts of a feed: id, guid, title, url, and whether the cleaner has read them."""
    clean = post.c.source.is_(None).label("clean")
    query = select(post.c.id, post.c.guid, post.c.title, post.c.url, clean)
    rows = connection.execute(query.where(post.c.feed_id == feed_id))
    return tuple((row.id, row.guid, row.title, row.url, bool(row.clean)) for row in rows)


def in_state(connection: Connection, *states: PostState) -> tuple[Post, ...]:
    return _posts(connection, _select().where(post.c.state.in_(states)))


def count_excluded(connection: Connection, *, since: dt.datetime | None) -> int:
    """How many posts the settings' rules left out, of those that came after `since`."""
    query = select(func.count()).select_from(post).where(post.c.state == "excluded")
    if since is not None:
        query = query.where(post.c.first_seen > since)
    return connection.scalar(query) or 0


def last_seen_by_feed(connection: Connection) -> dict[str, dt.datetime]:
    """When each feed, by its address, last showed posts that were read."""
    newest = (
        select(feeds.c.url, func.max(post.c.last_seen).label("at"))
        .join(feeds, feeds.c.id == post.c.feed_id)
        .group_by(feeds.c.url)
    )
    return {row.url: row.at for row in connection.execute(newest) if row.at is not None}


def sent_after(connection: Connection, moment: dt.datetime) -> tuple[Post, ...]:
    """Posts that went out in an issue due after `moment`, whatever its rhythm but monthly."""
    sent = (
        select(issue_post.c.post_id)
        .join(issues, issues.c.id == issue_post.c.issue_id)
        .where(
            issues.c.rhythm != "monthly",
            issues.c.frozen_at.is_not(None),
            issues.c.planned_for > moment,
        )
    )
    return _posts(connection, _select().where(post.c.state == "issued", post.c.id.in_(sent)))


def ids_in_issues(connection: Connection, rhythm: Rhythm) -> frozenset[int]:
    """The ids of the posts that were in an issue of that rhythm: never again in another."""
    query = (
        select(issue_post.c.post_id)
        .join(issues, issues.c.id == issue_post.c.issue_id)
        .where(issue_post.c.rhythm == rhythm, issues.c.frozen_at.is_not(None))
    )
    return frozenset(connection.scalars(query))


def uncleaned(connection: Connection, *states: PostState) -> tuple[Post, ...]:
    """Posts in these states that the cleaner has yet to read."""
    query = _select().where(post.c.state.in_(states), post.c.source.is_not(None))
    return _posts(connection, query)


def all_posts(connection: Connection) -> tuple[Post, ...]:
    """Every post, newest first."""
    return _posts(connection, _select())


def by_ids(connection: Connection, ids: Sequence[int]) -> tuple[Post, ...]:
    """The posts of these ids, in their order; unknown ids are left out."""
    found = {
        p.id: p
        for start in range(0, len(ids), 500)
        for p in _posts(connection, _select().where(post.c.id.in_(ids[start : start + 500])))
    }
    return tuple(found[i] for i in ids if i in found)


def add(connection: Connection, feed_id: int, new: Iterable[Post]) -> None:
    rows = [_row(p) | {"feed_id": feed_id} for p in new]
    if rows:
        connection.execute(insert(post), rows)


def save(connection: Connection, changed: Iterable[Post]) -> None:
    """Stores new text for posts that are known by their id."""
    rows = [_row(p) | {"of_id": p.id} for p in changed]
    if rows:
        connection.execute(update(post).where(post.c.id == bindparam("of_id")), rows)


def set_state(connection: Connection, ids: Sequence[int], state: PostState, reason: str) -> None:
    connection.execute(update(post).where(post.c.id.in_(ids)).values(state=state, reason=reason))


def touch(connection: Connection, ids: Sequence[int], seen_at: dt.datetime) -> None:
    """Remembers when the feed last held these posts."""
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        connection.execute(update(post).where(post.c.id.in_(chunk)).values(last_seen=seen_at))


def _select() -> Select[Any]:
    """Posts with their feed's address and the number of the issue that took them: where
    there are several, not the monthly one beside the newsletter's own rhythm.
    """
    number = (
        select(issues.c.number)
        .join(issue_post, issue_post.c.issue_id == issues.c.id)
        .where(issue_post.c.post_id == post.c.id)
        .order_by(issues.c.rhythm == "monthly", issues.c.number)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(post, feeds.c.url.label("feed"), number.label("issue"))
        .join(feeds, feeds.c.id == post.c.feed_id)
        .order_by(post.c.published.desc(), post.c.id.desc())
    )


def _posts(connection: Connection, query: Select[Any]) -> tuple[Post, ...]:
    return tuple(_post(row) for row in connection.execute(query))


def _post(row: Row[Any]) -> Post:
    values = {name: getattr(row, name) for name in _TEXT}
    # Only the cleaner's output is ever stored in this column.
    values["html"] = SafeHtml(row.html)
    return Post(
        **values,
        id=row.id,
        feed=row.feed,
        image=Image(**row.image) if row.image else None,
        facts=Facts(**row.facts) if row.facts else None,
        source=msgspec.json.decode(row.source, type=Source) if row.source else None,
        categories=tuple(row.categories),
        issue=row.issue,
    )


def _row(p: Post) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(p, name) for name in _TEXT}
    values["html"] = str(p.html)
    values["image"] = asdict(p.image) if p.image else None
    values["facts"] = asdict(p.facts) if p.facts else None
    values["source"] = msgspec.json.encode(p.source).decode() if p.source else None
    values["categories"] = list(p.categories)
    return values
