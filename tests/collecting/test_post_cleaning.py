"""Posts are stored raw and cleaned when they are needed, with the same result."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from newsletter.app import open_newsletter
from newsletter.collecting.post_cleaning import clean_waiting
from tests.support.program import Program
from tests.support.small_feeds import item, rss
from tests.support.web_server import WebServer

NOW = "2026-11-22T12:00:00+00:00"


def _begin(program: Program, web: WebServer, body: str, *options: str) -> None:
    program.now = NOW
    answer = program.init(web.answer("/feed/", body), *options)
    assert answer.code == 0, answer


def _count_raw_posts(program: Program) -> int:
    with closing(sqlite3.connect(program.folder / "newsletter.db")) as database:
        return int(
            database.execute("SELECT count(*) FROM post WHERE source IS NOT NULL").fetchone()[0]
        )


def _report(program: Program) -> tuple[int, int]:
    (feed,) = program("collect", "--json").json["feeds"]
    return feed["new"], feed["changed"]


def test_posts_from_before_the_start_are_not_cleaned_and_drafted_ones_are(
    program: Program, web: WebServer
) -> None:
    _begin(program, web, rss(item(3), item(2), item(1)), "--backfill", "1")
    assert _count_raw_posts(program) == 3
    draft = program("draft", "--json").json
    assert [post["title"] for post in draft["posts"]] == ["Run 3"]
    assert _count_raw_posts(program) == 2
    assert "until the mist was gone" in program("show", "next", "--format", "text").out


def test_a_post_from_before_the_start_is_clean_once_the_author_wants_it(
    program: Program, web: WebServer
) -> None:
    _begin(program, web, rss(item(1, text="Far. <b>Very</b> far.<script>x</script>")))
    assert program("posts", "unskip", "1").code == 0
    assert program("draft").code == 0
    shown = program("show", "next", "--format", "html").out
    assert "Very" in shown
    assert "<script>x" not in shown
    assert _count_raw_posts(program) == 0


def test_an_edit_of_a_raw_post_is_detected(program: Program, web: WebServer) -> None:
    _begin(program, web, rss(item(2), item(1)))
    counted = item(1, extra="<slash:comments>3</slash:comments>")
    web.answer("/feed/", rss(item(2), counted))
    assert _report(program) == (0, 0)
    web.answer("/feed/", rss(item(2), item(1, text="We never ran.")))
    assert _report(program) == (0, 1)


def test_guids_that_change_before_anything_was_cleaned_make_no_new_posts(
    program: Program, web: WebServer
) -> None:
    _begin(program, web, rss(item(2), item(1)))
    moved = rss(*(item(n, guid=f"tag:new-{n}").replace("/run-", "/posts/run-") for n in (2, 1)))
    web.answer("/feed/", moved)
    assert _report(program) == (0, 0)
    posts = program("posts", "--json").json["posts"]
    assert [post["state"] for post in posts] == ["seen_before_start"] * 2


def test_a_password_form_hidden_from_the_first_look_leaves_the_post_out_at_the_draft(
    program: Program, web: WebServer
) -> None:
    form = '<fo<![CDATA[rm class="post-password-form"></form>'
    _begin(program, web, rss(item(1, text=form)), "--backfill", "1")
    (before,) = program("posts", "--json").json["posts"]
    assert before["state"] == "waiting"
    program("draft")
    (after,) = program("posts", "--json").json["posts"]
    assert after["state"] == "protected"


def test_a_post_that_cannot_be_cleaned_in_time_is_held_and_comes_once_released(
    program: Program, web: WebServer
) -> None:
    _begin(program, web, rss(item(2), item(1)), "--backfill", "1")
    context = open_newsletter(program.folder, {"NEWSLETTER_NOW": NOW})
    with context.lock():
        clean_waiting(context.engine, seconds=0)
    context.engine.dispose()
    post = program("posts", "--json").json["posts"][0]
    assert post["state"] == "held"
    assert "could not be made fit for email" in post["reason"]
    result = program("run", "--json")
    assert result.code == 3
    assert "1 post is held until you decide" in result.json["reason"]
    assert program("posts", "release", str(post["id"])).code == 0
    assert [post["title"] for post in program("draft", "--json").json["posts"]] == ["Run 2"]


def test_a_password_form_seen_while_comparing_leaves_the_post_out_too(
    program: Program, web: WebServer
) -> None:
    form = '<fo<![CDATA[rm class="post-password-form"></form>'
    _begin(program, web, rss(item(1, text=form)), "--backfill", "1")
    web.answer("/feed/", rss(item(2, guid="other").replace("Run 2", "Run 1")))
    assert program("collect").code == 0
    old = program("posts", "--json").json["posts"][-1]
    assert old["state"] == "protected"
    assert [post["id"] for post in program("draft", "--json").json["posts"]] == [2]
