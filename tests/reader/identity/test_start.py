"""What a feed shows below its first reading was on the blog before the newsletter began."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.reader.identity.post_states import FeedStart
from tests.support.reconciled_posts import NOW, PostStore, ago, feed_post, store_posts

START = FeedStart(at=ago(10), day=ago(10.5), oldest=ago(15))


def begin() -> PostStore:
    """A blog whose feed showed the posts 11 to 15 on its first reading, ten days ago."""
    return store_posts(*(feed_post(number) for number in range(11, 16)), at=ago(10))


@pytest.mark.parametrize(
    ("days", "state"),
    [(16, "seen_before_start"), (40, "seen_before_start"), (12.5, "waiting"), (9, "waiting")],
)
def test_a_date_further_back_than_the_feed_reached_counts_as_seen(days: float, state: str) -> None:
    old_post = feed_post(99, days=days)
    feed = sorted(
        (*(feed_post(number) for number in range(11, 16)), old_post),
        key=lambda post: post.published or NOW,
        reverse=True,
    )
    (new,) = begin().read(*feed, start=START).new
    assert new.state == state


def test_the_place_below_counts_where_another_order_changed_the_dates() -> None:
    feed = [feed_post(number) for number in range(11, 16)]
    (new,) = begin().read(*feed, feed_post(99, days=12.5), start=START).new
    assert new.state == "seen_before_start"


def test_the_place_says_nothing_in_a_feed_with_the_oldest_first() -> None:
    feed = [feed_post(number) for number in range(15, 10, -1)]
    (new,) = begin().read(*feed, feed_post(99, days=10.6), start=START).new
    assert new.state == "waiting"


def test_an_old_post_on_top_of_the_first_reading_hides_no_newer_one() -> None:
    """A pinned post of years ago does not stand for how far back the feed reached."""
    pinned = feed_post(900)
    feed = (pinned, *(feed_post(number) for number in range(11, 16)))
    shelf = store_posts(*feed, at=ago(10))
    (new,) = shelf.read(*feed, feed_post(16), start=START).new
    assert new.state == "seen_before_start"


def test_what_comes_back_to_a_feed_that_was_empty_at_first_is_old() -> None:
    start = FeedStart(at=ago(10), day=ago(10.5))
    feed = (feed_post(3), feed_post(11), feed_post(12))
    states = {post.title: post.state for post in store_posts().read(*feed, start=start).new}
    assert states == {
        "Run 3": "waiting",
        "Run 11": "seen_before_start",
        "Run 12": "seen_before_start",
    }


def test_old_posts_do_not_count_for_the_flood_brake() -> None:
    feed = [feed_post(number) for number in range(11, 16)]
    below = [feed_post(number) for number in range(30, 50)]
    late = feed_post(14.5, days=14.5)  # type: ignore[arg-type]  # a number between two others
    changes = begin().read(
        *feed[:4], late, feed[4], *below, start=START, at=NOW + timedelta(days=30)
    )
    states = {post.title: post.state for post in changes.new}
    assert states.pop("Run 14.5") == "waiting"
    assert set(states.values()) == {"seen_before_start"}
