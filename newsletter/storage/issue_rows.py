"""Issues and editions as the database keeps them, and back."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, RowMapping, select

from newsletter.models import Edition, Greeting, GreetingOverride, Issue, Post, Race, SafeHtml
from newsletter.storage import posts as post_rows
from newsletter.storage.tables import issue_post

_PLAIN = (
    "key",
    "rhythm",
    "status",
    "subject",
    "preheader",
    "note",
    "planned_for",
    "created_at",
    "since",
    "noticed_at",
    "approved_hash",
    "frozen_at",
    "sent_at",
    "passed_over",
)


def issue_of(connection: Connection, row: Row[Any], *, with_posts: bool = True) -> Issue:
    """The issue of a row; its posts, unless it has them pinned, are looked up."""
    return Issue(
        **{name: getattr(row, name) for name in _PLAIN},
        id=row.id,
        number=row.number,
        greetings=msgspec.json.decode(row.greetings, type=tuple[Greeting, ...]),
        greeting_override=msgspec.json.decode(row.wish, type=GreetingOverride),
        races=msgspec.json.decode(row.races, type=tuple[Race, ...]),
        posts=_posts_of(connection, row) if with_posts else (),
    )


def _posts_of(connection: Connection, row: Row[Any]) -> tuple[Post, ...]:
    if row.pinned_posts:
        return _decode(row.pinned_posts)
    ids = connection.scalars(
        select(issue_post.c.post_id)
        .where(issue_post.c.issue_id == row.id)
        .order_by(issue_post.c.position)
    )
    return post_rows.by_ids(connection, tuple(ids))


def row_of(one: Issue, *, pinned: bool = False) -> dict[str, Any]:
    """All but the number; with `pinned` its posts are in it, as they read now."""
    values: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    for column, value in (
        ("greetings", one.greetings),
        ("wish", one.greeting_override),
        ("races", one.races),
    ):
        values[column] = msgspec.json.encode(value).decode()
    values["pinned_posts"] = _encode(one.posts) if pinned else ""
    return values


def _encode(pinned: tuple[Post, ...]) -> str:
    return msgspec.json.encode(pinned, enc_hook=str).decode()


def _decode(text: str) -> tuple[Post, ...]:
    # Pinned posts were written by `_encode` from cleaned posts; nobody else writes them.
    return msgspec.json.decode(
        text, type=tuple[Post, ...], dec_hook=lambda _kind, value: SafeHtml(value)
    )


def edition_of(row: RowMapping, of: Issue) -> Edition:
    """A frozen edition, as it was and will be sent."""
    lists = {name: tuple(row[name]) for name in ("topics", "posts")}
    return Edition(issue=of.number, **{k: v for k, v in row.items() if k != "issue_id"} | lists)
