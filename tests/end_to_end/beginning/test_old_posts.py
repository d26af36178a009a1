"""Posts from before the newsletter began never go out as new, however late they turn up."""

from __future__ import annotations

import datetime as dt

from tests.end_to_end.conftest import OLD
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, SUNDAY
from tests.support.feeds import Item, rss

AUGUST = tuple(
    Item(number=200 + day, title=f"August {day}", day=dt.date(2026, 8, day)) for day in (9, 8, 7)
)


def states(newsletter: Newsletter) -> dict[str, str]:
    posts = newsletter.run("posts", "--json").json["posts"]
    return {post["title"]: post["state"] for post in posts}


def lengthen(newsletter: Newsletter, *items: Item) -> None:
    """Let the blog show older posts below those that it shows."""
    newsletter.items += items
    newsletter.publish()


def test_a_lengthened_feed_brings_nothing_new(weekly: Newsletter) -> None:
    lengthen(weekly, *AUGUST)

    answer = weekly.at(SUNDAY).run("run", "--json").json

    assert "“August 9”, “August 8”, “August 7” turned up, but are from before" in answer["reason"]
    assert answer["feeds"][0]["older"] == 3
    (message,) = (m for to, m in weekly.outbox().items() if to == "ann@example.com")
    assert weekly.titles_in(message) == ["Mud and more mud", "A new hill"]
    assert {states(weekly)[item.title] for item in AUGUST} == {"seen_before_start"}


def test_that_is_told_once(weekly: Newsletter) -> None:
    lengthen(weekly, AUGUST[0])

    quiet = weekly("--quiet", "run")
    again = weekly("--quiet", "run")

    assert "“August 9” turned up, but is from before the newsletter began" in quiet.err
    assert (again.code, again.out, again.err) == (0, "", "")


def test_posts_that_were_deleted_bring_up_nothing_new(weekly: Newsletter) -> None:
    weekly.run("collect")
    weekly.withdraw(OLD[0].number)
    weekly.withdraw(OLD[1].number)
    lengthen(weekly, *AUGUST[:2])

    answer = weekly.run("collect")

    assert "“August 9”, “August 8” turned up" in answer.out
    assert len(weekly.run("draft", "--json").json["posts"]) == 2


def test_an_old_post_is_let_in_by_unskip(weekly: Newsletter) -> None:
    lengthen(weekly, AUGUST[0])
    weekly.run("collect")
    posts = weekly.run("posts", "--json").json["posts"]
    number = next(post["id"] for post in posts if post["title"] == "August 9")

    weekly.run("posts", "unskip", str(number))
    weekly.run("collect")

    assert "August 9" in [p["title"] for p in weekly.run("draft", "--json").json["posts"]]


def test_a_post_dated_after_the_start_is_new_however_late_it_turns_up(weekly: Newsletter) -> None:
    late = Item(number=300, title="Found in the drafts", day=dt.date(2026, 10, 6))
    lengthen(weekly, *AUGUST, late)

    weekly.at("2026-10-29T12:00").run("collect")

    assert states(weekly)["Found in the drafts"] == "waiting"


def test_a_post_dated_back_among_those_the_blog_showed_is_new(weekly: Newsletter) -> None:
    back = Item(number=301, title="Race report", day=dt.date(2026, 9, 20))
    weekly.items.insert(2, back)
    weekly.publish()

    weekly.run("collect")

    assert states(weekly)["Race report"] == "waiting"


def test_a_feed_that_was_added_later_has_a_start_of_its_own(weekly: Newsletter) -> None:
    blog = weekly.blog
    shown = Item(number=401, title="Shown that day", day=dt.date(2026, 10, 7))
    older = Item(number=402, title="Older than that", day=dt.date(2026, 10, 6))
    blog.serve_feed(rss(shown), "/second/feed/")
    weekly.at(FRIDAY).run("feeds", "add", f"{blog.url}/second/feed/")
    newer = Item(number=403, title="Newer than that", day=dt.date(2026, 10, 10))
    blog.serve_feed(rss(newer, shown, older), "/second/feed/")

    weekly.at(SUNDAY).run("collect")

    assert states(weekly)["Older than that"] == "seen_before_start"
    assert states(weekly)["Newer than that"] == "waiting"


def test_a_post_without_a_date_below_the_start_is_asked_about(weekly: Newsletter) -> None:
    undated = rss(*weekly.items, AUGUST[0]).replace(
        "<pubDate>Sun, 09 Aug 2026 12:00:00 +0000</pubDate>", ""
    )
    weekly.blog.serve_feed(undated)

    answer = weekly("collect")

    assert answer.code == 3
    assert states(weekly)["August 9"] == "held"
    assert states(weekly)[HILL.title] == "waiting"
