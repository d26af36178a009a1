"""Rules for the greetings that come with the program."""

from __future__ import annotations

import re

import pytest

from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.schema import PHASES
from newsletter.models import Hemisphere, SeasonName

TEMPERATE: tuple[SeasonName, ...] = ("spring", "summer", "fall", "winter")
TROPICAL: tuple[SeasonName, ...] = ("wet", "dry")
PLACES: list[tuple[Hemisphere, SeasonName]] = [
    *(("north", name) for name in TEMPERATE),
    *(("south", name) for name in TEMPERATE),
    *(("tropics", name) for name in TROPICAL),
]
WEATHER = re.compile(
    r"\b(?<!if )(it is|it's|it was|it's been|been) (so |very |really )?"
    r"(freezing|cold|chilly|hot|warm|raining|rainy|snowing|snowy|icy|sunny|windy|stormy)\b|"
    r"\b(snow|icy|heat ?wave|blizzard|frost|sleet)\b",
    re.IGNORECASE,
)
LECTURE = re.compile(r"\byou (should|must|ought|have to|need to)\b|\bdon't forget\b", re.IGNORECASE)


def test_nothing_is_wrong_with_them(shipped: IntroBook) -> None:
    assert shipped.problems == ()


def test_there_are_enough(shipped: IntroBook) -> None:
    assert len(shipped.intros) >= 160
    assert len({intro.text for intro in shipped.intros}) == len(shipped.intros)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("hemisphere", "season"), PLACES)
def test_every_phase_of_every_season_has_its_own(
    shipped: IntroBook, hemisphere: Hemisphere, season: SeasonName, phase: str
) -> None:
    own = [
        intro
        for intro in shipped.intros
        if season in intro.seasons
        and phase in intro.phases
        and (not intro.hemispheres or hemisphere in intro.hemispheres)
    ]
    assert len(own) >= 5


@pytest.mark.parametrize(("hemisphere", "season"), PLACES)
def test_every_season_has_an_opening(
    shipped: IntroBook, hemisphere: Hemisphere, season: SeasonName
) -> None:
    openings = [opening for opening in shipped.openings if season in opening.seasons]
    assert len(openings) == 1
    assert openings[0].text.startswith("Hello ")
    assert hemisphere in {"north", "south", "tropics"}


def test_each_first_greeting_starts_with_hello_and_no_other_does(shipped: IntroBook) -> None:
    for intro in shipped.intros:
        assert intro.text.startswith("$hello ") == (intro.phases == ("first",)), intro.id
        assert not intro.text.lower().startswith("hello"), intro.id


def test_they_are_short(shipped: IntroBook) -> None:
    lengths = sorted(len(intro.text.split()) for intro in shipped.intros)
    assert lengths[-1] <= 40
    assert lengths[len(lengths) // 2] <= 25


def test_they_know_nothing_of_the_weather_and_give_no_lectures(shipped: IntroBook) -> None:
    for intro in shipped.intros:
        assert not WEATHER.search(intro.text), intro.text
        assert not LECTURE.search(intro.text), intro.text


def test_a_season_is_named_only_by_its_own_greetings(shipped: IntroBook) -> None:
    neighbors = {
        "spring": {"spring", "summer"},
        "summer": {"summer"},
        "fall": {"summer", "winter", "spring"},
        "winter": {"winter", "spring"},
    }
    for intro in shipped.intros:
        named = set(re.findall(r"\b(spring|summer|winter|autumn|fall)\b", intro.text.lower()))
        if intro.id == "fall-first-bibs":  # "falls in love" names no season
            named.discard("fall")
        allowed = set[str]().union(*(neighbors.get(name, set()) for name in intro.seasons))
        assert named <= allowed, intro.text


def test_they_begin_in_many_ways(shipped: IntroBook) -> None:
    starts = [" ".join(i.text.removeprefix("$hello ").split()[:3]).lower() for i in shipped.intros]
    assert max(starts.count(start) for start in starts) <= 4


def test_no_greeting_names_a_month_or_a_country(shipped: IntroBook) -> None:
    months = re.compile(
        r"\b(January|February|March|April|June|July|August|September|October|November|"
        r"December|Christmas|Easter|Halloween|America|England|Australia|Canada)\b"
    )
    for intro in shipped.intros:
        assert not months.search(intro.text), intro.text
