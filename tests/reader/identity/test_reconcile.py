from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.models import PostState
from newsletter.reader.identity.post_states import CategoryRules
from tests.support.reconciled_posts import NOW, ago, feed_post, store_posts


def test_an_unknown_guid_is_a_new_post_that_waits() -> None:
    changes = store_posts().read(feed_post(1))
    (post,) = changes.new
    assert (post.state, post.id, post.first_seen, post.last_seen) == ("waiting", 0, NOW, NOW)


def test_a_known_guid_is_only_touched() -> None:
    shelf = store_posts(feed_post(1), feed_post(2))
    changes = shelf.read(feed_post(1), feed_post(2))
    assert changes.new == changes.changed == changes.withdrawn == ()
    assert changes.touched == (1, 2)


def test_a_back_dated_post_is_new_all_the_same() -> None:
    shelf = store_posts(feed_post(1), feed_post(9))
    assert [post.title for post in shelf.read(feed_post(1), feed_post(5), feed_post(9)).new] == [
        "Run 5"
    ]


def test_items_with_different_guids_in_one_fetch_are_different_posts_even_with_one_link() -> None:
    link = "https://elsewhere.example/article"
    changes = store_posts().read(
        feed_post(1, url=link), feed_post(2, url=link), feed_post(3, url=link)
    )
    assert len(changes.new) == 3


def test_one_guid_twice_in_a_fetch_counts_once() -> None:
    assert len(store_posts().read(feed_post(1), feed_post(1)).new) == 1


def test_a_post_is_stable_since_it_was_published_or_updated_not_since_we_looked() -> None:
    older, edited = store_posts().read(feed_post(3), feed_post(5, updated=ago(1))).new
    assert older.stable_since == ago(3)
    assert edited.stable_since == ago(1)


def test_a_post_without_date_or_from_the_future_is_stable_since_now() -> None:
    undated, future = store_posts().read(feed_post(1, published=None), feed_post(2, days=-3)).new
    assert undated.stable_since == NOW
    assert future.stable_since == NOW
    assert future.state == "waiting"


def test_an_edit_keeps_the_id_and_restarts_the_settling() -> None:
    shelf = store_posts(feed_post(1), at=ago(0.5))
    (post,) = shelf.read(feed_post(1, text="Corrected: 10.2 km.")).changed
    assert (post.id, post.state, post.stable_since, post.first_seen) == (
        1,
        "waiting",
        NOW,
        ago(0.5),
    )


def test_an_edit_is_as_old_as_the_feed_says_if_that_can_be() -> None:
    shelf = store_posts(feed_post(3), feed_post(4), feed_post(5), at=ago(2))
    dated, future, stale = shelf.read(
        feed_post(3, text="a", updated=ago(1)),
        feed_post(4, text="b", updated=ago(-1)),
        feed_post(5, text="c", updated=ago(9)),
    ).changed
    assert [post.stable_since for post in (dated, future, stale)] == [ago(1), NOW, NOW]


def test_a_new_title_alone_is_an_edit() -> None:
    assert (
        store_posts(feed_post(1)).read(feed_post(1, title="Run one")).changed[0].title == "Run one"
    )


def test_another_count_of_comments_is_no_edit() -> None:
    shelf = store_posts(feed_post(1, comment_count=0))
    changes = shelf.read(feed_post(1, comment_count=3))
    assert changes.changed == ()
    assert (changes.refreshed[0].comment_count, changes.refreshed[0].stable_since) == (3, ago(1))


def test_renewed_query_strings_in_pictures_are_no_edit() -> None:
    first, second = feed_post(1), feed_post(1)
    first = replace(first, html=type(first.html)('<img src="https://i.example/a.jpg?t=1">'))
    second = replace(second, html=type(first.html)('<img src="https://i.example/a.jpg?t=2">'))
    assert store_posts(first).read(second).changed == ()


@pytest.mark.parametrize("state", ["issued", "skipped"])
def test_an_edit_of_an_issued_post_changes_nothing(state: PostState) -> None:
    shelf = store_posts(feed_post(1))
    shelf.posts[1] = replace(shelf.posts[1], state=state, issue=7)
    changes = shelf.read(feed_post(1, text="Rewritten from top to bottom."))
    assert changes.changed == changes.new == changes.returned == ()
    assert changes.touched == (1,)


