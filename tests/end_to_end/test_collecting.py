"""`collect` and `posts`: the blog's items become posts, each in a state with its reason."""

from __future__ import annotations

from dataclasses import replace

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD, NEXT
from tests.support.feeds import rss


def test_collect_reports_new_and_changed_posts(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(MUD, HILL)
    first = begun.run("collect", "--json").json
    begun.items[1] = replace(HILL, title="A newer hill")
    begun.publish()
    second = begun.run("collect", "--json").json
    third = begun.run("collect", "--json").json

    feed = f"{begun.blog.url}/feed/"
    feeds = [item["feeds"][0] for item in (first, second, third)]
    assert [(item["url"], item["status"], item["new"], item["changed"]) for item in feeds] == [
        (feed, "ok", 2, 0),
        (feed, "ok", 0, 1),
        (feed, "unchanged", 0, 0),
    ]
    assert [item["error"] for item in feeds] == [None, None, None]


def test_collect_gives_each_feed_a_line(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(MUD)

    assert begun.run("collect").out == f"{begun.blog.url}/feed/: 1 new, 0 changed.\n"


def test_a_failing_feed_is_reported_with_its_cure_and_loses_nothing(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(MUD)
    begun.run("collect")
    before = begun.run("posts", "--json").json
    begun.blog.pages["/feed/"] = (503, "text/plain", b"")

    answer = begun("collect", "--json")

    assert answer.code == 1
    assert answer.json["feeds"][0]["status"] == "failed"
    assert "HTTP 503" in answer.json["feeds"][0]["error"]
    assert "nothing is lost" in answer.json["feeds"][0]["error"]
    assert begun.run("posts", "--json").json == before


def test_one_failing_feed_of_two_exits_with_3(begun: Newsletter) -> None:
    begun.set("[issue]", f'[[feeds]]\nurl = "{begun.blog.url}/gone/"\n\n[issue]')

    answer = begun("collect", "--json")

    assert answer.code == 3
    assert [feed["status"] for feed in answer.json["feeds"]] == ["unchanged", "failed"]


def test_a_feed_that_is_empty_for_a_day_takes_nothing_away(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(MUD)
    begun.run("collect")
    begun.blog.serve_feed(rss())
    begun("collect")

    states = {post["title"]: post["state"] for post in begun.run("posts", "--json").json["posts"]}
    assert states["Mud and more mud"] == "waiting"
    assert states["Old post 3"] == "seen_before_start"


def test_posts_lists_each_post_with_the_keys_scripts_rely_on(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")

    listed = begun.run("posts", "--json").json["posts"]
    assert listed[0] | {"reason": ""} == {
        "id": 4,
        "title": "A new hill",
        "url": "https://trails.example/2026/10/post-11/",
        "published": "2026-10-06T12:00:00+00:00",
        "state": "waiting",
        "reason": "",
        "issue": None,
    }
    assert len(listed) == 4


def test_a_post_settles_before_it_is_ready(begun: Newsletter) -> None:
    begun.at("2026-10-06T06:30").publish(HILL)  # half an hour after noon, UTC
    begun.run("collect")
    fresh = begun.run("posts", "--json").json["posts"][0]
    draft = begun.run("draft", "--json").json
    begun.at("2026-10-06T07:01")
    later = begun.run("posts", "--json").json["posts"][0]

    assert fresh["state"] == "settling"
    assert fresh["reason"] == "still settling: ready 2026-10-06 07:00"
    assert draft["issue"] is None
    assert draft["left_out"] == [{"title": "A new hill", "reason": fresh["reason"]}]
    assert later["state"] == "waiting"


def test_an_edit_restarts_the_settling(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")
    begun.items[0] = replace(HILL, body="<p>Now with a map.</p>")
    begun.publish()
    begun.run("collect")

    assert begun.run("posts", "--json").json["posts"][0]["state"] == "settling"


def test_a_post_dated_ahead_waits_for_its_date(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(NEXT)
    begun.run("collect")
    early = begun.run("posts", "--json").json["posts"][0]
    begun.at("2026-10-14T12:00")

    assert early["state"] == "settling"
    assert "dated ahead" in early["reason"]
    assert begun.run("posts", "--json").json["posts"][0]["state"] == "waiting"


def test_the_author_skips_a_post_and_takes_that_back(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL, MUD)
    begun.run("collect")
    skipped = begun.run("posts", "skip", "4", "--json").json["posts"][0]
    titles = [post["title"] for post in begun.run("draft", "--json").json["posts"]]
    begun.run("posts", "unskip", "4")

    assert (skipped["title"], skipped["state"]) == ("A new hill", "skipped")
    assert titles == ["Mud and more mud"]
    assert len(begun.run("draft", "--json").json["posts"]) == 2


def test_an_unknown_post_changes_no_other(begun: Newsletter) -> None:
    before = begun.run("posts", "--json").json

    answer = begun("posts", "unskip", "1", "99")

    assert answer.code == 1
    assert "There is no post 99" in answer.err
    assert begun.run("posts", "--json").json == before


def test_categories_decide_which_posts_come_in(begun: Newsletter) -> None:
    begun.set("include = []", 'include = ["Running"]')
    begun.at(FRIDAY).publish(
        replace(HILL, categories=("running", "Hills")), replace(MUD, categories=("Recipes",))
    )
    begun.run("collect")

    states = {post["title"]: post["state"] for post in begun.run("posts", "--json").json["posts"]}
    assert states["A new hill"] == "waiting"
    assert states["Mud and more mud"] == "excluded"


def test_changed_categories_count_though_the_blog_has_not_changed(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(replace(HILL, categories=("Hills",)), replace(MUD))
    begun.run("collect")

    begun.set("exclude = []", 'exclude = ["hills"]')
    again = begun.run("collect", "--json").json["feeds"][0]["status"]
    without = [post["title"] for post in begun.run("draft", "--json").json["posts"]]
    text = begun.run("draft").out
    begun.set('exclude = ["hills"]', "exclude = []")
    begun.run("collect")
    with_it = [post["title"] for post in begun.run("draft", "--json").json["posts"]]

    assert again == "unchanged"
    assert without == ["Mud and more mud"]
    assert "left out by rule: 1 post (`newsletter posts`" in text
    assert sorted(with_it) == ["A new hill", "Mud and more mud"]


def test_an_archive_that_appears_at_once_is_held_and_asked_about(begun: Newsletter) -> None:
    archive = [
        replace(HILL, number=100 + day, title=f"Archive {day}", day=HILL.day.replace(2026, 10, day))
        for day in range(17, 5, -1)
    ]
    begun.at("2026-11-09T12:00:00-07:00").publish(*archive)

    answer = begun("collect")
    released = begun.run("posts", "release", "5").out
    draft = begun.run("draft", "--json").json

    assert answer.code == 3
    assert "12 held" in answer.out
    assert "released by the author" in released
    assert len(draft["posts"]) == 1
    assert len(draft["left_out"]) == 11
