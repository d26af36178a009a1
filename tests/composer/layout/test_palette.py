from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import asdict

import pytest

from newsletter.composer.layout.masthead import HEIGHT, WIDTH, ridge
from newsletter.composer.layout.palette import COLOURS, Palette
from newsletter.models import SeasonName

_PAIRS = (
    ("ink", "sheet"),
    ("soft", "sheet"),
    ("soft", "page"),
    ("accent", "sheet"),
    ("on_button", "button"),
    ("on_sky", "sky"),
    ("on_near", "near"),
)
_PALETTES = [
    pytest.param(getattr(colours, mode), id=f"{season}-{mode}")
    for season, colours in COLOURS.items()
    for mode in ("light", "dark")
]


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _upside_down(rgb: tuple[float, float, float]) -> tuple[float, float, float]:
    hue, lightness, saturation = rgb_to_hls(*rgb)
    return hls_to_rgb(hue, 1 - lightness, saturation)


def _luminance(rgb: tuple[float, float, float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: tuple[float, float, float], two: tuple[float, float, float]) -> float:
    dark, light = sorted((_luminance(one), _luminance(two)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", _PALETTES)
@pytest.mark.parametrize(("letters", "ground"), _PAIRS)
def test_text_is_readable_also_when_lightness_is_inverted(
    palette: Palette, letters: str, ground: str
) -> None:
    foreground, background = _rgb(getattr(palette, letters)), _rgb(getattr(palette, ground))
    assert _contrast(foreground, background) >= 4.5
    assert _contrast(_upside_down(foreground), _upside_down(background)) >= 4.5


@pytest.mark.parametrize("palette", _PALETTES)
def test_no_colour_is_pure_black_or_white(palette: Palette) -> None:
    assert not {"#000000", "#ffffff"} & set(asdict(palette).values())


def test_every_season_has_colours_of_its_own() -> None:
    assert len({colours.light.near for colours in COLOURS.values()}) == 6


@pytest.mark.parametrize("season", COLOURS)
def test_the_ridge_is_whole(season: SeasonName) -> None:
    columns = ridge(season)
    assert len(columns) == WIDTH
    assert {column.sky + column.far + column.near for column in columns} == {HEIGHT}
    assert all(min(column.sky, column.far, column.near) >= 2 for column in columns)
