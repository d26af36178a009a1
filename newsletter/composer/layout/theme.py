"""The author's own colours over the season's, refused where they cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from newsletter.composer.layout.colour import (
    READABLE,
    Rgb,
    contrast,
    invert_lightness,
    parse_colour,
)
from newsletter.composer.layout.palette import COLOURS, Colours, Palette
from newsletter.errors import SettingsError
from newsletter.models import SeasonName, Theme

TEXT_FONT = "Georgia, Cambria, 'Times New Roman', serif"
# What is written on what.
PAIRS = (
    ("ink", "sheet"),
    ("soft", "sheet"),
    ("soft", "page"),
    ("accent", "sheet"),
    ("on_button", "button"),
    ("on_sky", "sky"),
    ("on_near", "near"),
)


@lru_cache(maxsize=32)
def theme_colours(season: SeasonName, theme: Theme) -> Colours:
    """The season's colours with the author's own in their places."""
    own = COLOURS[season]
    return Colours(
        light=replace(own.light, **dict(theme.light)), dark=replace(own.dark, **dict(theme.dark))
    )


def check_theme(theme: Theme) -> None:
    """Raises SettingsError for colours on which something cannot be read.

    In every season, by light and dark, and where a mail program turns lightness over,
    letters need a contrast of 4.5 to their ground (WCAG 2.2, 1.4.3).
    """
    for season in COLOURS:
        colours = theme_colours(season, theme)
        for mode, palette, own in (
            ("light", colours.light, dict(theme.light)),
            ("dark", colours.dark, dict(theme.dark)),
        ):
            for letters, ground, ratio, turned in _weak(palette):
                if letters in own or ground in own:
                    raise _unreadable(mode, palette, letters, ground, ratio, season, turned=turned)


def _weak(palette: Palette) -> Iterator[tuple[str, str, float, bool]]:
    for letters, ground in PAIRS:
        one, two = _rgb(palette, letters), _rgb(palette, ground)
        for turned, ratio in (
            (False, contrast(one, two)),
            (True, contrast(invert_lightness(one), invert_lightness(two))),
        ):
            if ratio < READABLE:
                yield letters, ground, ratio, turned


def _rgb(palette: Palette, name: str) -> Rgb:
    found = parse_colour(getattr(palette, name))
    if found is None:
        raise SettingsError(
            f"[theme] {name} is {getattr(palette, name)!r}, which is no colour.",
            cure='Write it as "#9a3f12".',
        )
    return found


def _unreadable(
    mode: str,
    palette: Palette,
    letters: str,
    ground: str,
    ratio: float,
    season: SeasonName,
    *,
    turned: bool,
) -> SettingsError:
    where = " where a mail program turns the colours over" if turned else ""
    return SettingsError(
        f"[theme.{mode}] cannot be read: {letters} ({getattr(palette, letters)}) on {ground} "
        f"({getattr(palette, ground)}, in {season}) has a contrast of {ratio:.1f}{where}; "
        f"{READABLE} is needed.",
        cure=f"Make {letters} differ more from {ground} in lightness, or set both.",
    )
