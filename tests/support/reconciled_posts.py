"""Posts, moments and a store of posts for tests of post identity."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from newsletter.models import Post, SafeHtml
from newsletter.reader.identity.post_states import CategoryRules
from newsletter.reader.identity.reconcile import Changes, reconcile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANY = CategoryRules()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def feed_post(number: int, *, text: str = "", days: float | None = None, **changes: Any) -> Post:
    """Return post `number` as a feed shows it, published `number` days ago."""
    words = (
        text or f"On day {number} I ran along the river and up the hill, slower than planned. " * 2
    )
    title = str(changes.pop("title", f"Run {number}"))
    return Post(
        feed="https://blog.example/feed/",
        guid=str(changes.pop("guid", f"https://blog.example/?p={number}")),
        url=str(changes.pop("url", f"https://blog.example/run-{number}/")),
        title=title,
        fingerprint=hashlib.sha256((title + words).encode()).hexdigest(),
        published=changes.pop("published", ago(number if days is None else days)),
        html=SafeHtml(f"<p>{words}</p>"),
        excerpt=words[:120],
        **changes,
    )


class PostStore:
    """Stored posts, kept from one fetch to the next."""

    def __init__(self) -> None:
        self.posts: dict[int, Post] = {}

    def stored_posts(self) -> tuple[Post, ...]:
        return tuple(self.posts.values())

    def take(self, changes: Changes) -> None:
        for post in (*changes.changed, *changes.withdrawn, *changes.returned):
            self.posts[post.id] = post
        for post in (*changes.joined, *changes.refreshed):
            self.posts[post.id] = post
        for post in changes.new:
            number = len(self.posts) + 1
            self.posts[number] = replace(post, id=number)

    def read(
        self, *feed: Post, at: datetime = NOW, rules: CategoryRules = ANY, **options: Any
    ) -> Changes:
        changes = reconcile(known=self.stored_posts(), seen=feed, now=at, rules=rules, **options)
        self.take(changes)
        return changes

    def issue_waiting(self) -> list[str]:
        """Mark every waiting or held post as issued and return their guids."""
        ready = [post for post in self.stored_posts() if post.state in {"waiting", "held"}]
        for post in ready:
            self.posts[post.id] = replace(post, state="issued", issue=1)
        return [post.guid for post in ready]


def store_posts(*feed: Post, at: datetime = NOW, **options: Any) -> PostStore:
    """Return a shelf on which these posts have arrived as new ones."""
    shelf = PostStore()
    shelf.read(*feed, at=at, **options)
    return shelf
