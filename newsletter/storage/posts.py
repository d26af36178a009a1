"""Posts. A post is never deleted, so that a guid that comes back is recognised."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from newsletter.models import Facts, Image, LeftOut, Post, PostState, Rhythm, SafeHtml, Source
from newsletter.storage.tables import feed as feeds
from newsletter.storage.tables import issue as issues
from newsletter.storage.tables import issue_post, post

_CHUNK = 500
# The fields that are columns of the same name and type.
_PLAIN = (
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
    """Return all posts of a feed."""
    return _posts(connection, _select().where(post.c.feed_id == feed_id))


def guids_by_feed(connection: Connection) -> dict[int, frozenset[str]]:
    """Return the guids of all posts, by the id of their feed."""
    guids: defaultdict[int, set[str]] = defaultdict(set)
    for feed_id, guid in connection.execute(select(post.c.feed_id, post.c.guid)):
        guids[feed_id].add(guid)
    return {feed_id: frozenset(of_feed) for feed_id, of_feed in guids.items()}


def identities_of_feed(
    connection: Connection, feed_id: int
) -> tuple[tuple[int, str, str, str, bool], ...]:
    """Return (id, guid, title, url, is clean) of all posts of a feed."""
    clean = post.c.source.is_(None).label("clean")
    query = select(post.c.id, post.c.guid, post.c.title, post.c.url, clean)
    rows = connection.execute(query.where(post.c.feed_id == feed_id))
    return tuple((row.id, row.guid, row.title, row.url, bool(row.clean)) for row in rows)


def in_state(connection: Connection, *states: PostState) -> tuple[Post, ...]:
    """Return the posts in one of these states, newest first."""
    return _posts(connection, _select().where(post.c.state.in_(states)))


def count_excluded(connection: Connection, *, since: dt.datetime | None) -> int:
    """Return how many posts first seen after `since` the settings exclude."""
    query = select(func.count()).select_from(post).where(post.c.state == "excluded")
    if since is not None:
        query = query.where(post.c.first_seen > since)
    return connection.scalar(query) or 0


def last_seen_by_feed(connection: Connection) -> dict[str, dt.datetime]:
    """Return when each feed, by its URL, last listed a post."""
    newest = (
        select(feeds.c.url, func.max(post.c.last_seen).label("at"))
        .join(feeds, feeds.c.id == post.c.feed_id)
        .group_by(feeds.c.url)
    )
    return {row.url: row.at for row in connection.execute(newest) if row.at is not None}


def sent_after(connection: Connection, moment: dt.datetime) -> tuple[Post, ...]:
    """Return the posts of frozen issues planned after `moment`, monthly issues aside."""
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
    """Return the ids of posts in a frozen issue of this rhythm: no other may have them."""
    query = (
        select(issue_post.c.post_id)
        .join(issues, issues.c.id == issue_post.c.issue_id)
        .where(issue_post.c.rhythm == rhythm, issues.c.frozen_at.is_not(None))
    )
    return frozenset(connection.scalars(query))


def uncleaned_posts(connection: Connection, *states: PostState) -> tuple[Post, ...]:
    """Return the posts in one of these states whose HTML is not cleaned yet."""
    query = _select().where(post.c.state.in_(states), post.c.source.is_not(None))
    return _posts(connection, query)


def all_posts(connection: Connection) -> tuple[Post, ...]:
    """Return every post, newest first."""
    return _posts(connection, _select())


def search(
    connection: Connection, words: str, states: Collection[PostState], *, limit: int, offset: int
) -> tuple[Post, ...]:
    """Return posts with `words` in their title, newest first; of any state if `states` is empty."""
    query = _with_words(_select(), words)
    if states:
        query = query.where(post.c.state.in_(states))
    return _posts(connection, query.limit(limit).offset(offset))


def count_by_state(connection: Connection, words: str) -> dict[PostState, int]:
    """Return how many posts have `words` in their title, by their stored state."""
    query = _with_words(select(post.c.state, func.count()).group_by(post.c.state), words)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _with_words(query: Select[Any], words: str) -> Select[Any]:
    if not words:
        return query
    return query.where(post.c.title.icontains(words, autoescape=True))


def by_ids(connection: Connection, ids: Sequence[int]) -> tuple[Post, ...]:
    """Return the posts with these ids, in this order, without those that do not exist."""
    by_id = {
        stored.id: stored
        for chunk in _chunks(ids)
        for stored in _posts(connection, _select().where(post.c.id.in_(chunk)))
    }
    return tuple(by_id[post_id] for post_id in ids if post_id in by_id)


def urls_in_issue(connection: Connection, issue_id: int) -> dict[int, str]:
    """Return the address of each post of an issue, by the post's id."""
    query = select(post.c.id, post.c.url).join(issue_post, issue_post.c.post_id == post.c.id)
    rows = connection.execute(query.where(issue_post.c.issue_id == issue_id))
    return {row.id: row.url for row in rows}


