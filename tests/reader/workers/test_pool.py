from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import ParseError, UsageError
from newsletter.reader.workers.pool import ParserPool
from tests.support.small_feeds import FEED_URL, fetch_result, item, rss

# feedparser parses an author's address in quadratic time: this takes minutes.
ENDLESS = rss(f"<item><title>x</title><author>a@{'a.' * 300_000}!</author></item>")


def test_a_feed_that_takes_too_long_is_killed_and_the_next_one_is_read() -> None:
    with ParserPool(size=1, seconds=2) as pool:
        with pytest.raises(ParseError, match="within 2 seconds"):
            pool.parse(fetch_result(ENDLESS))
        assert len(pool.parse(fetch_result(rss(item(1)))).items) == 1


def test_threads_share_the_children() -> None:
    with ParserPool(size=2) as pool, ThreadPoolExecutor(6) as threads:
        bodies = [fetch_result(rss(*(item(n) for n in range(count)))) for count in range(12)]
        counts = list(threads.map(lambda body: len(pool.parse(body).items), bodies))
    assert counts == list(range(12))


def test_errors_come_back_with_their_message() -> None:
    with ParserPool(size=1) as pool, pytest.raises(ParseError) as caught:
        pool.parse(fetch_result("<html></html>"))
    assert "web page" in caught.value.message
    assert caught.value.url == FEED_URL


def test_posts_come_back_and_are_cleaned() -> None:
    with ParserPool(size=1) as pool:
        fresh = pool.posts(
            fetch_result(rss(item(1, text="Up <b>the</b> hill<script>alert(1)</script>."))),
            feed_url=FEED_URL,
        )
        (post,) = pool.clean(fresh.posts)
    assert fresh.feed.title == "Hill & Dale"
    assert (post.id, post.feed, post.title) == (0, FEED_URL, "Run 1")
    assert hasattr(post.html, "__html__")
    assert "script" not in post.html


def test_a_list_of_feeds_is_read_in_a_child() -> None:
    whole = b"<opml><body><outline xmlUrl='https://a.example/feed'/></body></opml>"
    bomb = b"<!DOCTYPE opml [<!ENTITY a 'a'>]><opml><body><outline xmlUrl='&a;'/></body></opml>"
    with ParserPool(size=1) as pool:
        assert pool.opml(whole, name="blogs.opml") == ("https://a.example/feed",)
        for broken, words in ((bomb, "texts of its own"), (b"<opml", "broken at line 1")):
            with pytest.raises(UsageError, match=f"blogs.opml .*{words}") as caught:
                pool.opml(broken, name="blogs.opml")
            assert caught.value.cure
    with (
        ParserPool(size=1, seconds=0) as pool,
        pytest.raises(ParseError, match=r"^blogs\.opml could"),
    ):
        pool.opml(whole, name="blogs.opml")


def test_it_works_from_a_program_read_from_standard_input_in_another_folder(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from newsletter.models import FetchResult\n"
        "from newsletter.reader.workers.pool import ParserPool\n"
        "body = b'<rss version=\"2.0\"><channel><title>Hills</title></channel></rss>'\n"
        "with ParserPool(size=1) as pool:\n"
        "    print(pool.parse(FetchResult(url='u', final_url='u', status=200, body=body)).title)\n"
    )
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run(
        [sys.executable, "-", str(root)],
        input=program,
        text=True,
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )
    assert ran.stdout == "Hills\n"


def test_a_dead_child_is_replaced() -> None:
    with ParserPool(size=1) as pool:
        pool.parse(fetch_result(rss(item(1))))
        pool._idle[0]._process.kill()
        assert len(pool.parse(fetch_result(rss(item(1), item(2)))).items) == 2
