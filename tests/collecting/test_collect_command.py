"""What `collect` and `run` print about feeds that move, rest, or bring an archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.feeds import Item, rss
from tests.support.program import Program
from tests.support.web_server import WebServer, run_web_server

POSTS = tuple(Item(number=n, title=f"Post {n}", day=dt.date(2026, 9, n)) for n in (3, 2, 1))
NEW = Item(number=9, title="Post 9", day=dt.date(2026, 10, 4))


@pytest.fixture
def web(program: Program) -> Iterator[WebServer]:
    """A blog at /feed/ and a newsletter of it, created on Monday 5 October 2026."""
    with run_web_server() as site:
        site.answer("/feed/", rss(*POSTS))
        program.now = "2026-10-05T12:00:00-06:00"
        answer = program.init(f"{site.url}/feed/")
        assert answer.code == 0, answer
        yield site


def test_a_feed_that_moved_is_reported_and_the_settings_may_follow(
    program: Program, web: WebServer
) -> None:
    new = web.answer("/new/", rss(NEW, *POSTS))
    web.answer("/feed/", status=301, Location=new)
    before = (program.folder / "newsletter.toml").read_text("utf-8")
    program("collect")

    assert f"has moved to {new} for good and is read there" in program("collect").out
    assert (program.folder / "newsletter.toml").read_text("utf-8") == before
    program.set(f"{web.url}/feed/", new)
    listed = program("posts", "--json").json["posts"]
    assert program("collect").code == 0
    assert program("posts", "--json").json["posts"] == listed
    assert [feed["url"] for feed in program("feeds", "list", "--json").json["feeds"]] == [new]


def test_a_feed_that_asks_for_a_pause_is_read_only_for_an_issue(
    program: Program, web: WebServer
) -> None:
    web.answer("/feed/", status=429, Retry_After="600000")
    assert program("collect").code == 1
    number = len(web.hits)

    answer = program("collect")

    assert answer.code == 1
    assert "asked to be left alone until 2026-10-12" in answer.out
    assert len(web.hits) == number
    program.now = "2026-10-11T07:30:00-06:00"
    program("run")
    assert len(web.hits) == number + 1


def test_a_feed_that_is_gone_is_reported_by_run_too(program: Program, web: WebServer) -> None:
    web.answer("/feed/", status=410)
    program("collect")
    number = len(web.hits)

    answer = program("run", "--json")

    assert answer.code == 1
    assert "is gone for good (HTTP 410), so it is not read any more" in answer.json["reason"]
    assert len(web.hits) == number
    web.answer("/feed/", rss(NEW, *POSTS))
    assert program("feeds", "add", f"{web.url}/feed/").code == 0
    assert program("collect", "--json").json["feeds"][0]["new"] == 1


def test_run_exits_with_3_while_posts_are_held(program: Program, web: WebServer) -> None:
    archive = [
        replace(NEW, number=100 + day, title=f"Archive {day}", day=dt.date(2026, 10, day))
        for day in range(17, 5, -1)
    ]
    web.answer("/feed/", rss(*archive, *POSTS))
    program.now = "2026-11-09T12:00:00-07:00"

    for _ in range(2):
        answer = program("run")
        assert answer.code == 3
        assert "12 posts are held until you decide" in answer.out
    held = [post for post in program("posts", "--json").json["posts"] if post["state"] == "held"]
    assert f"`newsletter posts release {held[0]['id']}`" in held[0]["reason"]
    assert program("posts", "skip", *(str(post["id"]) for post in held)).code == 0
    assert program("run").code == 0


def test_of_a_feed_that_is_empty_at_first_the_posts_from_that_day_on_are_new(
    program: Program, web: WebServer
) -> None:
    web.answer("/second/", rss())
    program.set("[issue]", f'[[feeds]]\nurl = "{web.url}/second/"\n\n[issue]')
    assert "It holds no posts yet" in program("collect").out
    today = replace(NEW, number=20, title="Post 20", day=dt.date(2026, 10, 5))

    web.answer("/second/", rss(today, NEW))

    program("collect")
    states = {post["title"]: post["state"] for post in program("posts", "--json").json["posts"]}
    assert states["Post 9"] == "seen_before_start"
    assert states["Post 20"] == "waiting"
