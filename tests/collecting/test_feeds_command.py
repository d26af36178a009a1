"""`newsletter feeds`: the real program, a real blog, and the author's settings file."""

from __future__ import annotations

import datetime as dt
import re
import tomllib

import pytest

from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import Program

POSTS = tuple(Item(number=n, title=f"Post {n}", day=dt.date(2026, 9, n)) for n in (3, 2, 1))


@pytest.fixture
def running(program: Program, blog: Blog) -> Program:
    blog.serve_feed(rss(*POSTS))
    blog.serve_feed(rss(*POSTS[:2]), "/second/feed/")
    blog.serve_feed(rss(*POSTS[2:]), "/third/feed/")
    program.now = "2026-10-05T12:00:00-06:00"
    answer = program.init(blog.url)
    assert answer.code == 0, answer
    return program


def _settings(program: Program) -> str:
    return (program.folder / "newsletter.toml").read_text("utf-8")


def _urls(program: Program) -> list[str]:
    return [feed["url"] for feed in tomllib.loads(_settings(program))["feeds"]]


def test_a_feed_is_added_below_the_others_and_every_comment_stays(
    running: Program, blog: Blog
) -> None:
    before = _settings(running).splitlines()

    answer = running("feeds", "add", f"{blog.url}/second/feed/")

    assert answer.code == 0, answer
    assert "its 2 posts count as seen" in answer.out
    after = _settings(running).splitlines()
    added = ["[[feeds]]", f'url = "{blog.url}/second/feed/"', ""]
    place = after.index(added[1]) - 1
    assert after[place : place + 3] == added
    assert after[:place] + after[place + 3 :] == before
    assert running("draft").out.startswith("No new posts are waiting.")


def test_a_byte_order_mark_in_the_settings_stays(running: Program, blog: Blog) -> None:
    path = running.folder / "newsletter.toml"
    before = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(before)
    assert running("feeds", "add", f"{blog.url}/second/feed/").code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert running("feeds", "remove", f"{blog.url}/second/feed/").code == 0
    assert path.read_bytes() == before


def test_a_known_feed_is_not_added_twice(running: Program, blog: Blog) -> None:
    before = _settings(running)
    answer = running("feeds", "add", blog.url)
    assert (answer.code, _settings(running)) == (0, before)
    assert "is read already" in answer.out


def test_an_address_without_a_feed_changes_nothing(running: Program, blog: Blog) -> None:
    before = _settings(running)
    answer = running("feeds", "add", f"{blog.url}/nowhere/")
    assert (answer.code, _settings(running)) == (1, before)
    assert "has no feed there (HTTP 404)" in answer.out


def test_a_removed_feeds_waiting_posts_are_skipped(running: Program, blog: Blog) -> None:
    second = f"{blog.url}/second/feed/"
    running("feeds", "add", second)
    newer = Item(number=9, title="Post 9", day=dt.date(2026, 10, 4))
    blog.serve_feed(rss(newer, *POSTS[:2]), "/second/feed/")
    running("collect")

    answer = running("feeds", "remove", second)

    assert answer.code == 0, answer
    assert "1 of its posts waited and are skipped" in answer.out
    assert _urls(running) == [f"{blog.url}/feed/"]
    assert running("draft").out.startswith("No new posts are waiting.")


def test_a_feed_that_comes_back_begins_with_what_it_holds_then(
    running: Program, blog: Blog
) -> None:
    second = f"{blog.url}/second/feed/"
    running("feeds", "add", second)
    running("feeds", "remove", second)
    newer = Item(number=9, title="Post 9", day=dt.date(2026, 10, 4))
    blog.serve_feed(rss(newer, *POSTS[:2]), "/second/feed/")

    running("feeds", "add", second)

    states = {post["title"]: post["state"] for post in running("posts", "--json").json["posts"]}
    assert states["Post 9"] == "seen_before_start"


