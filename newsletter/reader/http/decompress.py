"""Decompress HTTP bodies in bounded chunks, as a defence against decompression bombs.

An HTTP client decompresses each chunk it receives as a whole, and 64 KB of gzip may expand
to 64 MB. Here no chunk, however small, yields more than 64 KB at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx2

_CHUNK = 65536
_CODINGS = {"gzip", "x-gzip", "deflate"}
_HEADER_BYTES = 2  # enough for zlib to tell the format
_GZIP_MEMBER = b"\x1f"  # a gzip body may have several members (RFC 1952, 2.2)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # zlib detects the format by its header


def decompress(chunks: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """Yield the decompressed body in chunks of at most 64 KB.

    Raise httpx2.DecodingError if the body is not encoded as Content-Encoding says, or
    breaks off.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in names if name and name != "identity"]
    if not codings:
        yield from chunks
        return
    if len(codings) > 1 or codings[0] not in _CODINGS:
        raise httpx2.DecodingError(f"encoded as {content_encoding[:50]!r}, which was not asked for")
    yield from _inflate(chunks, allow_raw=codings[0] == "deflate")


def _inflate(chunks: Iterable[bytes], *, allow_raw: bool) -> Iterator[bytes]:
    decompressor, begun, unread = zlib.decompressobj(_GZIP_OR_ZLIB), False, b""
    for chunk in chunks:
        pending, unread, has_more = unread + chunk, b"", False
        if not begun and len(pending) < _HEADER_BYTES:
            unread = pending
            continue
        while pending or has_more:
            if decompressor.eof:
                if not pending.startswith(_GZIP_MEMBER):
                    return  # some servers append bytes after the end
                decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                output = decompressor.decompress(pending, _CHUNK)
            except zlib.error as error:
                if begun or not allow_raw:
                    raise httpx2.DecodingError(str(error)) from error
                # Some servers send deflate without the zlib header (RFC 9110, 8.4.1.2).
                decompressor, begun = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            begun = True
            yield output
            has_more = len(output) == _CHUNK and not decompressor.eof
            pending = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
    if unread or (begun and not decompressor.eof):
        raise httpx2.DecodingError("broke off")
