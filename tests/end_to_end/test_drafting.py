"""`draft`: the next issue from the waiting posts, and why other posts are left out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, LATE, MUD, SUNDAY
from tests.support.feeds import Item


def test_says_so_when_nothing_waits(begun: Newsletter) -> None:
    assert begun.run("draft").out == "No new posts are waiting.\n"
    document = begun.run("draft", "--json").json
    assert document["issue"] is None
    assert document["reason"] == "No new posts are waiting."


def test_has_the_keys_scripts_rely_on(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(MUD, HILL)
    begun.run("collect")

    draft = begun.run("draft", "--json").json
    assert (draft["issue"], draft["status"]) == (1, "draft")
    assert draft["subject"] == "Mud and more mud, +1 more"
    assert draft["preheader"]
    assert "fall" in draft["intro"].lower()
    assert draft["season"] == {"name": "fall", "phase": "first", "hemisphere": "north"}
    assert draft["posts"] == [
        {
            "id": 4,
            "title": "Mud and more mud",
            "url": "https://trails.example/2026/10/post-12/",
            "published": "2026-10-08T12:00:00+00:00",
        },
        {
            "id": 5,
            "title": "A new hill",
            "url": "https://trails.example/2026/10/post-11/",
            "published": "2026-10-06T12:00:00+00:00",
        },
    ]
    assert draft["left_out"] == []
    assert draft["editions"] == ["north"]


def test_prints_number_subject_posts_and_due_day(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")

    text = begun.run("draft").out
    assert "Issue 1 (draft), due 2026-10-11 07:00" in text
    assert "Nobody gets it until you approve it. Then it goes to" in text
    assert "subject: A new hill" in text
    assert "[4] A new hill" in text


def test_follows_the_blog_until_it_is_approved(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")
    begun.run("draft")
    begun.items[0] = replace(HILL, title="A much newer hill")
    begun.publish(MUD)
    begun.at("2026-10-10T12:00").run("collect")
    begun.at("2026-10-10T13:00")

    draft = begun.run("draft", "--json").json
    assert draft["issue"] == 1
    assert [post["title"] for post in draft["posts"]] == ["Mud and more mud", "A much newer hill"]


def test_drafting_twice_is_harmless(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")

    assert begun.run("draft", "--json").json == begun.run("draft", "--json").json


def test_takes_max_posts_and_carries_the_rest_over(begun: Newsletter) -> None:
    begun.set("max_posts = 8", "max_posts = 2")
    begun.set('approval = "required"', 'approval = "auto"')
    begun.subscribe("reader@example.com")
    begun.at(FRIDAY).publish(LATE, MUD, HILL)
    begun.at(SUNDAY).run("collect")
    draft = begun.run("draft", "--json").json
    begun.run("run")
    begun.at("2026-10-18T07:00").run("run")

    assert [post["title"] for post in draft["posts"]] == [MUD.title, HILL.title]
    assert [item["title"] for item in draft["left_out"]] == [LATE.title]
    assert "This issue is full with 2 posts" in draft["left_out"][0]["reason"]
    first, second = begun.outbox(1).values(), begun.outbox(2).values()
    assert [begun.titles_in(message) for message in first] == [[MUD.title, HILL.title]]
    assert [begun.titles_in(message) for message in second] == [[LATE.title]]


def test_waits_for_min_posts(begun: Newsletter) -> None:
    begun.set("min_posts = 1", "min_posts = 2")
    begun.set('approval = "required"', 'approval = "auto"')
    begun.subscribe("reader@example.com")
    begun.publish(HILL)
    thin = begun.at(SUNDAY).run("run", "--json").json
    begun.publish(Item(number=30, title="Company at last", day=dt.date(2026, 10, 15)))
    full = begun.at("2026-10-18T07:00").run("run", "--json").json

    assert thin["issue"] is None
    assert "Only 1 post waits, and an issue takes 2 (min_posts)." in thin["reason"]
    assert full["status"] == "sent"
    (message,) = begun.outbox(1).values()
    assert sorted(begun.titles_in(message)) == ["A new hill", "Company at last"]
