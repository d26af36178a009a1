from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.models import PostState
from tests.support.reconciled_posts import NOW, PostStore, feed_post, store_posts


def test_a_post_missing_from_the_middle_of_the_feed_is_withdrawn() -> None:
    shelf = store_posts(feed_post(1), feed_post(2), feed_post(3))
    (post,) = shelf.read(feed_post(1), feed_post(3)).withdrawn
    assert (post.id, post.state) == (2, "withdrawn")
    assert "taken off the blog" in post.reason


def test_the_newest_post_can_be_withdrawn_too() -> None:
    shelf = store_posts(feed_post(1), feed_post(2), feed_post(3))
    assert [post.id for post in shelf.read(feed_post(2), feed_post(3)).withdrawn] == [1]


def test_a_post_that_scrolled_off_the_end_is_not_withdrawn() -> None:
    shelf = store_posts(feed_post(2), feed_post(3), feed_post(4))
    changes = shelf.read(feed_post(1), feed_post(2), feed_post(3))
    assert changes.withdrawn == ()


def test_an_empty_feed_withdraws_nothing() -> None:
    assert store_posts(feed_post(1), feed_post(2)).read().withdrawn == ()


def test_a_pinned_old_post_does_not_stretch_the_feed() -> None:
    shelf = store_posts(feed_post(400), feed_post(2), feed_post(3), feed_post(4))
    changes = shelf.read(feed_post(400), feed_post(1), feed_post(2), feed_post(3))
    assert changes.withdrawn == ()


def test_a_feed_that_runs_oldest_first_is_understood() -> None:
    shelf = store_posts(feed_post(3), feed_post(2), feed_post(1))
    assert [post.title for post in shelf.read(feed_post(3), feed_post(1)).withdrawn] == ["Run 2"]
    shelf = store_posts(feed_post(4), feed_post(3), feed_post(2))
    assert shelf.read(feed_post(3), feed_post(2), feed_post(1)).withdrawn == ()


def test_posts_without_a_date_are_never_withdrawn() -> None:
    shelf = store_posts(feed_post(1), feed_post(2, published=None), feed_post(3))
    assert shelf.read(feed_post(1), feed_post(3)).withdrawn == ()
    shelf = store_posts(feed_post(1), feed_post(2))
    assert shelf.read(feed_post(9, published=None)).withdrawn == ()


@pytest.mark.parametrize("state", ["issued", "skipped", "seen_before_start", "withdrawn"])
def test_only_posts_that_could_still_be_sent_are_withdrawn(state: PostState) -> None:
    shelf = store_posts(feed_post(1), feed_post(2), feed_post(3))
    shelf.posts[2] = replace(shelf.posts[2], state=state)
    assert shelf.read(feed_post(1), feed_post(3)).withdrawn == ()


def test_a_withdrawn_post_that_comes_back_waits_again() -> None:
    shelf = store_posts(feed_post(1), feed_post(2), feed_post(3))
    shelf.read(feed_post(1), feed_post(3))
    changes = shelf.read(feed_post(1), feed_post(2), feed_post(3))
    (post,) = changes.returned
    assert (post.id, post.state, post.reason) == (2, "waiting", "")
    assert changes.new == ()


def test_held_posts_that_vanish_and_return_are_held_again() -> None:
    flood = [feed_post(number) for number in range(30, 45)]
    shelf = store_posts(feed_post(60), *flood)
    assert len(shelf.read(feed_post(60)).withdrawn) == 15
    changes = shelf.read(*flood, feed_post(60), at=NOW + timedelta(hours=1))
    assert {post.state for post in changes.returned} == {"held"}


def test_a_year_of_weeks_with_missed_ones_and_a_migration_loses_and_repeats_nothing() -> None:
    shelf, archive = PostStore(), [feed_post(number) for number in range(364)]
    shelf.read(*archive[354:364], at=archive[354].published or NOW, first_read=True)
    issued: list[str] = []
    for week in range(1, 51):
        if week % 7 == 3:
            continue
        day = 354 - week * 7
        feed = archive[day : day + 25]
        if week > 30:
            feed = [replace(post, guid=post.guid.replace("http", "urn:new:http")) for post in feed]
        shelf.read(*feed, at=feed[0].published or NOW)
        for post in shelf.stored_posts():
            if post.state == "waiting":
                issued.append(post.title)
                shelf.posts[post.id] = replace(post, state="issued", issue=week)
    wanted = [f"Run {number}" for number in range(354 - 50 * 7, 354)]
    assert sorted(issued) == sorted(wanted)
