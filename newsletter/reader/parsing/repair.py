"""A feed's bytes made fit for a parser: junk, broken characters, wrong encodings."""

from __future__ import annotations

import re

# Byte order marks and the first character of a document in UTF-16 or UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00\x00<")
# All C0 controls but tab, line feed, carriage return and ESC (ISO-2022-JP needs that one).
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D, 0x1B})
_START = re.compile(rb"<\?xml\s|<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_HEAD = 8192
# References long enough to name a surrogate or a character beyond Unicode.
_LONG = rb"&#(?:[0-9]{5,12}|[xX][0-9a-fA-F]{4,10});"
_REFERENCES = re.compile(_LONG + rb"(?:" + _LONG + rb")*")
_REFERENCE = re.compile(rb"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));")
_UTF8 = "application/xml; charset=utf-8"


def mended(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The body a parser can read, and the content type to tell it with.

    What stands before the XML (warnings of a server) and control characters go; numeric
    references that name no character are mended.
    """
    if body.startswith(_WIDE):
        return body, content_type
    clean = body.translate(None, _CONTROLS)
    start = _START.search(clean[:_HEAD])
    if start is not None:
        clean = clean[start.start() :]
    return _in_utf8(_REFERENCES.sub(_mended_references, clean), content_type)


def _in_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Bytes that are valid UTF-8 are UTF-8, whatever is declared.

    A few broken bytes among good UTF-8 cost those characters only; feedparser would
    take the whole for Latin-1.
    """
    if body.isascii():
        return body, content_type
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken and broken > sum(not char.isascii() for char in text) // 2:
        return body, content_type
    return (text.encode() if broken else body), _UTF8


def _mended_references(match: re.Match[bytes]) -> bytes:
    """Surrogate pairs (an emoji, by some exports) as their character, alone as U+FFFD."""
    run = match.group()
    codes = [int(ten or b"0") or int(hexa or b"0", 16) for ten, hexa in _REFERENCE.findall(run)]
    if all(code < 0xD800 or 0xE000 <= code <= 0x10FFFF for code in codes):  # noqa: PLR2004 - Unicode's bounds
        return run
    units = "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)  # noqa: PLR2004 - as above
    text = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(f"&#{ord(char)};" for char in text).encode()
