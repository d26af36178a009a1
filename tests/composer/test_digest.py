from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsletter.composer.digest import choose_posts
from newsletter.models import Post

_START = datetime(2026, 1, 1, tzinfo=UTC)


def _posts(count: int) -> tuple[Post, ...]:
    return tuple(
        Post(
            id=n,
            feed="f",
            guid=str(n),
            url="",
            title=f"Run {n}",
            published=_START + timedelta(days=n),
        )
        for n in range(count)
    )


def test_all_posts_go_in_newest_first_when_they_fit() -> None:
    choice = choose_posts(_posts(3), max_posts=8)
    assert [post.id for post in choice.chosen] == [2, 1, 0]
    assert choice.left_out == ()


def test_the_oldest_go_first_when_more_wait_than_fit() -> None:
    choice = choose_posts(_posts(5), max_posts=2)
    assert [post.id for post in choice.chosen] == [1, 0]
    assert [post.id for post, _ in choice.left_out] == [2, 3, 4]
    assert "full with 2 posts" in choice.left_out[0][1]


def test_no_post_is_lost_or_doubled() -> None:
    posts = _posts(13)
    choice = choose_posts(posts, max_posts=5)
    assert {*choice.chosen, *(post for post, _ in choice.left_out)} == set(posts)


def test_the_order_of_arrival_does_not_matter() -> None:
    posts = _posts(6)
    assert choose_posts(posts[::-1], max_posts=4) == choose_posts(posts, max_posts=4)


def test_a_post_without_a_date_counts_from_when_it_was_seen() -> None:
    old, new = _posts(2)
    undated = replace(new, published=None, first_seen=_START - timedelta(days=1))
    assert choose_posts((old, undated), max_posts=1).chosen == (undated,)


def test_nothing_waiting_gives_nothing() -> None:
    assert choose_posts((), max_posts=8).chosen == ()
