"""Before the first issue, the desk and `show next` render the newest posts as an example."""

from __future__ import annotations

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL

MARK = "An example: no new post waits yet"


def test_show_next_renders_the_newest_posts_and_says_what_it_is(begun: Newsletter) -> None:
    text = begun.run("show", "next").out
    html = begun.run("show", "next", "--format", "html").out
    document = begun.run("show", "next", "--json").json

    assert text.startswith(MARK)
    assert "Old post 3" in text
    assert MARK in html
    assert document["subject"].startswith("[Example] ")
    assert [post["title"] for post in document["posts"]] == [
        "Old post 3",
        "Old post 2",
        "Old post 1",
    ]


def test_an_example_uses_up_nothing(begun: Newsletter) -> None:
    before = begun.run("posts", "--json").json
    begun.run("show", "next")

    assert begun.run("posts", "--json").json == before
    assert begun.run("issues", "--json").json == {"issues": []}
    assert begun("approve", "next").code == 1


def test_draft_leads_to_it(begun: Newsletter) -> None:
    answer = begun.run("draft")

    assert answer.out == "No new posts are waiting.\n"
    assert "`newsletter show next` shows an example" in answer.err
    assert "`newsletter posts unskip ID`" in answer.err


def test_the_first_new_post_takes_its_place(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")
    begun.run("draft")

    text = begun.run("show", "next").out

    assert MARK not in text
    assert "A new hill" in text
    assert "Old post 3" not in text
