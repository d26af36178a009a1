"""The author's own first days of the seasons."""

from __future__ import annotations

from datetime import date

import pytest

from newsletter.composer.seasons import calendar_of, season_name
from newsletter.config.rules import check_settings
from newsletter.config.season_dates import first_days
from newsletter.config.settings import FeedSettings, NewsletterSettings, SeasonDates, Settings
from newsletter.errors import SettingsError
from newsletter.models import Hemisphere


def settings(seasons: SeasonDates, hemisphere: Hemisphere = "north") -> NewsletterSettings:
    return NewsletterSettings(
        title="T", from_="a@b.example", hemisphere=hemisphere, seasons=seasons
    )


def test_a_season_begins_on_the_authors_day_and_the_others_with_their_month() -> None:
    own = settings(SeasonDates(fall="22 September"))
    assert first_days(own) == ((3, 1), (6, 1), (9, 22), (12, 1))
    calendar = calendar_of(own)
    assert season_name(date(2027, 9, 21), "north", calendar=calendar) == "summer"
    assert season_name(date(2027, 9, 22), "north", calendar=calendar) == "fall"


def test_in_the_south_the_dates_are_those_of_the_south() -> None:
    own = settings(SeasonDates(spring="09-23", fall="21 March"), "south")
    calendar = calendar_of(own)
    assert season_name(date(2027, 9, 22), "south", calendar=calendar) == "winter"
    assert season_name(date(2027, 9, 23), "south", calendar=calendar) == "spring"
    assert season_name(date(2027, 3, 21), "south", calendar=calendar) == "fall"
    assert season_name(date(2027, 3, 20), "north", calendar=calendar) == "winter"


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (SeasonDates(fall="31 September"), "no day of the year"),
        (SeasonDates(fall="soon"), "no day of the year"),
        (SeasonDates(fall="1 May"), "not in the order of the year"),
    ],
)
def test_dates_that_cannot_be_are_refused(dates: SeasonDates, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        first_days(settings(dates))


@pytest.mark.parametrize("location", [(91.0, 0.0), (0.0, 181.0)])
def test_a_place_that_is_nowhere_on_earth_is_refused(location: tuple[float, float]) -> None:
    own = NewsletterSettings(title="T", from_="a@b.example", location=location)
    feeds = (FeedSettings(url="https://trails.example/feed"),)
    with pytest.raises(SettingsError, match="nowhere on earth"):
        check_settings(Settings(newsletter=own, feeds=feeds))
