"""The greetings that ship with the program keep their manners."""

from __future__ import annotations

import re

import pytest
import rtoml

from newsletter import resources
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.manners import figures_of, find_faults
from newsletter.models import SeasonName

REGIONS = {"CA", "GB", "IE", "AU", "NZ", "ZA", "other"}


def test_no_part_breaks_a_rule(with_weather: IntroBook) -> None:
    assert [str(fault) for fault in find_faults(with_weather)] == []


def test_the_pool_as_a_whole_has_manners(with_weather: IntroBook) -> None:
    assert figures_of(with_weather).faults() == ()


@pytest.mark.parametrize("season", ["spring", "summer", "fall", "winter", "wet", "dry"])
def test_every_season_has_hellos_enough_for_years(shipped: IntroBook, season: SeasonName) -> None:
    assert sum(season in hello.seasons for hello in shipped.hellos) >= 8


@pytest.mark.parametrize(
    ("kind", "least"),
    [("race", 8), ("run", 6), ("injury", 8), ("comments", 6), ("one", 5), ("several", 5)],
)
def test_there_are_bridges_for_every_kind_of_post(
    shipped: IntroBook, kind: str, least: int
) -> None:
    assert sum(kind in bridge.posts for bridge in shipped.bridges) >= least


def test_every_occasion_has_words(with_weather: IntroBook) -> None:
    spoken = {
        name for part in (*with_weather.openers, *with_weather.intros) for name in part.occasions
    }
    silent = [o.id for o in with_weather.occasions if not {o.id, o.kind} & spoken]
    assert silent == []


def test_every_word_that_is_spelled_otherwise_names_who_does() -> None:
    path = resources.templates() / "intros" / "words" / "english.toml"
    words = rtoml.loads(path.read_text("utf-8"))
    for word, variants in words.items():
        assert word == word.lower()
        assert variants
        assert set(variants) <= REGIONS
        assert all(re.fullmatch(r"[\w' -]+", variant) for variant in variants.values())
