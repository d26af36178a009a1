"""The colours of an edition: a palette for each season, light and dark, and the author's own.

Every pair of text and ground meets WCAG 2.2 AA (success criterion 1.4.3; a test checks it), also
after a mail program inverts the lightness of all colours. No pure black or white: dark modes
change those most. The author's colours replace a season's, and those with too little contrast are
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, replace
from functools import lru_cache

from newsletter.errors import SettingsError
from newsletter.models import SeasonName, Theme

#: Least contrast ratio of text.
READABLE = 4.5
#: Least contrast ratio of large text.
READABLE_LARGE = 3.0
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_NAMED = {"white": "#ffffff", "black": "#000000"}
#: Red, green and blue from 0 to 1.
Rgb = tuple[float, float, float]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as #rrggbb, named by where they are used.

    The page is behind the sheet. The masthead is a landscape: sky with a sun, a far ridge
    and a near hill, whose colour is also the ground of the greeting.
    """

    page: str
    sheet: str
    ink: str
    soft: str
    rule: str
    accent: str
    button: str
    on_button: str
    sky: str
    on_sky: str
    sun: str
    far: str
    near: str
    on_near: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The two palettes of a season."""

    light: Palette
    dark: Palette


# One line each for paper, text, button, sky and hills.
# fmt: off
COLOURS: dict[SeasonName, Colours] = {
    "spring": Colours(
        light=Palette(
            page="#eff0e3", sheet="#fdfcf5",
            ink="#273020", soft="#586049", rule="#cdd2b9", accent="#37691f",
            button="#3c6b24", on_button="#f8faef",
            sky="#fae4df", on_sky="#3a4620", sun="#ee9b85",
            far="#a3c077", near="#3b6429", on_near="#f4f8e6",
        ),
        dark=Palette(
            page="#141810", sheet="#1d2318",
            ink="#e6ebd9", soft="#a9b398", rule="#465039", accent="#b3da93",
            button="#b3da93", on_button="#182410",
            sky="#35262a", on_sky="#f0e3d6", sun="#efc3b0",
            far="#47683a", near="#2c4a22", on_near="#ebf4da",
        ),
    ),
    "summer": Colours(
        light=Palette(
            page="#f5f0dc", sheet="#fefcf3",
            ink="#23302c", soft="#54635b", rule="#d6d3b6", accent="#0e6660",
            button="#0f6b64", on_button="#effaf6",
            sky="#fdeab0", on_sky="#4b3a0c", sun="#f0a81e",
            far="#7fb79a", near="#175750", on_near="#eefaf3",
        ),
        dark=Palette(
            page="#101614", sheet="#18211e",
            ink="#e4ede6", soft="#a3b5ab", rule="#3f4f48", accent="#90d8c8",
            button="#90d8c8", on_button="#08231f",
            sky="#33321a", on_sky="#f6e9bd", sun="#f3d27a",
            far="#2f6d5d", near="#14463f", on_near="#e6f6ee",
        ),
    ),
    "fall": Colours(
        light=Palette(
            page="#f3ebdd", sheet="#fdf9f1",
            ink="#2e241b", soft="#6a5948", rule="#dccdb4", accent="#9a3f12",
            button="#a3440f", on_button="#fff6ea",
            sky="#f8dfb5", on_sky="#4d2410", sun="#e2711d",
            far="#d2934a", near="#6d3216", on_near="#fdf0dc",
        ),
        dark=Palette(
            page="#16110c", sheet="#211a13",
            ink="#f0e5d6", soft="#b9a58f", rule="#4e3f30", accent="#f0a366",
            button="#f0a366", on_button="#2b1606",
            sky="#3a2415", on_sky="#f7dcb6", sun="#f0c98a",
            far="#7d4a22", near="#4f2712", on_near="#fbead3",
        ),
    ),
    "winter": Colours(
        light=Palette(
            page="#e9eef2", sheet="#fafcfd",
            ink="#1f2b35", soft="#51616f", rule="#c6d2db", accent="#1c5a86",
            button="#1f5d89", on_button="#f3f9fd",
            sky="#d7e6f0", on_sky="#1b3a52", sun="#fdf6dc",
            far="#9dbbd0", near="#274a66", on_near="#eef6fb",
        ),
        dark=Palette(
            page="#0f1419", sheet="#182028",
            ink="#e2eaf0", soft="#a2b2bf", rule="#3e4d59", accent="#8fc6ee",
            button="#8fc6ee", on_button="#0e2233",
            sky="#1a2b3a", on_sky="#dcebf6", sun="#e9edf0",
            far="#3d5d77", near="#21405a", on_near="#e7f2fa",
        ),
    ),
    "wet": Colours(
        light=Palette(
            page="#e5eeeb", sheet="#f9fcfa",
            ink="#1b2c27", soft="#4b6259", rule="#bdd1c8", accent="#0f6350",
            button="#106653", on_button="#effaf5",
            sky="#cddedf", on_sky="#1a3f3d", sun="#eef3ea",
            far="#6fa692", near="#174a3d", on_near="#eaf7f0",
        ),
        dark=Palette(
            page="#0d1513", sheet="#15201c",
            ink="#dfebe5", soft="#9db3a9", rule="#384d45", accent="#8fd9bf",
            button="#8fd9bf", on_button="#06231a",
            sky="#1b2f30", on_sky="#d7ebe6", sun="#cfdcd6",
            far="#2d5f50", near="#133d32", on_near="#e1f4eb",
        ),
    ),
    "dry": Colours(
        light=Palette(
            page="#f4ecd9", sheet="#fdf9ef",
            ink="#30281a", soft="#665a42", rule="#dacdab", accent="#745607",
            button="#785908", on_button="#fff8e6",
            sky="#f5e4bb", on_sky="#4a3a0e", sun="#d9622b",
            far="#c9a85e", near="#655019", on_near="#fdf4dc",
        ),
        dark=Palette(
            page="#15120b", sheet="#201b11",
            ink="#eee5d2", soft="#baad8e", rule="#4d432c", accent="#e4c67f",
            button="#e4c67f", on_button="#241a04",
            sky="#352a14", on_sky="#f4e4bb", sun="#eeb07a",
            far="#735c26", near="#473810", on_near="#f7ecd0",
        ),
    ),
}
# fmt: on
# Where nothing changes, the year has the green of the rainy season.
COLOURS["year-round"] = COLOURS["wet"]


@lru_cache(maxsize=256)
def parse_colour(colour: str) -> Rgb | None:
    """Return the colour written as hex, `rgb()`, white or black; None for anything else."""
    text = _NAMED.get(colour.strip().lower(), colour.strip())
    if _HEX.fullmatch(text):
        digits = text[1:] if len(text) == len("#rrggbb") else "".join(c * 2 for c in text[1:])
        return _rgb(*(int(digits[place : place + 2], 16) for place in (0, 2, 4)))
    parts = _RGB.fullmatch(text)
    return _rgb(*(min(int(part), 255) for part in parts.groups())) if parts else None


def _rgb(red: int, green: int, blue: int) -> Rgb:
    return (red / 255, green / 255, blue / 255)


def invert_lightness(colour: Rgb) -> Rgb:
    """Return the colour with its HLS lightness inverted, as some dark modes do."""
    hue, lightness, saturation = rgb_to_hls(*colour)
    return hls_to_rgb(hue, 1 - lightness, saturation)


@lru_cache(maxsize=512)
def contrast(first: Rgb, second: Rgb) -> float:
    """Return the contrast ratio of two colours, from 1 (equal) to 21 (black on white)."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # WCAG's formula
        for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
        ink, paper = _rgb_of_hex(palette, text), _rgb_of_hex(palette, ground)
        for inverted, ratio in (
            (False, contrast(ink, paper)),
            (True, contrast(invert_lightness(ink), invert_lightness(paper))),
        ):
            if ratio < READABLE:
                yield text, ground, ratio, inverted


def _rgb_of_hex(palette: Palette, name: str) -> Rgb:
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
