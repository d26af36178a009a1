from __future__ import annotations

import pytest

from subscribers.transfer.rows import hemisphere_of_place


@pytest.mark.parametrize(
    ("latitude", "zone", "country", "hemisphere"),
    [
        ("-37.8136", "", "", "south"),
        ("51.5", "Australia/Sydney", "AU", "north"),
        ("1.29", "", "", "tropics"),
        ("0", "Australia/Sydney", "", "south"),
        ("", "america/edmonton", "", "north"),
        ("", "", "AU", "south"),
        ("", "", "nz", "south"),
        ("", "", "US", "north"),
        ("", "", "KE", "tropics"),
        ("", "", "", ""),
        ("here", "Moon/Base", "XX", ""),
    ],
)
def test_a_place_tells_the_hemisphere(
    latitude: str, zone: str, country: str, hemisphere: str
) -> None:
    assert hemisphere_of_place(latitude, zone, country) == hemisphere
