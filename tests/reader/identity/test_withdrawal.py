from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.models import PostState
from tests.support.reconciled_posts import NOW, Shelf, seen, stored


def test_a_post_missing_from_the_middle_of_the_feed_is_withdrawn() -> None:
    shelf = stored(seen(1), seen(2), seen(3))
    (post,) = shelf.read(seen(1), seen(3)).withdrawn
    assert (post.id, post.state) == (2, "withdrawn")
    assert "taken off the blog" in post.reason


def test_the_newest_post_can_be_withdrawn_too() -> None:
    shelf = stored(seen(1), seen(2), seen(3))
    assert [post.id for post in shelf.read(seen(2), seen(3)).withdrawn] == [1]


def test_a_post_that_scrolled_off_the_end_is_not_withdrawn() -> None:
    shelf = stored(seen(2), seen(3), seen(4))
    changes = shelf.read(seen(1), seen(2), seen(3))
    assert changes.withdrawn == ()


def test_an_empty_feed_withdraws_nothing() -> None:
    assert stored(seen(1), seen(2)).read().withdrawn == ()


def test_a_pinned_old_post_does_not_stretch_the_feed() -> None:
    shelf = stored(seen(400), seen(2), seen(3), seen(4))
    changes = shelf.read(seen(400), seen(1), seen(2), seen(3))
    assert changes.withdrawn == ()


def test_a_feed_that_runs_oldest_first_is_understood() -> None:
    shelf = stored(seen(3), seen(2), seen(1))
    assert [post.title for post in shelf.read(seen(3), seen(1)).withdrawn] == ["Run 2"]
    shelf = stored(seen(4), seen(3), seen(2))
    assert shelf.read(seen(3), seen(2), seen(1)).withdrawn == ()


def test_posts_without_a_date_are_never_taken_for_withdrawn() -> None:
    shelf = stored(seen(1), seen(2, published=None), seen(3))
    assert shelf.read(seen(1), seen(3)).withdrawn == ()
    shelf = stored(seen(1), seen(2))
    assert shelf.read(seen(9, published=None)).withdrawn == ()


@pytest.mark.parametrize("state", ["issued", "skipped", "seen_before_start", "withdrawn"])
def test_only_posts_that_could_still_be_sent_are_withdrawn(state: PostState) -> None:
    shelf = stored(seen(1), seen(2), seen(3))
    shelf.posts[2] = replace(shelf.posts[2], state=state)
    assert shelf.read(seen(1), seen(3)).withdrawn == ()


def test_a_withdrawn_post_that_comes_back_waits_again() -> None:
    shelf = stored(seen(1), seen(2), seen(3))
    shelf.read(seen(1), seen(3))
    changes = shelf.read(seen(1), seen(2), seen(3))
    (post,) = changes.returned
    assert (post.id, post.state, post.reason) == (2, "waiting", "")
    assert changes.new == ()


def test_held_posts_that_vanish_and_return_are_asked_about_again() -> None:
    flood = [seen(number) for number in range(30, 45)]
    shelf = stored(seen(60), *flood)
    assert len(shelf.read(seen(60)).withdrawn) == 15
    changes = shelf.read(*flood, seen(60), at=NOW + timedelta(hours=1))
    assert {post.state for post in changes.returned} == {"held"}


def test_a_year_of_weeks_with_missed_ones_and_a_migration_loses_and_repeats_nothing() -> None:
    shelf, archive = Shelf(), [seen(number) for number in range(364)]
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
        for post in shelf.known():
            if post.state == "waiting":
                issued.append(post.title)
                shelf.posts[post.id] = replace(post, state="issued", issue=week)
    wanted = [f"Run {number}" for number in range(354 - 50 * 7, 354)]
    assert sorted(issued) == sorted(wanted)
