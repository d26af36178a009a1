"""A picture made small enough for mail: as wide as any screen shows it, and light.

What a camera writes beside the picture (the place, the time, the owner) is left behind.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

WIDEST = 1200
MOST_BYTES = 200 * 1024
MOST_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_WIDTHS = (WIDEST, 1000, 800, 600)
_QUALITIES = (84, 76, 68, 58, 46)
# What Pillow raises for files that are broken, cut short or made to do harm.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizedImage:
    """A file of at most MOST_BYTES; `extension` is jpg or png, sizes are in its pixels."""

    body: bytes
    extension: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotResized:
    """A picture that is shown from where it is, and why in words."""

    reason: str


def resize_image(body: bytes) -> ResizedImage | NotResized:
    """The picture in `body` for a message. Never raises for what a server may send.

    A moving one is left alone: still, it could lose its point. One with see-through parts
    stays a PNG where that is small enough, else it gets a white ground.
    """
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(body), formats=_FORMATS) as opened:
            warnings.simplefilter("ignore")
            if getattr(opened, "is_animated", False):
                return NotResized(reason="It moves, so it is left as it is.")
            if opened.width * opened.height > MOST_PIXELS:
                return NotResized(reason="It has more pixels than can be worked on.")
            # JPEG decodes at a fraction of its size where that is enough; others ignore it.
            opened.draft("RGB", (2 * WIDEST, 2 * WIDEST))
            upright = ImageOps.exif_transpose(opened)
            return _smallest(_plain(upright))
    except _BROKEN:
        return NotResized(reason="It is no picture that can be read.")


def _plain(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("RGB")


def _smallest(picture: Image.Image) -> ResizedImage | NotResized:
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        small = _scaled(picture, WIDEST)
        body = _written(small, "PNG", optimize=True)
        if len(body) <= MOST_BYTES:
            return ResizedImage(body=body, extension="png", width=small.width, height=small.height)
    flat = _on_white(picture)
    for width in _WIDTHS:
        small = _scaled(flat, width)
        for quality in _QUALITIES:
            body = _written(small, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(body) <= MOST_BYTES:
                return ResizedImage(
                    body=body, extension="jpg", width=small.width, height=small.height
                )
    return NotResized(reason="It cannot be made light enough.")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, "#ffffff")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _written(picture: Image.Image, form: str, **how: object) -> bytes:
    file = BytesIO()
    # A new picture: what the old one carried along (EXIF, XMP, comments) is not written.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    bare.save(file, form, **how)
    return file.getvalue()
