"""Both hemispheres: the same posts, each reader's own season."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.end_to_end.newsletter import Newsletter, opening_of, text_of
from tests.end_to_end.posts import SUNDAY
from tests.support.feeds import Item


def test_on_one_day_the_north_is_greeted_in_fall_and_the_south_in_spring(
    weekly: Newsletter,
) -> None:
    weekly.at(SUNDAY).run("run")

    sent = weekly.outbox()
    assert "fall" in opening_of(text_of(sent["ann@example.com"]))
    assert "spring" in opening_of(text_of(sent["sue@example.com"]))
    for message in sent.values():
        assert weekly.titles_in(message) == ["Mud and more mud", "A new hill"]


def test_a_reader_without_a_hemisphere_gets_the_authors(begun: Newsletter) -> None:
    begun.set('hemisphere = "north"', 'hemisphere = "south"')
    begun.set('approval = "required"', 'approval = "auto"')
    begun.subscribe("reader@example.com")
    begun.publish(Item(number=40, title="Up the hill", day=dt.date(2026, 10, 8)))
    begun.at(SUNDAY).run("run")

    assert "spring" in opening_of(text_of(begun.outbox()["reader@example.com"]))


def test_the_second_issue_of_a_season_does_not_say_hello_again(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(Item(number=41, title="A week on", day=dt.date(2026, 10, 14)))
    weekly.at("2026-10-18T07:00").run("run")

    first, second = weekly.outbox(1), weekly.outbox(2)
    for reader in ("ann@example.com", "sue@example.com"):
        openings = [text_of(sent[reader]).partition("\n\n")[0] for sent in (first, second)]
        assert openings[0] != openings[1]
    year = weekly.run("intros", "--year", "2026", "--json").json["weeks"]
    assert [bool(week["parts"]["hello"]) for week in year[:2]] == [True, False]


@pytest.mark.parametrize("hemisphere", ["south", "tropics"])
def test_the_draft_names_the_editions_its_readers_need(begun: Newsletter, hemisphere: str) -> None:
    begun.run("subscribers", "add", "far@example.com", "--hemisphere", hemisphere)
    begun.publish(Item(number=42, title="Far away", day=dt.date(2026, 10, 8)))
    begun.at("2026-10-09T12:00").run("collect")

    assert begun.run("draft", "--json").json["editions"] == ["north", hemisphere]