def test_protected_posts_are_left_out_until_they_open() -> None:
    shelf = store_posts(feed_post(1, protected=True))
    assert shelf.posts[1].state == "protected"
    assert "password" in shelf.posts[1].reason
    (opened,) = shelf.read(feed_post(1, text="Now for all.")).changed
    assert (opened.state, opened.reason) == ("waiting", "")


def test_categories_are_included_and_excluded_whatever_their_case() -> None:
    rules = CategoryRules(include=("running", "Races"), exclude=("private ",))
    changes = store_posts().read(
        feed_post(1, categories=("Running",)),
        feed_post(2, categories=("Cooking",)),
        feed_post(3, categories=("races", "Private")),
        feed_post(4),
        rules=rules,
    )
    assert [post.state for post in changes.new] == ["waiting", "excluded", "excluded", "excluded"]
    assert changes.new[2].reason == "is in the category Private, which the settings leave out"
    assert "running, Races" in changes.new[1].reason


def test_new_rules_move_posts_that_still_wait() -> None:
    shelf = store_posts(feed_post(1, categories=("Races",)))
    rules = CategoryRules(exclude=("races",))
    (post,) = shelf.read(feed_post(1, categories=("Races",)), rules=rules).changed
    assert (post.state, post.stable_since) == ("excluded", ago(1))


def test_what_the_feed_holds_at_the_start_counts_as_seen_future_posts_too() -> None:
    changes = store_posts().read(
        feed_post(1), feed_post(2, days=-5), feed_post(3, protected=True), first_read=True
    )
    assert {post.state for post in changes.new} == {"seen_before_start"}
    assert "before the newsletter began" in changes.new[0].reason


def test_backfill_keeps_the_newest_posts_that_can_be_sent() -> None:
    feed = (feed_post(5), feed_post(1, protected=True), feed_post(2), feed_post(40), feed_post(3))
    changes = store_posts().read(*feed, first_read=True, backfill=2)
    waiting = [post.title for post in changes.new if post.state == "waiting"]
    assert waiting == ["Run 2", "Run 3"]


def test_backfill_of_an_undated_feed_takes_it_from_the_top() -> None:
    feed = [feed_post(number, published=None) for number in (1, 2, 3)]
    changes = store_posts().read(*feed, first_read=True, backfill=1)
    assert [post.state for post in changes.new] == [
        "waiting",
        "seen_before_start",
        "seen_before_start",
    ]


def test_posts_from_before_the_start_stay_unsent_when_they_are_edited() -> None:
    shelf = store_posts(feed_post(1), first_read=True)
    (post,) = shelf.read(feed_post(1, text="A new ending.")).changed
    assert post.state == "seen_before_start"


def test_many_old_posts_at_once_are_held_for_the_author() -> None:
    shelf = store_posts(feed_post(1))
    changes = shelf.read(
        feed_post(1), feed_post(2), *(feed_post(number) for number in range(30, 41))
    )
    states = {post.title: post.state for post in changes.new}
    assert states.pop("Run 2") == "waiting"
    assert set(states.values()) == {"held"}
    assert "11 posts older than three weeks" in changes.new[1].reason


def test_ten_old_posts_are_not_held() -> None:
    changes = store_posts().read(*(feed_post(number) for number in range(30, 40)))
    assert {post.state for post in changes.new} == {"waiting"}


def test_the_start_holds_no_posts() -> None:
    feed = [feed_post(number) for number in range(30, 60)]
    changes = store_posts().read(*feed, first_read=True, backfill=20)
    assert [post.state for post in changes.new].count("waiting") == 20


def test_held_posts_stay_held_until_the_author_decides() -> None:
    feed = [feed_post(number) for number in range(30, 45)]
    shelf = store_posts(*feed)
    shelf.read(*feed[:14], feed_post(44, text="Edited meanwhile."), at=NOW + timedelta(days=1))
    assert {post.state for post in shelf.stored_posts()} == {"held"}


def test_an_empty_item_is_never_sent() -> None:
    empty = replace(feed_post(1), title="(untitled)", html=type(feed_post(1).html)(""), excerpt="")
    (post,) = store_posts().read(empty).new
    assert post.state == "excluded"