def add(connection: Connection, feed_id: int, new: Iterable[Post]) -> None:
    """Insert posts of a feed."""
    rows = [_to_row(new_post) | {"feed_id": feed_id} for new_post in new]
    if rows:
        connection.execute(insert(post), rows)


def save(connection: Connection, changed: Iterable[Post]) -> None:
    """Update posts by their id."""
    rows = [_to_row(stored) | {"of_id": stored.id} for stored in changed]
    if rows:
        connection.execute(update(post).where(post.c.id == bindparam("of_id")), rows)


def state_summary(connection: Connection) -> tuple[tuple[object, ...], ...]:
    """Return a value that differs once a post was added, edited or decided upon."""
    query = (
        select(post.c.state, func.count(), func.max(post.c.stable_since), func.max(post.c.id))
        .group_by(post.c.state)
        .order_by(post.c.state)
    )
    return tuple(tuple(row) for row in connection.execute(query))


def set_state(connection: Connection, ids: Sequence[int], state: PostState, reason: str) -> None:
    """Update the state of posts, and the reason for it in words."""
    connection.execute(update(post).where(post.c.id.in_(ids)).values(state=state, reason=reason))


def touch(connection: Connection, ids: Sequence[int], seen_at: dt.datetime) -> None:
    """Store when the feed last listed these posts."""
    for chunk in _chunks(ids):
        connection.execute(update(post).where(post.c.id.in_(chunk)).values(last_seen=seen_at))


def encode_posts(pinned: tuple[Post, ...]) -> str:
    """Return whole posts as text, as an approval pins them."""
    return msgspec.json.encode(pinned, enc_hook=str).decode()


def decode_posts(text: str) -> tuple[Post, ...]:
    """Return the posts in a text of `encode_posts`."""
    # Safe: nothing else writes such a text, and its posts came from the cleaner.
    return msgspec.json.decode(
        text, type=tuple[Post, ...], dec_hook=lambda _kind, value: SafeHtml(value)
    )


def _select() -> Select[Any]:
    """Select posts with their feed's URL and the number of their issue.

    Of several issues it is one in the newsletter's own rhythm, not the monthly one.
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
    return tuple(_to_post(row) for row in connection.execute(query))


def _to_post(row: Row[Any]) -> Post:
    values = {name: getattr(row, name) for name in _PLAIN}
    # Safe: this column holds only what the cleaner returned.
    values["html"] = SafeHtml(row.html)
    return Post(
        **values,
        id=row.id,
        feed=row.feed,
        image=Image(**row.image) if row.image else None,
        facts=Facts(**row.facts) if row.facts else None,
        left_out=LeftOut(**row.left_out) if row.left_out else None,
        source=msgspec.json.decode(row.source, type=Source) if row.source else None,
        categories=tuple(row.categories),
        issue=row.issue,
    )


def _to_row(stored: Post) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(stored, name) for name in _PLAIN}
    values["html"] = str(stored.html)
    values["image"] = asdict(stored.image) if stored.image else None
    values["facts"] = asdict(stored.facts) if stored.facts else None
    values["left_out"] = asdict(stored.left_out) if stored.left_out else None
    values["source"] = msgspec.json.encode(stored.source).decode() if stored.source else None
    values["categories"] = list(stored.categories)
    return values


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split ids into as many as one statement takes (SQLite once took 999 parameters)."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
