from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.reader.identity.canonical import canonical_url
from tests.support.reconciled_posts import ago, feed_post, store_posts

MOVED = "https://blog.example/posts/"


@pytest.mark.parametrize(
    "other",
    [
        "http://blog.example/run/",
        "https://www.blog.example/run",
        "https://BLOG.example:443/run/?utm_source=feed&utm_medium=rss",
        "https://blog.example/run/#more-123",
        "https://blog.example/run?ref=newsletter",
        "https://blog.example./run/#respond",
    ],
)
def test_spellings_of_one_address_are_one(other: str) -> None:
    assert canonical_url(other) == canonical_url("https://blog.example/run/")


@pytest.mark.parametrize(
    "other",
    [
        "https://blog.example/Run/",
        "https://blog.example/run/?p=2",
        "https://blog.example/run/#leg-two",
        "https://other.example/run/",
        "https://blog.example:8443/run/",
    ],
)
def test_addresses_that_may_show_another_page_stay_apart(other: str) -> None:
    assert canonical_url(other) != canonical_url("https://blog.example/run/")


def test_an_invalid_url_has_no_canonical_form() -> None:
    assert canonical_url("tag:blog.example,2026:1") == canonical_url("http://[::1") == ""


def test_a_new_guid_with_the_known_link_is_the_known_post() -> None:
    shelf = store_posts(feed_post(1), feed_post(2))
    changes = shelf.read(feed_post(1, guid="urn:1", text="Edited too."), feed_post(2, guid="urn:2"))
    assert changes.new == ()
    assert [(post.id, post.guid) for post in changes.joined] == [(1, "urn:1"), (2, "urn:2")]
    assert shelf.read(
        feed_post(1, guid="urn:1", text="Edited too."), feed_post(2, guid="urn:2")
    ).touched == (
        1,
        2,
    )


def test_a_new_guid_and_link_with_the_known_text_is_the_known_post() -> None:
    changes = store_posts(feed_post(1)).read(feed_post(1, guid="urn:1", url=MOVED + "1"))
    assert [post.id for post in changes.joined] == [1]
    assert changes.new == changes.withdrawn == ()


def test_an_issued_post_under_a_new_guid_is_never_new() -> None:
    shelf = store_posts(feed_post(1))
    shelf.posts[1] = replace(shelf.posts[1], state="issued", issue=3)
    changes = shelf.read(feed_post(1, guid="urn:1", url=MOVED + "1"))
    assert changes.new == ()
    assert (changes.joined[0].state, changes.joined[0].guid, changes.joined[0].issue) == (
        "issued",
        "urn:1",
        3,
    )


def test_nothing_is_joined_while_the_old_guid_is_still_in_the_feed() -> None:
    changes = store_posts(feed_post(1)).read(feed_post(1), feed_post(1, guid="urn:again"))
    assert [post.guid for post in changes.new] == ["urn:again"]
    assert changes.joined == ()


def test_two_new_items_cannot_both_be_the_one_known_post() -> None:
    changes = store_posts(feed_post(1)).read(feed_post(1, guid="urn:a"), feed_post(1, guid="urn:b"))
    assert len(changes.joined) == len(changes.new) == 1


def test_a_podcast_whose_links_all_lead_home_loses_no_episode() -> None:
    home = "https://blog.example/"
    shelf = store_posts(feed_post(9, url=home))
    assert len(shelf.read(feed_post(2, url=home)).new) == 1
    assert len(shelf.read(feed_post(1, url=home)).new) == 1


def test_a_link_blog_that_links_one_article_twice_in_a_year_posts_twice() -> None:
    link = "https://elsewhere.example/hips"
    shelf = store_posts(feed_post(200, url=link))
    assert len(shelf.read(feed_post(1, url=link)).new) == 1


def test_several_posts_with_one_link_are_not_mistaken_for_each_other() -> None:
    link = "https://elsewhere.example/hips"
    shelf = store_posts(feed_post(3, url=link), feed_post(4, url=link))
    changes = shelf.read(feed_post(1, url=link), feed_post(2, url=link))
    assert (len(changes.new), changes.joined) == (2, ())


def test_short_texts_that_recur_are_posts_of_their_own() -> None:
    shelf = store_posts(feed_post(8, text="Rest day.", title="Monday"))
    assert len(shelf.read(feed_post(1, text="Rest day.", title="Monday")).new) == 1


def test_a_long_text_republished_under_another_date_is_the_known_post() -> None:
    shelf = store_posts(feed_post(60))
    again = replace(feed_post(60, guid="urn:60", url=MOVED + "60"), published=ago(0))
    assert [post.id for post in shelf.read(again).joined] == [1]


def test_a_migration_of_a_whole_archive_sends_nothing_again() -> None:
    archive = [feed_post(number) for number in range(1, 41)]
    shelf = store_posts(*archive, first_read=True)
    moved = [
        replace(post, guid=f"https://new.example/{number}", url=f"https://new.example/{number}")
        for number, post in enumerate(archive)
    ]
    changes = shelf.read(*moved)
    assert (changes.new, changes.withdrawn) == ((), ())
    assert len(changes.joined) == 40
    assert {post.state for post in changes.joined} == {"seen_before_start"}
