from __future__ import annotations

import gzip
import zlib

import httpx2
import pytest

from newsletter.reader.http.fetch import decompress

TEXT = b"We ran along the river. " * 10_000


def _bare(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


def _in_pieces(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


@pytest.mark.parametrize("size", [1, 100, 65536])
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "X-GZip"),
        (gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (_bare(TEXT), "deflate"),
    ],
    ids=["no encoding", "identity", "gzip", "X-GZip", "gzip in parts", "deflate", "bare deflate"],
)
def test_compressed_bodies_are_decompressed_whole(body: bytes, encoding: str, size: int) -> None:
    assert b"".join(decompress(_in_pieces(body, size), encoding)) == TEXT


def test_no_chunk_of_a_decompression_bomb_is_large() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert max(len(piece) for piece in decompress([bomb], "gzip")) <= 65536


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, "gzip"),
        (gzip.compress(TEXT)[:-200], "gzip"),
        (TEXT, "br"),
        (gzip.compress(gzip.compress(TEXT)), "gzip, gzip"),
    ],
    ids=["not packed", "cut short", "unknown", "packed twice"],
)
def test_a_wrong_content_encoding_is_an_error(body: bytes, encoding: str) -> None:
    with pytest.raises(httpx2.DecodingError):
        list(decompress([body], encoding))


def test_an_empty_body_is_empty_in_every_encoding() -> None:
    assert list(decompress([], "gzip")) == []
