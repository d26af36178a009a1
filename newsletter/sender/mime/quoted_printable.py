"""Quoted-printable (RFC 2045 6.7) in pieces that can be joined as bytes.

Each piece is encoded alone and joined by soft line breaks, so that a value of any length
fits between two pieces without touching them.
"""

from __future__ import annotations

import binascii
import re

SOFT_BREAK = b"=\r\n"
# RFC 2045 6.7 (5): a line holds 76 octets at most, a soft break's "=" among them.
_LINE = 76
_NEWLINE = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(rb"^From ", re.MULTILINE)


def encode(text: str) -> bytes:
    """`text` as quoted-printable with CRLF line ends, no line over 76 octets.

    Line ends of any kind become CRLF. "From " at a line's start is escaped, because
    mailbox files would change it.
    """
    canonical = _NEWLINE.sub("\n", text).encode()
    encoded = binascii.b2a_qp(canonical, istext=True)
    # The soft break keeps the line, now longer by two, within its 76 octets.
    return _FROM.sub(b"=46rom=\n ", encoded).replace(b"\n", b"\r\n")


def encode_inline(text: str) -> bytes:
    """As `encode`, for a text that more will follow on its last line: room is left for "="."""
    encoded = encode(text)
    if len(encoded) - encoded.rfind(b"\n") - 1 < _LINE:
        return encoded
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + SOFT_BREAK + encoded[cut:]


def encode_pieces(pieces: tuple[str, ...]) -> tuple[bytes, ...]:
    """The standing pieces of a text with gaps, encoded, to be joined by `encode_inline` values.

    A piece that opens in the middle of a line is set off by a soft break on that side.
    """
    last = len(pieces) - 1
    return tuple(_joint(piece, first=at == 0, last=at == last) for at, piece in enumerate(pieces))


def _joint(piece: str, *, first: bool, last: bool) -> bytes:
    encoded = encode(piece) if last else encode_inline(piece)
    if not first and not encoded.startswith(b"\r\n"):
        encoded = SOFT_BREAK + encoded
    if not last and encoded and not encoded.endswith(b"\n"):
        encoded += SOFT_BREAK
    return encoded
