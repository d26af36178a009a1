"""A run's figures, read only where they are unambiguous."""

from __future__ import annotations

import pytest

from newsletter.models import Facts
from newsletter.reader.clean.facts import facts_from_fields
from tests.reader.clean.conftest import Clean


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("10.2 km, 52:10", Facts(distance="10.2 km", time="52:10")),
        ("13.1 miles in 1:52:33", Facts(distance="13.1 miles", time="1:52:33")),
        ("8K | 41:05 | 5:08/km", Facts(distance="8K", time="41:05", pace="5:08/km")),
        ("Distance 5 mi – Time 45:00", Facts(distance="5 mi", time="45:00")),
        ("10,5 km (5:30 min/km)", Facts(distance="10,5 km", pace="5:30 min/km")),
    ],
)
def test_a_first_line_of_figures(clean: Clean, line: str, facts: Facts) -> None:
    assert clean(f"<p>{line}</p><p>Cold and bright.</p>").facts == facts


def test_lines_that_say_their_name(clean: Clean) -> None:
    cleaned = clean(
        "<p>A good day.</p><ul><li>Race: River Valley Half</li><li><b>Distance:</b> 21.1 km</li>"
        "<li>Finish time: 1:52:33 (a best!)</li><li>Pace: 5:20 per km</li>"
        "<li>Route: Emily Murphy Park and back</li></ul>"
    )
    assert cleaned.facts == Facts(
        race="River Valley Half",
        distance="21.1 km",
        time="1:52:33",
        pace="5:20 per km",
        route="Emily Murphy Park and back",
    )


@pytest.mark.parametrize(
    "text",
    [
        "I ran 10.2 km in 52:10 today.",
        "See you at 10:30",
        "Time: flies when you run.",
        "Race: I never liked the word.",
        "Distance: far",
        "We ran 3 miles",
    ],
)
def test_prose_is_not_taken_for_figures(clean: Clean, text: str) -> None:
    assert clean(f"<p>{text}</p>").facts is None


def test_named_values_of_a_feed_or_its_tags() -> None:
    fields = [("Distance", "10 km"), ("distance", "11 km"), ("mood", "good"), ("Time", "soon")]
    assert facts_from_fields(fields) == Facts(distance="10 km")
    assert facts_from_fields([("mood", "good")]) is None
