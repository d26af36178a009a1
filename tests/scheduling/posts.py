"""Posts for tests of scheduling."""

from __future__ import annotations

import datetime as dt

from newsletter.models import Post


def post(number: int) -> Post:
    day = dt.datetime(2026, 11, number, 12, tzinfo=dt.UTC)
    return Post(
        id=number,
        feed="https://trails.example/feed/",
        guid=f"https://trails.example/?p={number}",
        url=f"https://trails.example/post-{number}/",
        title=f"Post {number}",
        published=day,
        first_seen=day,
        stable_since=day,
    )
