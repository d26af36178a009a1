"""Bytes from a web server in, a ParsedFeed out.

`parse_here` runs in a child process of `reader.workers`, which can be killed: some feeds
make feedparser quadratic.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import feedparser

from newsletter.errors import ParseError
from newsletter.models import FetchResult
from newsletter.reader.parsing.feedparser_items import build_feed
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.parsing.json_feed import parse_json_feed

_HEAD = 8192
_MOST_ENTITIES = 20
_LARGEST_SUBSET = 4096
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# An entity built of entities, or one that names a file.
_NESTED = re.compile(rb"<!ENTITY[^>]*(?:&[A-Za-z_]|\sSYSTEM\s|\sPUBLIC\s)")
# What feedparser has to say against a feed whose XML is sound.
_ABOUT_HEADERS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def parse_feed(fetched: FetchResult) -> ParsedFeed:
    """The feed in `fetched`, read in this process. Raises ParseError."""
    body = fetched.body.strip(b" \t\r\n\x0b\x0c")
    if not body:
        raise ParseError(
            f"{fetched.final_url} answered with an empty page.",
            url=fetched.url,
            cure="Open the address in a browser: if it stays empty, the blog has a problem.",
        )
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return parse_json_feed(fetched)
    _reject_web_page(fetched, body)
    _reject_entity_bomb(fetched, body)
    return _parse_xml(fetched, body)


def _reject_web_page(fetched: FetchResult, body: bytes) -> None:
    head = body[:_HEAD].replace(b"\x00", b"")
    page, root = _PAGE.search(head), _ROOT.search(head)
    if page is not None and (root is None or page.start() < root.start()):
        raise ParseError(
            f"{fetched.final_url} is a web page, not a feed.",
            url=fetched.url,
            cure="It may be down for maintenance or guarded against robots; open it in a "
            "browser. If it is the blog itself, its feed is often at /feed/.",
        )


def _reject_entity_bomb(fetched: FetchResult, body: bytes) -> None:
    """Documents that define texts by the dozen are attacks (standards: billion laughs)."""
    head = body[: _LARGEST_SUBSET * 16].replace(b"\x00", b"")
    root = _ROOT.search(head)
    subset = head[: root.start()] if root is not None else head
    opening = subset.find(b"<!DOCTYPE")
    long_subset = opening >= 0 and b"<!ENTITY" in subset and len(subset) - opening > _LARGEST_SUBSET
    if subset.count(b"<!ENTITY") > _MOST_ENTITIES or long_subset or _NESTED.search(subset):
        raise ParseError(
            f"{fetched.final_url} defines texts of its own in a way real feeds do not, "
            "so it was not read.",
            url=fetched.url,
            cure="Look whether the blog has been tampered with.",
        )


def _parse_xml(fetched: FetchResult, body: bytes) -> ParsedFeed:
    body, content_type = repair_xml(body, fetched.content_type)
    # The feed's own address is kept from feedparser: it would resolve guids against it,
    # and a feed that moves would have new guids throughout.
    try:
        found: Any = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise _unreadable_error(fetched) from error
    entries = found.get("entries") or []
    if not entries and not found.get("version"):
        raise _unreadable_error(fetched)
    cut_off = bool(entries) and _is_truncated(body)
    if cut_off:
        entries = entries[:-1]
        if not entries:
            raise ParseError(
                f"{fetched.final_url} broke off in the middle of its first post.",
                url=fetched.url,
                cure="Try again later; if it stays so, the blog's software fails on that post.",
            )
    feed = build_feed(found.get("feed") or {}, entries, fetched.final_url or fetched.url)
    trouble = found.get("bozo_exception")
    sound = trouble is None or isinstance(trouble, _ABOUT_HEADERS)
    return replace(feed, well_formed=sound, truncated=cut_off)


def _unreadable_error(fetched: FetchResult) -> ParseError:
    return ParseError(
        f"What {fetched.final_url} sent is not a feed that can be read.",
        url=fetched.url,
        cure="Look whether this is the address of the blog's feed; if it is, try again later.",
    )


def _is_truncated(body: bytes) -> bool:
    """True where the transfer ended inside the last item, which then is not whole.

    Only an item that was opened and never closed counts: hand-made feeds without the
    last closing tag are common, and their items are whole.
    """
    low = body.rstrip()[-65536:].lower()
    opened = max(
        low.rfind(b"<item>"), low.rfind(b"<item "), low.rfind(b"<entry>"), low.rfind(b"<entry ")
    )
    closed = max(
        low.rfind(b"</item>"), low.rfind(b"</entry>"), low.rfind(b"</rss>"), low.rfind(b"</feed>")
    )
    if opened < 0 and closed < 0:
        return len(body) > len(low) and not low.endswith(b">")
    return opened > closed


# Byte order marks and the first character of a document in UTF-16 or UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00\x00<")
# All C0 controls but tab, line feed, carriage return and ESC (ISO-2022-JP needs that one).
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D, 0x1B})
_START = re.compile(rb"<\?xml\s|<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# References long enough to name a surrogate or a character beyond Unicode.
_LONG = rb"&#(?:[0-9]{5,12}|[xX][0-9a-fA-F]{4,10});"
_REFERENCES = re.compile(_LONG + rb"(?:" + _LONG + rb")*")
_REFERENCE = re.compile(rb"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));")
_UTF8 = "application/xml; charset=utf-8"


def repair_xml(body: bytes, content_type: str) -> tuple[bytes, str]:
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
    return _to_utf8(_REFERENCES.sub(_repair_references, clean), content_type)


def _to_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
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


def _repair_references(match: re.Match[bytes]) -> bytes:
    """Surrogate pairs (an emoji, by some exports) as their character, alone as U+FFFD."""
    run = match.group()
    codes = [int(ten or b"0") or int(hexa or b"0", 16) for ten, hexa in _REFERENCE.findall(run)]
    if all(code < 0xD800 or 0xE000 <= code <= 0x10FFFF for code in codes):  # noqa: PLR2004 - Unicode's bounds
        return run
    units = "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)  # noqa: PLR2004 - as above
    text = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(f"&#{ord(char)};" for char in text).encode()
