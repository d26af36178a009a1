from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.models import Feed
from newsletter.reader.read import NO_MEMORY, FeedMemory, Reading, read_feeds
from tests.support.small_feeds import item, read_clean, rss
from tests.support.web_server import WebServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NONE: frozenset[str] = frozenset()


def _read(feed: Feed, *, conditional: bool = False, known: frozenset[str] = NONE) -> Reading:
    memory = FeedMemory(guids=known)
    return read_clean(feed, now=NOW, conditional=conditional, memory=memory)


def test_a_feed_is_read_into_clean_posts(web: WebServer) -> None:
    url = web.answer("/feed/", rss(item(1), item(2)), ETag='"1"', Last_Modified="then")
    reading = _read(Feed(url=url, failures=3))
    assert (reading.status, reading.error) == ("ok", "")
    assert [post.title for post in reading.posts] == ["Run 1", "Run 2"]
    post = reading.posts[0]
    assert (post.id, post.feed, len(post.fingerprint)) == (0, url, 64)
    assert post.excerpt
    feed = reading.feed
    assert (feed.title, feed.site_url) == ("Hill & Dale", "https://blog.example/")
    assert (feed.etag, feed.last_modified) == ('"1"', "then")
    assert (feed.checked_at, feed.failures, feed.state) == (NOW, 0, "active")


def test_building_an_issue_asks_unconditionally(web: WebServer) -> None:
    url = web.answer("/feed/", rss(item(1)))
    _read(Feed(url=url, etag='"1"', last_modified="then"))
    assert "if-none-match" not in web.hits[0][1]


def test_polling_sends_validators_and_understands_unchanged(web: WebServer) -> None:
    url = web.answer("/feed/", status=304)
    known = Feed(url=url, etag='"1"', last_modified="then", title="T", failures=2)
    reading = _read(known, conditional=True)
    assert web.hits[0][1]["if-none-match"] == '"1"'
    assert (reading.status, reading.posts) == ("unchanged", ())
    assert reading.feed == replace(known, checked_at=NOW, failures=0)


def test_a_body_known_by_its_hash_counts_as_unchanged_when_polling(web: WebServer) -> None:
    url = web.answer("/feed/", rss(item(1)))
    first = _read(Feed(url=url))
    assert first.body_hash == hashlib.sha256(rss(item(1)).encode()).hexdigest()
    for conditional, status in ((True, "unchanged"), (False, "ok")):
        (again,) = read_feeds(
            [(first.feed, FeedMemory(body_hash=first.body_hash))],
            now=NOW,
            conditional=conditional,
            allow_private=True,
        )
        assert (again.status, again.body_hash) == (status, first.body_hash)


@pytest.mark.parametrize("when", ["Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 01 Jan 1980 00:00:00 GMT"])
def test_a_last_modified_from_a_broken_clock_is_forgotten(web: WebServer, when: str) -> None:
    url = web.answer("/feed/", rss(item(1)), Last_Modified=when)
    assert _read(Feed(url=url)).feed.last_modified == ""


def test_a_failure_is_a_value_with_a_message_and_is_counted(web: WebServer) -> None:
    known = Feed(url=web.answer("/feed/", status=500, Retry_After="60"), etag='"1"', failures=1)
    reading = _read(known)
    assert (reading.status, reading.posts) == ("failed", ())
    assert "500" in reading.error
    assert reading.feed == replace(
        known,
        failures=2,
        checked_at=NOW,
        wait_until=NOW + timedelta(seconds=60),
        trouble=reading.error,
    )


def test_a_page_in_place_of_the_feed_keeps_the_old_validators(web: WebServer) -> None:
    url = web.answer("/feed/", "<html>maintenance</html>", ETag='"new"')
    reading = _read(Feed(url=url, etag='"old"'))
    assert (reading.status, reading.feed.etag) == ("failed", '"old"')


def test_a_feed_that_is_gone_is_not_asked_again(web: WebServer) -> None:
    reading = _read(Feed(url=web.answer("/feed/", status=410)))
    assert reading.feed.state == "gone"
    again = _read(reading.feed)
    assert again.status == "failed"
    assert "gone for good" in again.error
    assert len(web.hits) == 1


def test_a_feed_that_keeps_failing_is_paused_and_one_success_revives_it(web: WebServer) -> None:
    feed = Feed(url=web.url + "/feed/")
    states = []
    for _ in range(20):
        reading = _read(feed)
        feed = reading.feed
        states.append(feed.state)
    assert states[18:] == ["active", "paused"]
    assert "20 times in a row" in reading.error
    web.answer("/feed/", rss(item(1)))
    assert _read(feed).feed.state == "active"


