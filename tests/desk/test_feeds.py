"""The page of the feeds: their health, and the author's changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.desk.feeds import FeedRow, describe_feed
from newsletter.models import Feed
from tests.desk.conftest import OpenDesk
from tests.support.blog import Blog
from tests.support.newsletter_folder import NOW, create_newsletter
from tests.support.visitor import Visitor

AT = dt.datetime.fromisoformat(NOW)
ZONE = ZoneInfo("America/Edmonton")
URL = "https://blog.example.com/feed/"
RSS = (
    '<rss version="2.0"><channel><title>Second blog</title><link>{home}</link>'
    "<item><title>Old run</title><link>{home}/old</link><guid>1</guid></item></channel></rss>"
)


def row(**values: object) -> FeedRow:
    feed = Feed(url=URL, **values)  # type: ignore[arg-type]  # a test's shorthand
    return describe_feed(feed, None, now=AT, zone=ZONE)


def test_a_feed_that_is_read_well_needs_no_words() -> None:
    read = row(checked_at=AT)
    assert (read.label, read.remarks) == ("Read well", ())
    assert row().label == "Not read yet"


def test_failures_in_a_row_and_the_next_try_are_told() -> None:
    failing = row(
        checked_at=AT, failures=3, trouble="It timed out.", wait_until=AT + dt.timedelta(hours=2)
    )
    assert failing.label == "Failing"
    assert failing.remarks == (
        "It timed out.",
        "It has failed 3 times in a row.",
        "It is asked again after Friday, 20 November 2026 at 07:00.",
    )
    assert row(state="paused", trouble="x").label == "Paused"


def test_a_feed_that_moved_or_is_gone_says_so() -> None:
    moved = row(checked_at=AT, moved_to="https://new.example.com/feed/", sightings=2)
    assert "has moved to https://new.example.com/feed/ for good" in moved.remarks[0]
    gone = row(state="gone", failures=4)
    assert "gone for good (HTTP 410)" in gone.remarks[0]
    assert len(gone.remarks) == 1


def second_blog(blog: Blog) -> str:
    url = f"{blog.url}/feed/"
    blog.pages["/feed/"] = (200, "application/rss+xml", RSS.format(home=blog.url).encode())
    return url


def allow_private(context: Context) -> Context:
    path = context.folder / "newsletter.toml"
    path.write_text(f"{path.read_text()}[fetch]\nallow_private_addresses = true\n", "utf-8")
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})


def test_a_feed_is_added_read_and_removed(tmp_path: Path, blog: Blog, open_desk: OpenDesk) -> None:
    context = allow_private(create_newsletter(tmp_path / "newsletter"))
    url = second_blog(blog)
    author = open_desk(context)
    page = author.press("/feeds/add", address=url)
    assert f"{url} is read from now on; its 1 post count as seen." in page.words
    assert url in (context.folder / "newsletter.toml").read_text()
    page = author.press("/feeds/remove", url=url)
    assert f"{url} is not read any more." in page.words
    assert url not in (context.folder / "newsletter.toml").read_text()


def test_an_address_without_a_blog_ends_in_a_sentence(
    tmp_path: Path, blog: Blog, open_desk: OpenDesk
) -> None:
    context = allow_private(create_newsletter(tmp_path / "newsletter"))
    author = open_desk(context)
    assert 'role="alert"' in author.press("/feeds/add", address=f"{blog.url}/nothing").text
    assert "Which blog?" in author.press("/feeds/add", address=" ").words
    assert "no feed of this newsletter" in author.press("/feeds/remove", url="https://x.org").words
    assert "it needs one" in author.press("/feeds/remove", url=URL).words


def test_reading_now_says_what_came(author: Visitor) -> None:
    page = author.press("/feeds/read")
    assert "blog.example.com" in page.words
    assert "Failing" in page.words, "no such server exists in tests"
