"""Topics: readers who chose some get their posts; all others get every post."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.end_to_end.newsletter import Newsletter, opening_of, text_of
from tests.end_to_end.posts import FRIDAY, NEXT_SUNDAY, SUNDAY
from tests.support.feeds import Item

TOPICS = """
[[topics]]
name = "Race reports"
categories = ["races"]

[[topics]]
name = "Gear"
categories = ["Shoes", "watches"]

[[topics]]
name = "Everything else"

[issue]
"""
RACE = Item(
    number=21, title="Last at Lost Creek", day=dt.date(2026, 10, 6), categories=("Races", "Mud")
)
SHOES = Item(number=22, title="Shoes for scree", day=dt.date(2026, 10, 7), categories=("shoes",))
DIARY = Item(number=23, title="Rain again", day=dt.date(2026, 10, 8), categories=("Diary",))


@pytest.fixture
def topical(weekly: Newsletter) -> Newsletter:
    """Ann and Sue get everything, Rae races, Gus races and gear, Eve everything else."""
    weekly.set("[issue]\n", TOPICS)
    readers = weekly.folder / "readers.csv"
    readers.write_text(
        "email,hemisphere,topics\n"
        "rae@example.com,south,race reports\n"
        'gus@example.com,,"Gear; Race reports"\n'
        "eve@example.com,,Everything Else\n"
        "old@example.com,,Weekly letter\n",
        "utf-8",
    )
    weekly.run("subscribers", "import", str(readers))
    weekly.items[:0] = []
    return weekly


def only(newsletter: Newsletter, *items: Item) -> None:
    """Publish these posts in place of the usual two."""
    newsletter.withdraw(11)
    newsletter.withdraw(12)
    newsletter.publish(*items)


def test_each_reader_gets_the_posts_of_their_topics(topical: Newsletter) -> None:
    only(topical, DIARY, SHOES, RACE)

    answer = topical.at(SUNDAY).run("run", "--json").json

    everything = ["Rain again", "Shoes for scree", "Last at Lost Creek"]
    titles = {to: topical.titles_in(message) for to, message in topical.outbox().items()}
    assert titles == {
        "ann@example.com": everything,
        "sue@example.com": everything,
        "rae@example.com": ["Last at Lost Creek"],
        "gus@example.com": ["Shoes for scree", "Last at Lost Creek"],
        "eve@example.com": ["Rain again"],
        "old@example.com": everything,
    }
    assert (answer["planned"], answer["accepted"]) == (6, 6)


def test_subject_and_first_line_are_of_the_readers_own_posts(topical: Newsletter) -> None:
    only(topical, DIARY, SHOES, RACE)
    topical.at(SUNDAY).run("run")

    sent = topical.outbox()
    assert str(sent["ann@example.com"]["Subject"]) == "Rain again, +2 more"
    assert str(sent["gus@example.com"]["Subject"]) == "Shoes for scree, +1 more"
    assert str(sent["rae@example.com"]["Subject"]) == "Last at Lost Creek"
    assert "spring" in opening_of(text_of(sent["rae@example.com"]))
    assert "Rain" not in text_of(sent["rae@example.com"])


def test_a_reader_without_posts_this_week_gets_no_message_and_is_counted(
    topical: Newsletter,
) -> None:
    only(topical, SHOES)

    answer = topical.at(SUNDAY).run("run", "--json").json

    assert sorted(topical.outbox()) == [
        "ann@example.com",
        "gus@example.com",
        "old@example.com",
        "sue@example.com",
    ]
    assert answer["planned"] == answer["accepted"] == 4
    assert "2 readers get nothing of it, for no post is of their topics" in answer["reason"]


def test_posts_left_out_this_week_are_never_in_a_later_issue(
    topical: Newsletter,
) -> None:
    only(topical, SHOES)
    topical.at(SUNDAY).run("run")
    topical.publish(
        Item(number=24, title="Race again", day=dt.date(2026, 10, 14), categories=("races",))
    )
    topical.at(NEXT_SUNDAY).run("run")

    assert topical.titles_in(topical.outbox(2)["rae@example.com"]) == ["Race again"]
    assert topical.titles_in(topical.outbox(2)["ann@example.com"]) == ["Race again"]


def test_choices_that_select_the_same_posts_share_an_edition(topical: Newsletter) -> None:
    only(topical, RACE)
    topical.at(FRIDAY).run("collect")

    assert topical.run("draft", "--json").json["editions"] == ["north", "south"]


def test_the_draft_names_the_editions_and_each_can_be_shown_and_tested(
    topical: Newsletter,
) -> None:
    only(topical, DIARY, SHOES, RACE)
    topical.at(FRIDAY).run("collect")

    document = topical.run("draft", "--json").json
    assert document["editions"] == [
        "north",
        "north+everything-else",
        "north+race-reports+gear",
        "south",
        "south+race-reports",
    ]
    shown = topical.run("show", "next", "--edition", "south+race-reports", "--json").json
    assert [post["title"] for post in shown["posts"]] == ["Last at Lost Creek"]
    assert shown["subject"] == "Last at Lost Creek"
    as_gus = topical.run("show", "next", "--as", "gus@example.com", "--json").json
    assert as_gus["edition"] == "north+race-reports+gear"
    topical.run("test", "next", "--to", "me@example.com", "--edition", "south+race-reports")
    copy = topical.outbox("test")["me@example.com"]
    assert str(copy["Subject"]) == "[Test] Last at Lost Creek"
    assert topical.run("check", "next", "--no-network", "--json").json["ok"]


def test_show_as_a_reader_without_posts_says_so(topical: Newsletter) -> None:
    only(topical, SHOES)
    topical.at(FRIDAY).run("collect")
    topical.run("draft")

    answer = topical("show", "next", "--as", "eve@example.com")

    assert answer.code == 1
    assert "eve@example.com gets nothing of issue 1" in answer.err
    assert "Everything Else" in answer.err


def test_a_reader_who_chooses_after_the_approval_gets_bytes_that_were_approved(
    topical: Newsletter,
) -> None:
    only(topical, DIARY, SHOES, RACE)
    topical.set('approval = "auto"', 'approval = "required"')
    topical.at(FRIDAY).run("collect")
    topical.run("draft")
    topical.run("approve", "next")
    readers = topical.folder / "late.csv"
    readers.write_text("email,hemisphere,topics\nlate@example.com,tropics,Gear\n", "utf-8")
    topical.run("subscribers", "import", str(readers))

    topical.at(SUNDAY).run("run")

    assert topical.titles_in(topical.outbox()["late@example.com"]) == ["Shoes for scree"]


def test_topics_changed_after_the_approval_need_another_look(topical: Newsletter) -> None:
    only(topical, DIARY, SHOES, RACE)
    topical.set('approval = "auto"', 'approval = "required"')
    topical.at(FRIDAY).run("collect")
    topical.run("draft")
    topical.run("approve", "next")
    topical.set('categories = ["races"]', 'categories = ["races", "Diary"]')

    answer = topical.at(SUNDAY)("run")

    assert answer.code == 3
    assert "no longer reads as it did when it was approved" in answer.out
    assert not topical.recipients()


def test_an_issue_that_no_reader_wants_waits(topical: Newsletter) -> None:
    for reader in ("ann", "sue", "gus", "eve", "old"):
        topical.run("subscribers", "remove", f"{reader}@example.com")
    only(topical, SHOES)

    answer = topical.at(SUNDAY)("run")

    assert answer.code == 3
    assert "it holds no post of the topics that its readers chose" in answer.out
    topical.publish(RACE)
    topical.at("2026-10-11T20:00").run("run")
    assert topical.titles_in(topical.outbox()["rae@example.com"]) == ["Last at Lost Creek"]


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [
        ('[[topics]]\nname = "a, b"\ncategories = ["x"]', "readers could not choose"),
        ('[[topics]]\nname = "?!"\ncategories = ["x"]', "readers could not choose"),
        (
            (
                '[[topics]]\nname = "Race reports"\n[[topics]]\nname = "race-reports"\n'
                'categories = ["x"]'
            ),
            "have the same name",
        ),
        ('[[topics]]\nname = "A"\n[[topics]]\nname = "B"', "only one can stand for all other"),
        (
            '[[topics]]\nname = "A"\nfeeds = ["https://elsewhere.example/feed"]',
            "which no [[feeds]] reads",
        ),
        ('[[topics]]\nname = "A"\ncategory = ["x"]', "Did you mean `categories`?"),
    ],
)
def test_unusable_topics_are_refused(weekly: Newsletter, topics: str, sentence: str) -> None:
    weekly.set("[issue]\n", f"{topics}\n\n[issue]\n")

    answer = weekly("draft")

    assert answer.code == 2
    assert sentence in answer.err
