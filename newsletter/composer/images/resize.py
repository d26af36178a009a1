"""Make a copy of a picture for mail: no wider than a screen shows, and small in bytes.

The copy has no metadata, so a photo does not reveal where it was taken.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from newsletter.composer.images import MAX_IMAGE_BYTES

MAX_WIDTH = 1200
MAX_PIXELS = 50_000_000
# After a JPEG was decoded at a fraction of its size. Each of these takes four bytes.
MAX_DECODED_PIXELS = 25_000_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_WIDTHS = (MAX_WIDTH, 1000, 800, 600)
_QUALITIES = (84, 76, 68, 58, 46)
# The errors that Pillow raises for files that are broken, truncated or malicious.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResizedImage:
    """A picture of at most MAX_IMAGE_BYTES."""

    body: bytes
    #: jpg or png.
    extension: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotResized:
    """The reason why there is no copy. The message then shows the original."""

    #: A sentence for the author.
    reason: str


def resize_image(body: bytes) -> ResizedImage | NotResized:
    """Return a copy of the picture in `body`. Never raises, whatever a server sends.

    An animated picture is not resized, because a still of it could be meaningless. One with
    transparent parts stays a PNG if that is small enough; otherwise it gets a white ground.
    """
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(body), formats=_FORMATS) as opened:
            warnings.simplefilter("ignore")
            if getattr(opened, "is_animated", False):
                return NotResized(reason="It moves, so it is left as it is.")
            if opened.width * opened.height > MAX_PIXELS:
                return NotResized(reason="It has more pixels than can be worked on.")
            # JPEG can decode at a fraction of its size, which is faster; others ignore it.
            opened.draft("RGB", (2 * MAX_WIDTH, 2 * MAX_WIDTH))
            if opened.width * opened.height > MAX_DECODED_PIXELS:
                return NotResized(reason="It has more pixels than can be worked on.")
            upright = ImageOps.exif_transpose(opened)
            return _compress(_normalise_mode(upright))
    except _BROKEN:
        return NotResized(reason="It is not a picture that can be read.")


def _normalise_mode(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("RGB")


def _compress(picture: Image.Image) -> ResizedImage | NotResized:
    picture = _scale(picture, MAX_WIDTH)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        body = _encode(picture, "PNG", optimize=True)
        if len(body) <= MAX_IMAGE_BYTES:
            return ResizedImage(
                body=body, extension="png", width=picture.width, height=picture.height
            )
    flat = _flatten(picture)
    for width in dict.fromkeys(min(width, flat.width) for width in _WIDTHS):
        small = _scale(flat, width)
        for quality in _QUALITIES:
            body = _encode(small, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(body) <= MAX_IMAGE_BYTES:
                return ResizedImage(
                    body=body, extension="jpg", width=small.width, height=small.height
                )
    return NotResized(reason="It cannot be made light enough.")


def _flatten(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, "#ffffff")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _scale(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encode(picture: Image.Image, format_name: str, **options: object) -> bytes:
    file = BytesIO()
    # Pasting into a new picture drops the metadata of the old one: EXIF, XMP, comments.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    bare.save(file, format_name, **options)
    return file.getvalue()
