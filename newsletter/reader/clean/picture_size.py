"""Read the size at which a page shows a picture. A size that is not stated is not guessed.

A style wins over the attributes, as in a browser. A size at the end of a file's name
(-1024x768) counts where it looks like that of a WordPress copy, which has at least 100 pixels
in each direction: -12x400 names a workout.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAMED_SIZE = re.compile(r"-(\d{2,4})x(\d{2,4})\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_SMALLEST_COPY = 100
_FLATTEST_COPY = 4
_LENGTH = re.compile(r"(\d{0,5}(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_STYLE = re.compile(r"(?:^|[;\s])(max-)?(width|height)\s*:\s*([^;!]{1,30})", re.IGNORECASE)
# CSS pixels in the units of CSS (CSS Values 4, 6), with the browsers' 16 pixels for a font.
_PIXELS = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "lh": 19.0, "rlh": 19.0,
}  # fmt: skip
_LARGEST = 99_999


@dataclass(frozen=True, slots=True)
class StatedSize:
    """What an <img> says of its size, in CSS pixels; None where it says nothing."""

    width: int | None = None
    height: int | None = None
    #: The picture is no larger than this.
    max_width: int | None = None
    max_height: int | None = None

    def is_at_most(self, pixels: int) -> bool:
        """Whether the picture is known to have at most `pixels` in each direction it names."""
        named = [size for size in (self.width, self.height) if size is not None]
        return bool(named) and max(named) <= pixels

    @property
    def is_hidden(self) -> bool:
        return 0 in {self.width, self.height, self.max_width, self.max_height}

    def fit(self) -> tuple[int, int]:
        """Return the width and height as shown, each 0 if unknown."""
        width, height = self.width or 0, self.height or 0
        for limit, value in ((self.max_width, width), (self.max_height, height)):
            if limit and value > limit:
                width, height = round(width * limit / value), round(height * limit / value)
        if not width and not height:
            # Smaller than its limit, it would not be enlarged; it is not known to be smaller.
            width, height = (
                (self.max_width or 0, 0) if self.max_width else (0, self.max_height or 0)
            )
        return width, height


def stated_size(attributes: Mapping[str, str | None]) -> StatedSize:
    """Return the size that the attributes and the style of an <img> state."""
    size = {name: _length(attributes.get(name)) for name in ("width", "height")}
    style = attributes.get("style")
    limits: dict[str, int | None] = {}
    for most, name, value in _STYLE.findall(style[:2000]) if style else ():
        pixels = _length(value)
        if most:
            limits[name.lower()] = pixels
        elif pixels is not None or not size[name.lower()]:
            # Beside "auto" and "100%" the attributes still tell the proportions.
            size[name.lower()] = pixels
    return StatedSize(
        width=size["width"],
        height=size["height"],
        max_width=limits.get("width"),
        max_height=limits.get("height"),
    )


def size_in_name(url: str) -> tuple[int, int] | None:
    """Return the width and height that WordPress wrote into the name of a resized copy."""
    named = _NAMED_SIZE.search(url.split("?", 1)[0])
    if not named:
        return None
    width, height = int(named[1]), int(named[2])
    is_copy = min(width, height) >= _SMALLEST_COPY
    is_flat = max(width, height) > _FLATTEST_COPY * min(width, height)
    return (width, height) if is_copy and not is_flat else None


def _length(value: str | None) -> int | None:
    """Return a length in pixels. A share of another length (%, vw, auto) is unknown."""
    match = _LENGTH.fullmatch(value.strip()) if value else None
    factor = _PIXELS.get(match[2].lower()) if match else None
    if match is None or factor is None or not match[1].strip("."):
        return None
    pixels = float(match[1]) * factor
    # Half a pixel is shown as one.
    return min(max(round(pixels), 1) if pixels else 0, _LARGEST)
