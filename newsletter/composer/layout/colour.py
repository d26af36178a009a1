"""Colours and how well one is read on another (WCAG 2.2, 1.4.3 and its definitions)."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

READABLE = 4.5
READABLE_LARGE = 3.0
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_NAMED = {"white": "#ffffff", "black": "#000000"}

Rgb = tuple[float, float, float]


@lru_cache(maxsize=256)
def parse_colour(colour: str) -> Rgb | None:
    """Red, green and blue from 0 to 1; None for what is no plain colour."""
    text = _NAMED.get(colour.strip().lower(), colour.strip())
    if _HEX.fullmatch(text):
        digits = text[1:] if len(text) == len("#rrggbb") else "".join(c * 2 for c in text[1:])
        return _rgb(*(int(digits[place : place + 2], 16) for place in (0, 2, 4)))
    found = _RGB.fullmatch(text)
    return _rgb(*(min(int(part), 255) for part in found.groups())) if found else None


def _rgb(red: int, green: int, blue: int) -> Rgb:
    return (red / 255, green / 255, blue / 255)


def invert_lightness(colour: Rgb) -> Rgb:
    """The colour with its lightness upside down, as some mail programs' dark modes do."""
    hue, lightness, saturation = rgb_to_hls(*colour)
    return hls_to_rgb(hue, 1 - lightness, saturation)


@lru_cache(maxsize=512)
def contrast(one: Rgb, two: Rgb) -> float:
    """The contrast ratio of two colours, from 1 (the same) to 21 (black and white)."""
    dark, light = sorted((_luminance(one), _luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # WCAG's formula
        for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
