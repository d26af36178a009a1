"""The block of the author's next races, and subjects that do not repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.render import render
from newsletter.composer.subject_and_preheader import preheader_line, subject_line
from newsletter.errors import ComposeError
from newsletter.models import Edition, Post, Race
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

RACES = (
    Race(name="Ridge & <Run>", day=date(2026, 11, 30), place="Canmore", url="https://x.example/r"),
    Race(name="Lost Soul", day=date(2027, 9, 11), url="javascript:alert(1)"),
)


def edition(*races: Race) -> Edition:
    issue = replace(ISSUE, races=races)
    return render(
        issue, "north", LETTERHEAD, folders=template_folders("email", None), merge_key=MERGE_KEY
    )


def test_the_next_races_are_in_both_parts() -> None:
    result = edition(*RACES)
    assert ">Next races</h2>" in result.html
    assert 'href="https://x.example/r"' in result.html
    assert "Ridge &amp; &lt;Run&gt;" in result.html
    assert "javascript" not in result.html
    assert "Next races\n----------\n\nRidge & <Run>\nMonday, November 30, 2026 · Canmore" in (
        result.text
    )
    assert "Lost Soul\nSaturday, September 11, 2027" in result.text


def test_without_races_there_is_no_block() -> None:
    result = edition()
    assert "Next races" not in result.html
    assert "Next races" not in result.text


def posts(*titles: str) -> tuple[Post, ...]:
    return tuple(
        Post(feed="f", guid=str(n), url="", title=title, excerpt="Up the hill and down again.")
        for n, title in enumerate(titles)
    )


def subject(*titles: str, template: str = "", earlier: tuple[str, ...] = ()) -> str:
    return subject_line(
        posts(*titles),
        phrases=load_phrases("en"),
        template=template,
        season_word="fall",
        number=12,
        title="Mud Weekly",
        earlier=frozenset(earlier),
    )


def test_a_used_subject_is_replaced_by_another_post() -> None:
    assert subject("Hips", "Mud", earlier=("Hips, +1 more",)) == "Mud, +1 more"


def test_then_the_season_leads_and_finally_the_number() -> None:
    spoken = ["Weekly notes"]
    assert subject("Weekly notes", earlier=tuple(spoken)) == "Fall miles: Weekly notes"
    spoken.append("fall miles: weekly notes")
    assert subject("Weekly notes", earlier=tuple(spoken)) == "No. 12: Weekly notes"


def test_a_constant_subject_gets_the_number_appended() -> None:
    text = subject("Hips", template="Mud Weekly is here", earlier=("Mud Weekly is here",))
    assert text == "Mud Weekly is here, no. 12"
    long = "Mud Weekly is here with all the news of this week"
    cut = subject("Hips", template=long, earlier=(long,))
    assert subject("Hips", template=long, earlier=(long, cut)) == "No. 12: Hips"


@pytest.mark.parametrize("title", ["x" * 120, "Hips", "Wet shoes and where to put them " * 3])
def test_ten_years_of_one_title_give_no_subject_twice_and_none_too_long(title: str) -> None:
    spoken: set[str] = set()
    for number in range(1, 521):
        line = subject_line(
            posts(title),
            phrases=load_phrases("en"),
            template="",
            season_word="autumn",
            number=number,
            title="Mud",
            earlier=frozenset(spoken),
        )
        assert line not in spoken
        assert len(line) <= 50
        assert title[:12] in line[:33]
        spoken.add(line)


def test_the_preheader_follows_the_authors_template() -> None:
    line = preheader_line(
        posts("Hips", "Mud"),
        "Hips",
        phrases=load_phrases("en"),
        template="{{ season }} no. {{ number }}: {{ rest }}",
        season_word="fall",
        number=12,
    )
    assert line.startswith("fall no. 12: Also: Mud")
    assert 40 <= len(line) <= 90
    with pytest.raises(ComposeError, match=r"\[issue\] preheader"):
        preheader_line(posts("Hips"), "Hips", phrases=load_phrases("en"), template="{{ leed }}")
