"""Feeds of comments, later pages, one author or a search are told from a blog's newest posts."""

from __future__ import annotations

import pytest

from newsletter.reader.discover import partial_kind
from newsletter.reader.parsing.items import Item, ParsedFeed

BLOG = "https://blog.example"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/comments/feed/", "comments"),
        ("/?feed=comments-rss2", "comments"),
        ("/feeds/comments/default", "comments"),
        ("/feeds/123456/comments/default", "comments"),
        ("/feed/?withcomments=1", "comments"),
        ("/feed/?paged=2", "page 2"),
        ("/page/3/feed/", "page 3"),
        ("/feeds/posts/default?start-index=26", "a later page"),
        ("/author/jo/feed/", "one of its authors"),
        ("/?author=2&feed=rss2", "one of its authors"),
        ("/?s=hills&feed=rss2", "a search"),
        ("/search/hills/feed/rss2/", "a search"),
    ],
)
def test_the_address_tells_what_the_feed_holds(path: str, kind: str) -> None:
    assert kind in partial_kind(f"{BLOG}{path}", ParsedFeed(title="Hill Notes"))


@pytest.mark.parametrize(
    "path",
    [
        "/feed/",
        "/?feed=rss2",
        "/category/running/feed/",
        "/feeds/posts/default?max-results=25",
        "/feed/?paged=1",
        "/@runner/feed",
        "/authors-and-others.xml",
    ],
)
def test_a_blogs_own_feed_is_taken_without_a_word(path: str) -> None:
    assert partial_kind(f"{BLOG}{path}", ParsedFeed(title="Hill Notes")) == ""


@pytest.mark.parametrize(
    "title", ["Comments on: A wet hill", "Comments for Hill Notes", "Kommentare zu: Ein Hügel"]
)
def test_the_comments_of_one_post_are_told_by_their_title(title: str) -> None:
    feed = ParsedFeed(title=title)
    assert partial_kind(f"{BLOG}/2026/10/a-wet-hill/feed/", feed) == "comments on the blog"


def test_comments_are_told_by_their_items() -> None:
    items = tuple(Item(guid=name, title=f"By: {name}") for name in ("Jo", "Sam"))
    assert partial_kind(f"{BLOG}/rss.xml", ParsedFeed(items=items)) == "comments on the blog"
