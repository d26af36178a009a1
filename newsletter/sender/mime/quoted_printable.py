"""Quoted-printable (RFC 2045, 6.7) in pieces that can be joined as bytes.

Each piece is encoded on its own, and pieces are joined by soft line breaks. So a value of any
length fits between two pieces without a change to them.
"""

from __future__ import annotations

import binascii
import re

SOFT_BREAK = b"=\r\n"
# RFC 2045, 6.7 (5): at most 76 octets in a line, including the "=" of a soft break.
_LINE = 76
_NEWLINE = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(rb"^From ", re.MULTILINE)


def encode(text: str) -> bytes:
    """Return `text` as quoted-printable with CRLF line ends, no line over 76 octets.

    Line ends of any kind become CRLF. "From " at the start of a line is escaped, because
    programs that write mbox files would change it.
    """
    canonical = _NEWLINE.sub("\n", text).encode()
    encoded = binascii.b2a_qp(canonical, istext=True)
    # The escape makes the line longer by two octets; the soft break keeps it within 76.
    return _FROM.sub(b"=46rom=\n ", encoded).replace(b"\n", b"\r\n")


def encode_inline(text: str) -> bytes:
    """Return `text` encoded, its last line with room for the "=" of a soft break."""
    encoded = encode(text)
    if len(encoded) - encoded.rfind(b"\n") - 1 < _LINE:
        return encoded
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + SOFT_BREAK + encoded[cut:]


def encode_pieces(pieces: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the pieces of a text with gaps, ready to be joined by `encode_inline` values.

    A piece that begins or ends in the middle of a line has a soft break on that side.
    """
    last = len(pieces) - 1
    return tuple(
        _encode_piece(piece, first=at == 0, last=at == last) for at, piece in enumerate(pieces)
    )


def _encode_piece(piece: str, *, first: bool, last: bool) -> bytes:
    encoded = encode(piece) if last else encode_inline(piece)
    if not first and not encoded.startswith(b"\r\n"):
        encoded = SOFT_BREAK + encoded
    if not last and encoded and not encoded.endswith(b"\n"):
        encoded += SOFT_BREAK
    return encoded
