"""Read format, dimensions and animation of a picture from the first bytes of its file.

JPEG: ITU-T T.81, B.2.2. PNG: W3C PNG, 11.2.2, and its acTL chunk. GIF: GIF89a. WebP: RFC 9649.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Number of bytes `sniff_image` needs.
SNIFF_BYTES = 64 * 1024
# JPEG markers: start of frame (which has the dimensions), and those without a length.
_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))
_GIF_SCREEN = 13
_GIF_IMAGE = re.compile(rb"\x00\x21\xf9\x04.{4}\x00[\x2c\x21]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """Format and dimensions of a picture."""

    format: str
    #: In pixels; 0 if the bytes end before it.
    width: int = 0
    height: int = 0
    animated: bool = False


def sniff_image(start: bytes) -> ImageInfo | None:
    """Return what is known of the picture that begins with `start`, None for other formats."""
    if start.startswith(b"\xff\xd8"):
        return _jpeg(start)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = _big(start[16:20]), _big(start[20:24])
        animated = b"acTL" in start.partition(b"IDAT")[0]
        return ImageInfo(format="PNG", width=width, height=height, animated=animated)
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(start)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _webp(start)
    return None


def _jpeg(start: bytes) -> ImageInfo:
    place = 2
    while place + 9 <= len(start):
        if start[place] != 0xFF:  # noqa: PLR2004  # every marker begins with it
            break
        marker = start[place + 1]
        if marker == 0xFF or marker in _STANDALONE_MARKERS:  # noqa: PLR2004  # a fill byte
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004  # a fill byte
        elif marker in _SOF_MARKERS:
            height, width = _big(start[place + 5 : place + 7]), _big(start[place + 7 : place + 9])
            return ImageInfo(format="JPEG", width=width, height=height)
        else:
            place += 2 + _big(start[place + 2 : place + 4])
    return ImageInfo(format="JPEG")


def _gif(start: bytes) -> ImageInfo:
    """A GIF is animated if it loops (Netscape's extension) or has a second image."""
    animated = b"NETSCAPE2.0" in start or len(_GIF_IMAGE.findall(start[_GIF_SCREEN:])) > 1
    return ImageInfo(
        format="GIF", width=_little(start[6:8]), height=_little(start[8:10]), animated=animated
    )


def _webp(start: bytes) -> ImageInfo:
    kind = start[12:16]
    if kind == b"VP8X":
        width, height = _little(start[24:27]) + 1, _little(start[27:30]) + 1
        animated = bool(start[20] & 0b10) if len(start) > 20 else False  # noqa: PLR2004  # flags
        return ImageInfo(format="WebP", width=width, height=height, animated=animated)
    if kind == b"VP8L":
        bits = _little(start[21:25])
        return ImageInfo(format="WebP", width=(bits & 0x3FFF) + 1, height=(bits >> 14 & 0x3FFF) + 1)
    width, height = _little(start[26:28]) & 0x3FFF, _little(start[28:30]) & 0x3FFF
    return ImageInfo(format="WebP", width=width, height=height)


def _big(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")