def test_the_last_feed_cannot_be_removed(running: Program, blog: Blog) -> None:
    before = _settings(running)
    answer = running("feeds", "remove", f"{blog.url}/feed/")
    assert (answer.code, _settings(running)) == (2, before)
    assert "only feed" in answer.err
    assert running("feeds", "remove", "https://other.example/").code == 2


def test_a_list_travels_out_and_in_again(running: Program, blog: Blog, program: Program) -> None:
    for name in ("second", "third"):
        running("feeds", "add", f"{blog.url}/{name}/feed/")
    listed = program.folder / "feeds.opml"
    assert running("feeds", "export", "--to", str(listed)).code == 0
    assert running("feeds", "export").out == listed.read_text("utf-8")
    for name in ("second", "third"):
        running("feeds", "remove", f"{blog.url}/{name}/feed/")

    answer = running("feeds", "import", str(listed))

    assert answer.code == 0, answer
    assert len(_urls(running)) == 3
    assert [feed["state"] for feed in running("feeds", "list", "--json").json["feeds"]] == [
        "active"
    ] * 3


def test_a_feed_that_fails_is_listed_as_failing_and_its_address_once(
    running: Program, blog: Blog
) -> None:
    blog.pages["/feed/"] = (500, "text/plain", b"")
    running("collect")

    listed = running("feeds", "list")

    assert listed.out.splitlines()[1].startswith("failing  2026-10-05 12:00  ")
    assert "The server has a problem of its own (HTTP 500)." in listed.out
    assert listed.out.count(f"{blog.url}/feed/") == 1
    (feed,) = running("feeds", "list", "--json").json["feeds"]
    assert (feed["state"], feed["failing"]) == ("active", True)
    assert feed["error"].startswith(f"{blog.url}/feed/ has a problem of its own")


def test_from_a_list_only_readable_feeds_are_added(running: Program, blog: Blog) -> None:
    listed = running.folder / "feeds.opml"
    outlines = "".join(f'<outline xmlUrl="{blog.url}/{n}/feed/"/>' for n in ("second", "none"))
    listed.write_text(f"<opml><body>{outlines}</body></opml>", "utf-8")

    answer = running("feeds", "import", str(listed))

    assert answer.code == 3
    assert len(_urls(running)) == 2
    assert "/none/feed/ has no feed there" in answer.out


def test_a_broken_list_is_refused_with_its_line(running: Program) -> None:
    listed = running.folder / "feeds.opml"
    listed.write_text("<opml>\n<body>\n<outline>\n</body></opml>", "utf-8")
    before = _settings(running)

    answer = running("feeds", "import", str(listed))

    assert (answer.code, _settings(running)) == (2, before)
    assert "is broken at line 4" in answer.err


def test_settings_that_cannot_be_changed_safely_stay_as_they_are(
    running: Program, blog: Blog
) -> None:
    path = running.folder / "newsletter.toml"
    lines = [line for line in _settings(running).splitlines() if "exclude =" not in line]
    text = "\n".join(line for line in lines if "include =" not in line)
    inline = re.sub(r"(?m)^\[\[feeds\]\].*\nurl = .*\n", "", text)
    path.write_text(f'feeds = [{{url = "{blog.url}/feed/"}}]\n{inline}', "utf-8")
    before = _settings(running)

    answer = running("feeds", "add", f"{blog.url}/second/feed/")

    assert (answer.code, _settings(running)) == (2, before)
    assert "Change it by hand" in answer.err


def test_a_feed_of_comments_is_asked_about(running: Program, blog: Blog) -> None:
    blog.serve_feed(rss(*POSTS), "/comments/feed/")
    before = _settings(running)

    answer = running("feeds", "add", f"{blog.url}/comments/feed/")

    assert (answer.code, _settings(running)) == (2, before)
    assert "holds comments on the blog" in answer.err
    assert running("feeds", "add", "--yes", f"{blog.url}/comments/feed/").code == 0
    assert len(_urls(running)) == 2
