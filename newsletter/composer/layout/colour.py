"""Parse colours and compute their contrast ratio (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

#: Least contrast ratio of text.
READABLE = 4.5
#: Least contrast ratio of large text.
READABLE_LARGE = 3.0
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_NAMED = {"white": "#ffffff", "black": "#000000"}

#: Red, green and blue from 0 to 1.
Rgb = tuple[float, float, float]


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
