"""Files that are made to cost whoever decodes them time or memory."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def png(width: int, height: int, *, row_bytes: int = 3) -> bytes:
    """Return a PNG of one colour: a few kilobytes for any number of pixels."""

    def chunk(kind: bytes, inside: bytes) -> bytes:
        crc = zlib.crc32(kind + inside)
        return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2 if row_bytes > 1 else 0, 0, 0, 0)
    deflater, row = zlib.compressobj(9), bytes(1 + row_bytes * width)
    packed = b"".join(deflater.compress(row) for _ in range(height)) + deflater.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def png_head(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""
    small = bytearray(png(1, 1))
    small[16:24] = struct.pack(">II", width, height)
    small[29:33] = struct.pack(">I", zlib.crc32(bytes(small[12:29])))
    return bytes(small)


def animated_gif(frames: int) -> bytes:
    """Return a GIF that moves."""
    file = BytesIO()
    # Neighbours that were equal would be written as one.
    stills = [Image.new("P", (8, 8), number % 2) for number in range(frames)]
    stills[0].putpalette([0, 0, 0, 255, 255, 255])
    for still in stills[1:]:
        still.putpalette([0, 0, 0, 255, 255, 255])
    stills[0].save(file, "GIF", save_all=True, append_images=stills[1:], duration=20)
    return file.getvalue()


def truncated_jpeg() -> bytes:
    """Return the first half of a photograph."""
    file = BytesIO()
    Image.effect_noise((900, 600), 60).save(file, "JPEG", quality=90)
    return file.getvalue()[: len(file.getvalue()) // 2]
