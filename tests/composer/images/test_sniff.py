"""Type and size of pictures made by Pillow, read from their first bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from newsletter.composer.images.sniff import ImageInfo, sniff_image

SIZE = (640, 427)


def _file(kind: str, images: int = 1, options: dict[str, Any] | None = None) -> bytes:
    pictures = [Image.new("RGB", SIZE, (40 * index, 90, 60)) for index in range(images)]
    file = BytesIO()
    more = dict(options or {})
    if images > 1:
        more |= {"save_all": True, "append_images": pictures[1:]}
    pictures[0].save(file, kind, **more)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(30_000)}),
        ("PNG", {}),
        ("GIF", {}),
        ("WebP", {}),
        ("WebP", {"lossless": True}),
    ],
)
def test_size_and_format_are_read_from_the_first_bytes(kind: str, options: dict[str, Any]) -> None:
    start = _file(kind, options=options)[: 40 * 1024]
    assert sniff_image(start) == ImageInfo(format=kind, width=640, height=427)


@pytest.mark.parametrize("kind", ["GIF", "WebP", "PNG"])
def test_a_moving_picture_is_recognised(kind: str) -> None:
    info = sniff_image(_file(kind, 3))
    assert info is not None
    assert info.animated
    assert (info.width, info.height) == SIZE


def test_other_files_are_no_pictures() -> None:
    assert sniff_image(b"<html>") is None
    assert sniff_image(b"") is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WebP"])
def test_a_file_may_end_anywhere(kind: str) -> None:
    whole = _file(kind)
    assert all(sniff_image(whole[:end]) is not None for end in range(16, 200))
