"""What is known of a place by its time zone."""

from __future__ import annotations

import pytest

from newsletter.config.places import (
    Weather,
    climate_of,
    coordinates_of,
    english_of,
    hemisphere_of_zone,
    local_language,
    weather_months,
    wet_months_of,
)
from newsletter.models import Hemisphere


@pytest.mark.parametrize(
    ("zone", "wet", "dry"),
    [
        ("Asia/Manila", {7, 8}, {1, 3}),
        ("Asia/Bangkok", {6, 9}, {1, 12}),
        ("Asia/Kolkata", {7, 8}, {1, 4}),
        ("Africa/Lagos", {5, 9}, {1, 12}),
        ("America/Mexico_City", {7, 8}, {1, 3}),
        ("Africa/Nairobi", {4, 11}, {1, 8}),
        ("Australia/Darwin", {1, 12}, {7, 8}),
        ("Pacific/Honolulu", {1, 12}, {6, 7}),
    ],
)
def test_the_rainy_months_are_those_of_the_place(zone: str, wet: set[int], dry: set[int]) -> None:
    assert hemisphere_of_zone(zone) == "tropics"
    months = set(wet_months_of(zone))
    assert wet <= months
    assert not dry & months


@pytest.mark.parametrize("zone", ["Asia/Singapore", "Asia/Kuala_Lumpur", "America/Lima"])
def test_some_places_have_no_seasons(zone: str) -> None:
    assert wet_months_of(zone) == ()


@pytest.mark.parametrize(
    ("zone", "language"),
    [
        ("America/Edmonton", "en-CA"),
        ("America/Phoenix", "en-US"),
        ("Europe/London", "en-GB"),
        ("Europe/Dublin", "en-IE"),
        ("Australia/Melbourne", "en-AU"),
        ("Pacific/Auckland", "en-NZ"),
        ("Africa/Johannesburg", "en-ZA"),
        ("Asia/Singapore", "en-SG"),
        ("Europe/Berlin", "en"),
        ("UTC", "en"),
    ],
)
def test_a_zone_has_its_english(zone: str, language: str) -> None:
    assert english_of(zone) == language


@pytest.mark.parametrize(
    ("zone", "climate"),
    [
        ("America/Edmonton", "cold"),
        ("Europe/Oslo", "cold"),
        ("America/New_York", "temperate"),
        ("Asia/Tokyo", "temperate"),
        ("Europe/London", "mild"),
        ("Australia/Melbourne", "mild"),
        ("America/Phoenix", "hot"),
        ("Asia/Singapore", "tropical"),
    ],
)
def test_a_zone_has_its_climate(zone: str, climate: str) -> None:
    assert climate_of(zone) == climate


@pytest.mark.parametrize(
    ("zone", "side", "weather", "month", "claimed"),
    [
        ("America/Edmonton", "north", "blossom", 3, False),
        ("America/Edmonton", "north", "blossom", 5, True),
        ("America/Edmonton", "north", "snow", 1, True),
        ("America/New_York", "north", "heat", 7, True),
        ("America/New_York", "north", "cold", 9, False),
        ("Europe/London", "north", "heat", 7, False),
        ("Australia/Melbourne", "south", "cold", 7, True),
        ("Australia/Melbourne", "south", "leaves", 4, True),
        ("Australia/Melbourne", "south", "blossom", 10, True),
        ("America/Phoenix", "north", "cold", 1, False),
        ("America/Phoenix", "north", "heat", 8, True),
        ("Asia/Singapore", "tropics", "snow", 1, False),
        ("Asia/Singapore", "tropics", "heat", 1, True),
    ],
)
def test_weather_is_claimed_only_where_its_month_has_it(
    zone: str, side: Hemisphere, weather: Weather, month: int, claimed: bool
) -> None:
    months = weather_months(climate_of(zone), weather, side, wet_months_of(zone))
    assert (month in months) == claimed


def test_the_coordinates_are_those_of_the_main_city() -> None:
    point = coordinates_of("Australia/Melbourne")
    assert point is not None
    assert (round(point[0], 1), round(point[1], 1)) == (-37.8, 145.0)
    assert coordinates_of("UTC") is None


@pytest.mark.parametrize(
    ("tag", "zone", "language"),
    [
        ("en", "America/Edmonton", "en-CA"),
        ("en-US", "Europe/London", "en-GB"),
        ("en-US", "Europe/Berlin", "en-US"),
        ("de-DE", "America/Edmonton", "de-DE"),
    ],
)
def test_a_blog_in_english_is_spelled_as_at_home(tag: str, zone: str, language: str) -> None:
    assert local_language(tag, zone) == language
