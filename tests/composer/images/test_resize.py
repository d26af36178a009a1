"""Scaling pictures down for mail, whatever a server sends."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from newsletter.composer.images.resize import NotResized, ResizedImage, resize_image


def _file(picture: Image.Image, form: str, **how: object) -> bytes:
    file = BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def _noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    count = width * height * len(mode)
    return Image.frombytes(mode, (width, height), random.Random(7).randbytes(count))  # noqa: S311  # noise, no secret


def _picture(body: bytes) -> tuple[ResizedImage, Image.Image]:
    result = resize_image(body)
    assert isinstance(result, ResizedImage)
    opened = Image.open(BytesIO(result.body))
    assert opened.size == (result.width, result.height)
    return result, opened


def test_a_large_photograph_comes_twice_as_wide_as_shown_and_light() -> None:
    image, opened = _picture(_file(_noise(3000, 2000), "JPEG", quality=95))
    assert opened.format == "JPEG"
    assert image.width <= 1200
    assert abs(image.width * 2 - image.height * 3) <= 3
    assert len(image.body) <= 200 * 1024


def test_a_small_picture_is_not_enlarged() -> None:
    image, _ = _picture(_file(Image.new("RGB", (150, 90), "#886644"), "PNG"))
    assert (image.width, image.height, image.extension) == (150, 90, "jpg")


def test_it_is_rotated_and_stripped_of_its_location() -> None:
    picture = Image.new("RGB", (400, 200), "#886644")
    exif = picture.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Maren"
    image, opened = _picture(_file(picture, "JPEG", exif=exif, comment=b"at home"))
    assert (image.width, image.height) == (200, 400)
    assert dict(opened.getexif()) == {}
    assert b"Maren" not in image.body
    assert b"at home" not in image.body


def test_a_small_transparent_picture_stays_transparent() -> None:
    picture = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    image, opened = _picture(_file(picture, "PNG"))
    assert image.extension == "png"
    assert opened.mode == "RGBA"


def test_a_large_transparent_picture_gets_a_white_background() -> None:
    picture = _noise(1400, 900, "RGBA")
    picture.putpixel((0, 0), (0, 0, 0, 0))
    image, _ = _picture(_file(picture, "PNG"))
    assert image.extension == "jpg"
    assert len(image.body) <= 200 * 1024


@pytest.mark.parametrize(
    ("mode", "form"), [("P", "GIF"), ("L", "PNG"), ("1", "PNG"), ("CMYK", "JPEG"), ("RGB", "WEBP")]
)
def test_every_kind_of_still_picture_is_understood(mode: str, form: str) -> None:
    image, _ = _picture(_file(Image.new("RGB", (700, 500), "#336633").convert(mode), form))
    assert (image.width, image.height) == (700, 500)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_is_left_alone(form: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("#ff0000", "#0000ff")]
    body = _file(frames[0], form, save_all=True, append_images=frames[1:])
    result = resize_image(body)
    assert isinstance(result, NotResized)
    assert "moves" in result.reason


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, inside: bytes) -> bytes:
        crc = zlib.crc32(kind + inside)
        return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        _bomb(60_000, 60_000),
        _bomb(9000, 9000),
        _file(_noise(300, 300), "JPEG")[:900],
        _file(_noise(300, 300), "PNG")[:-9000],
    ],
)
def test_broken_and_hostile_pictures_are_left_alone(body: bytes) -> None:
    assert isinstance(resize_image(body), NotResized)
