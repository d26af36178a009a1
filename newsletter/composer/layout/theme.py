"""Apply the author's colours to a season's, and refuse those with too little contrast."""

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
#: Text colours with the ground each is used on.
_PAIRS = (
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
    """Return the season's colours with those of `theme` in their place."""
    shipped = COLOURS[season]
    return Colours(
        light=replace(shipped.light, **dict(theme.light)),
        dark=replace(shipped.dark, **dict(theme.dark)),
    )


def check_theme(theme: Theme) -> None:
    """Raise SettingsError if `theme` makes text unreadable.

    Text needs a contrast ratio of 4.5 (WCAG 2.2, 1.4.3) in every season, in light and dark
    mode, and also if a mail program inverts the lightness of all colours.
    """
    for season in COLOURS:
        colours = theme_colours(season, theme)
        for mode, palette, own in (
            ("light", colours.light, dict(theme.light)),
            ("dark", colours.dark, dict(theme.dark)),
        ):
            for text, ground, ratio, inverted in _weak_pairs(palette):
                if text in own or ground in own:
                    raise _unreadable(mode, palette, text, ground, ratio, season, inverted=inverted)


def _weak_pairs(palette: Palette) -> Iterator[tuple[str, str, float, bool]]:
    """Yield the pairs below READABLE, with their ratio and whether they are inverted."""
    for text, ground in _PAIRS:
        ink, paper = _rgb(palette, text), _rgb(palette, ground)
        for inverted, ratio in (
            (False, contrast(ink, paper)),
            (True, contrast(invert_lightness(ink), invert_lightness(paper))),
        ):
            if ratio < READABLE:
                yield text, ground, ratio, inverted


def _rgb(palette: Palette, name: str) -> Rgb:
    colour = parse_colour(getattr(palette, name))
    if colour is None:
        raise SettingsError(
            f"[theme] {name} is {getattr(palette, name)!r}, which is not a colour.",
            cure='Write it as "#9a3f12".',
        )
    return colour


def _unreadable(
    mode: str,
    palette: Palette,
    text: str,
    ground: str,
    ratio: float,
    season: SeasonName,
    *,
    inverted: bool,
) -> SettingsError:
    where = " where a mail program turns the colours over" if inverted else ""
    return SettingsError(
        f"[theme.{mode}] cannot be read: {text} ({getattr(palette, text)}) on {ground} "
        f"({getattr(palette, ground)}, in {season}) has a contrast of {ratio:.1f}{where}; "
        f"{READABLE} is needed.",
        cure=f"Make {text} differ more from {ground} in lightness, or set both.",
    )