def test_one_bad_feed_harms_no_other_and_the_order_is_kept(web: WebServer) -> None:
    feeds = [Feed(url=web.answer(f"/{n}", rss(item(n)))) for n in range(8)]
    feeds[3] = Feed(url=web.answer("/bad", "nonsense"))
    feeds[5] = Feed(url="not an address")
    pairs = [(feed, NO_MEMORY) for feed in feeds]
    readings = read_feeds(pairs, now=NOW, conditional=False, allow_private=True)
    assert [reading.feed.url for reading in readings] == [feed.url for feed in feeds]
    assert [n for n, reading in enumerate(readings) if reading.status == "failed"] == [3, 5]
    assert readings[7].posts[0].title == "Run 7"


def test_no_feeds_are_no_readings() -> None:
    assert read_feeds([], now=NOW, conditional=True, allow_private=False) == ()


def _pages(web: WebServer, *pages: str) -> Feed:
    for number, page in enumerate(pages, start=1):
        web.answer("/feed/" if number == 1 else f"/feed/?paged={number}", page)
    return Feed(url=web.url + "/feed/")


OLD = frozenset({"https://blog.example/?p=1"})


def test_a_wordpress_feed_shorter_than_what_is_new_is_paged_on(web: WebServer) -> None:
    pages = (rss(item(5), item(4)), rss(item(3), item(2)), rss(item(1)), rss(item(0)))
    reading = _read(_pages(web, *pages), known=OLD)
    assert [post.title for post in reading.posts] == [f"Run {n}" for n in (5, 4, 3, 2, 1)]
    assert web.paths() == ["/feed/", "/feed/?paged=2", "/feed/?paged=3"]


def test_paging_stops_at_the_last_page_or_where_pages_repeat(web: WebServer) -> None:
    reading = _read(_pages(web, rss(item(5)), rss(item(4))), known=OLD)
    assert len(reading.posts) == 2
    web.hits.clear()
    feed = _pages(web, rss(item(5)), rss(item(5)))
    assert len(_read(feed, known=OLD).posts) == 1
    assert web.paths() == ["/feed/", "/feed/?paged=2"]


def test_paging_ends_after_five_further_pages(web: WebServer) -> None:
    _read(_pages(web, *(rss(item(n)) for n in range(20, 5, -1))), known=OLD)
    assert len(web.hits) == 6


def test_nothing_is_paged_when_something_is_known_or_nothing_ever_was(web: WebServer) -> None:
    feed = _pages(web, rss(item(2), item(1)), rss(item(0)))
    _read(feed, known=OLD)
    _read(feed)
    assert web.paths() == ["/feed/", "/feed/"]


def test_a_page_that_fails_fails_the_reading_so_that_no_post_is_lost(web: WebServer) -> None:
    feed = _pages(web, rss(item(5)))
    web.answer("/feed/?paged=2", status=500)
    assert _read(feed, known=OLD).status == "failed"
    assert _read(replace(feed, failures=3), known=OLD).status == "ok"


def test_counts_of_comments_and_renewed_links_leave_the_fingerprint_alone(web: WebServer) -> None:
    def mark(text: str, extra: str = "") -> str:
        url = web.answer("/feed/", rss(item(1, text=text, extra=extra)))
        return _read(Feed(url=url)).posts[0].fingerprint

    link = "See https://blog.example/a?nonce={} for  more."
    entry = mark(link.format(1), "<slash:comments>0</slash:comments>")
    assert entry == mark(link.format(2), "<slash:comments>9</slash:comments>")
    assert entry != mark("Another text altogether.")


def test_a_post_without_a_title_is_named_by_its_first_words(web: WebServer) -> None:
    text = "Ran to the lake and back before the rain came down."
    body = rss(item(1, text=text)).replace("<title>Run 1</title>", "")
    (post,) = _read(Feed(url=web.answer("/feed/", body))).posts
    assert post.title == "Ran to the lake and back before the…"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("今日は湖まで走りました。" * 4, "今日は湖まで走りました…"),
        (
            "今日は朝から友だちと湖のまわりをずっと走って昼前に帰ってきました。",
            "今日は朝から友だちと湖のまわりをずっと走って昼…",
        ),
        ("วันนี้เราวิ่งรอบทะเลสาบกับเพื่อนแล้วกลับบ้านตอนเที่ยง", "วันนี้เราวิ่งรอบทะเลสาบ…"),
    ],
)
def test_without_spaces_between_words_it_is_named_by_a_sentence_or_a_part_of_it(
    web: WebServer, text: str, title: str
) -> None:
    body = rss(item(1, text=text)).replace("<title>Run 1</title>", "")
    (post,) = _read(Feed(url=web.answer("/feed/", body))).posts
    assert post.title == title
