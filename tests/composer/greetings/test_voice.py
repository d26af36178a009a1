"""Two years in a few places: the small form of `make voice`."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from newsletter.composer.greetings.book import IntroBook
from tests.voice.places import PLACE_OF
from tests.voice.play import fitting_thoughts, judge, play, with_author_dates

PLAYS = [("Melbourne", 3), ("Singapore", 0), ("London", 5)]


@pytest.mark.parametrize(("name", "weekday"), PLAYS)
def test_two_years_repeat_no_thought_no_opener_and_no_shape(
    with_weather: IntroBook, name: str, weekday: int
) -> None:
    place = PLACE_OF[name]
    first = date(2027, 1, 3) + timedelta(days=weekday)
    played = play(with_weather, place, first, 104, pauses=(40,))
    verdict = judge(with_weather, place, played)
    assert verdict.faults == []
    assert verdict.dated >= 0.4 * verdict.issues


def test_an_author_with_many_dates_is_not_repeated_either(with_weather: IntroBook) -> None:
    book = with_author_dates(with_weather, 2027, 2)
    place = PLACE_OF["Edmonton"]
    assert judge(book, place, play(book, place, date(2027, 1, 3), 104)).faults == []


@pytest.mark.parametrize("name", sorted(PLACE_OF))
def test_twelve_thoughts_fit_every_week_in_every_climate(
    with_weather: IntroBook, name: str
) -> None:
    days = (date(2027, 1, 3) + timedelta(weeks=n) for n in range(52))
    fewest = fitting_thoughts(with_weather, PLACE_OF[name], days).fewest_fitting
    assert fewest[0] >= 12, fewest[1]
