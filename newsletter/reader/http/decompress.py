"""A body unpacked piece by piece: no piece, however small, can fill the memory.

An HTTP client unpacks each piece it receives whole, and 64 KB of gzip may hold 64 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx2

_CHUNK = 65536
_CODINGS = {"gzip", "x-gzip", "deflate"}
_HEADER_BYTES = 2  # bytes that tell how a body is packed
_GZIP_MEMBER = b"\x1f"  # gzip bodies may be of several
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # told apart by their first bytes


def decompress(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes in `pieces`, unpacked as Content-Encoding says, in pieces of 64 KB.

    Raises httpx2.DecodingError where they are not packed so, or break off.
    """
    packings = [name.strip().lower() for name in encoding.split(",")]
    packed = [name for name in packings if name and name != "identity"]
    if not packed:
        yield from pieces
        return
    if len(packed) > 1 or packed[0] not in _CODINGS:
        raise httpx2.DecodingError(f"packed as {encoding[:50]!r}, which was not asked for")
    yield from _inflate(pieces, bare=packed[0] == "deflate")


def _inflate(pieces: Iterable[bytes], *, bare: bool) -> Iterator[bytes]:
    unpacker, begun, held = zlib.decompressobj(_GZIP_OR_ZLIB), False, b""
    for piece in pieces:
        left, held, more = held + piece, b"", False
        if not begun and len(left) < _HEADER_BYTES:
            held = left
            continue
        while left or more:
            if unpacker.eof:
                if not left.startswith(_GZIP_MEMBER):
                    return  # what some servers add behind the end
                unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                found = unpacker.decompress(left, _CHUNK)
            except zlib.error as error:
                if begun or not bare:
                    raise httpx2.DecodingError(str(error)) from error
                # Some servers send deflate without its head.
                unpacker, begun = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            begun = True
            yield found
            more = len(found) == _CHUNK and not unpacker.eof
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if held or (begun and not unpacker.eof):
        raise httpx2.DecodingError("broke off")
