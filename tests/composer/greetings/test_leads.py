"""A bridge states only what the fields of a post hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.picks import find_leads
from newsletter.models import Facts, Post, SafeHtml
from tests.composer.greetings.opening import opens

PLAIN = Post(feed="f", guid="g", url="https://example.com/p", title="A quiet week", id=7)


@pytest.mark.parametrize(
    ("post", "kind", "values"),
    [
        (replace(PLAIN, title="Race report: Lakeside 10K"), "race", {}),
        (
            replace(PLAIN, facts=Facts(race="Lakeside Marathon", distance="42.2 km", time="3:58")),
            "race",
            {"race": "Lakeside Marathon", "distance": "42.2 km", "time": "3:58"},
        ),
        (replace(PLAIN, facts=Facts(distance="12 km")), "run", {"distance": "12 km"}),
        (replace(PLAIN, title="IT Band Pain: Strengthening > Stretching"), "injury",
         {"injury": "IT band"}),
        (replace(PLAIN, title="A sore Achilles, again"), "injury", {"injury": "Achilles"}),
        (replace(PLAIN, categories=("Injuries",)), "injury", {}),
        (replace(PLAIN, comment_count=14), "comments", {"comments": "14 comments"}),
        (replace(PLAIN, html=SafeHtml("<img><img><img>")), "pictures", {}),
        (replace(PLAIN, categories=("Training",)), "category", {"category": "Training"}),
        (PLAIN, "one", {}),
    ],
)  # fmt: skip
def test_a_post_gives_a_lead_by_its_fields(post: Post, kind: str, values: dict[str, str]) -> None:
    lead = find_leads((post,))[0]
    assert lead.kind == kind
    assert lead.posts == (7,)
    assert values.items() <= lead.values.items()


@pytest.mark.parametrize(
    "title", ["Knee-deep in snow", "A band of IT people runs", "Training for a marathon one day"]
)
def test_a_title_that_only_sounds_like_it_gives_none(title: str) -> None:
    kinds = {lead.kind for lead in find_leads((replace(PLAIN, title=title),))}
    assert kinds == {"one"}


def test_long_titles_are_not_quoted() -> None:
    long = replace(PLAIN, title="One two three four five six seven eight nine", comment_count=9)
    assert "title" not in find_leads((long,))[0].values


def test_the_greeting_leads_into_the_race_report_with_its_figures(shipped: IntroBook) -> None:
    facts = Facts(race="Lakeside Marathon", distance="42.2 km", time="3:58")
    post = replace(PLAIN, title="I did it", facts=facts)
    texts = set()
    for n in range(40):
        greeting = opens(shipped, date(2027, 7, 18), key=f"lot {n}", posts=(post,))
        bridge = greeting.part("bridge")
        if bridge is not None:
            texts.add(bridge.text)
            assert greeting.bridge_posts == (7,)
            assert bridge.text not in greeting.without_bridge().text
    assert any("42.2 km" in text and "3:58" in text for text in texts)


def test_without_a_post_there_is_no_bridge(shipped: IntroBook) -> None:
    for n in range(40):
        assert opens(shipped, date(2027, 7, 18), key=f"lot {n}").part("bridge") is None
