"""The page of the greetings: a year, the author's own, what came when."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issues
from newsletter.editorial.greeting_year import greetings_of_year
from newsletter.pipeline.send import send
from tests.support.visitor import Visitor


def test_the_year_is_the_one_that_the_command_prints(context: Context, author: Visitor) -> None:
    draft_issues(context)
    words = author.get("/greetings/").words
    for week in greetings_of_year(context).weeks:
        assert " ".join(week.greeting.text.split()) in words
        assert week.greeting.reason in words
    assert "Sunday, 22 November 2026" in words


def test_another_year_and_hemisphere_are_a_link_away(context: Context, author: Visitor) -> None:
    words = author.get("/greetings/?year=2027&hemisphere=south").words
    assert "Greetings of 2027" in words
    first = greetings_of_year(context, 2027, "south").weeks[0]
    assert " ".join(first.greeting.text.split()) in words
    assert "Greetings of 2026" in author.get("/greetings/?year=x&hemisphere=moon").words


def test_a_year_too_far_ahead_ends_in_a_sentence(author: Visitor) -> None:
    page = author.get("/greetings/?year=9000")
    assert page.status == 400
    assert "9000 is too far ahead to say." in page.words


def test_what_was_sent_is_marked_and_remembered(context: Context, author: Visitor) -> None:
    draft_issues(context)
    approve(context, "next")
    send(context, "next")
    words = author.get("/greetings/").words
    assert "Sent in issue 1" in words
    greeting = greetings_of_year(context).weeks[0].greeting
    for _, part_id in greeting.used_parts():
        assert f"{part_id} 1" in words


def test_the_author_s_own_file_stands_with_its_findings(context: Context, author: Visitor) -> None:
    assert "There are none yet." in author.get("/greetings/").words
    folder = context.folder / "intros"
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(
        '[[thought]]\nid = "my-dog"\ntext = "<b>My dog</b> runs with me."\nseson = "fall"\n',
        "utf-8",
    )
    page = author.get("/greetings/")
    assert "intros/mine.toml Line" in page.words
    assert "seson" in page.words
    assert "&lt;b&gt;My dog" in page.text
