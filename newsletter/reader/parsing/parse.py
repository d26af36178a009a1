"""Parse the body of a response, RSS, Atom or JSON Feed, into a ParsedFeed.

If it is a web page, `feed_links` finds the feeds that it links. All of it runs in a worker process
(`newsletter.reader.workers`), which is killed when it takes too long: some feeds make feedparser
quadratic, and a page may be made to harm.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from selectolax.lexbor import LexborHTMLParser

from newsletter.errors import ParseError
from newsletter.models import FetchResult
from newsletter.reader.parsing.feedparser_items import build_feed
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.parsing.json_feed import parse_json_feed
from newsletter.reader.parsing.plain_text import web_address

_HEAD_BYTES = 8192
_MAX_ENTITIES = 20
_MAX_SUBSET_BYTES = 4096
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# An entity built of entities (billion laughs), or an external one (XXE).
_DANGEROUS_ENTITY = re.compile(
    rb"<!ENTITY(?:(?!<!ENTITY)[^>])*(?:&[A-Za-z_]|\sSYSTEM\s|\sPUBLIC\s)"
)
# feedparser's complaints about the headers of feeds whose XML is well-formed.
_HEADER_COMPLAINTS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
# Byte order marks and the first character of a document in UTF-16 or UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00\x00<")
# All C0 controls except tab, line feed, carriage return and ESC (ISO-2022-JP needs that one).
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D, 0x1B})
_START = re.compile(rb"<\?xml\s|<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# References long enough to name a surrogate or a character beyond Unicode.
_LONG_REFERENCE = rb"&#(?:[0-9]{5,12}|[xX][0-9a-fA-F]{4,10});"
_REFERENCES = re.compile(_LONG_REFERENCE + rb"(?:" + _LONG_REFERENCE + rb")*")
_REFERENCE = re.compile(rb"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));")
# The <div> around an XHTML text (RFC 4287, 3.1.1), with a base of its own.
_DIV_WITH_BASE = re.compile(
    rb"(<(?:\w{1,20}:)?(?:content|summary)\b[^<>]{0,1000}>\s{0,200})"
    rb"(?=<(?:\w{1,20}:)?div\b[^<>]{0,1000}\sxml:base\s*=)"
)
_UTF8 = "application/xml; charset=utf-8"
# Feed autodiscovery: https://blog.whatwg.org/feed-autodiscovery. WordPress also links its
# API, as plain application/json, which is not a feed.
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_COMMENTS = re.compile(
    r"comment|kommentar|commentaire|coment[aá]rio|commenti|reactie", re.IGNORECASE
)
_MAX_LINKS = 8


def parse_feed(response: FetchResult) -> ParsedFeed:
    """Parse the feed in `response`, in this process. Raise ParseError."""
    body = response.body.strip(b" \t\r\n\x0b\x0c")
    if not body:
        raise ParseError(
            f"{response.final_url} answered with an empty page.",
            url=response.url,
            cure="Open the address in a browser: if it stays empty, the blog has a problem.",
        )
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return parse_json_feed(response)
    _reject_web_page(response, body)
    _reject_entity_bomb(response, body)
    return _parse_xml(response, body)


def _reject_web_page(response: FetchResult, body: bytes) -> None:
    head = body[:_HEAD_BYTES].replace(b"\x00", b"")
    page, root = _PAGE.search(head), _ROOT.search(head)
    if page is not None and (root is None or page.start() < root.start()):
        raise ParseError(
            f"{response.final_url} is a web page, not a feed.",
            url=response.url,
            cure="It may be down for maintenance or guarded against robots; open it in a "
            "browser. If it is the blog itself, its feed is often at /feed/.",
        )


def _reject_entity_bomb(response: FetchResult, body: bytes) -> None:
    """Raise ParseError for a document that declares entities as an attack does.

    Billion laughs: entities that expand to gigabytes. XXE: external entities that read files.
    """
    head = body[: _MAX_SUBSET_BYTES * 16].replace(b"\x00", b"")
    root = _ROOT.search(head)
    subset = head[: root.start()] if root is not None else head
    opening = subset.find(b"<!DOCTYPE")
    long_subset = (
        opening >= 0 and b"<!ENTITY" in subset and len(subset) - opening > _MAX_SUBSET_BYTES
    )
    if subset.count(b"<!ENTITY") > _MAX_ENTITIES or long_subset or _DANGEROUS_ENTITY.search(subset):
        raise ParseError(
            f"{response.final_url} defines texts of its own in a way real feeds do not, "
            "so it was not read.",
            url=response.url,
            cure="Look whether the blog has been tampered with.",
        )


def _parse_xml(response: FetchResult, body: bytes) -> ParsedFeed:
    body, content_type = repair_xml(body, response.content_type)
    # feedparser must not know the URL of the feed: it would resolve guids against it, and a
    # feed that moves would have new guids throughout.
    try:
        result: Any = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise _unreadable_error(response) from error
    entries = result.get("entries") or []
    if not entries and not result.get("version"):
        raise _unreadable_error(response)
    truncated = bool(entries) and _is_truncated(body)
    if truncated:
        entries = entries[:-1]
        if not entries:
            raise ParseError(
                f"{response.final_url} broke off in the middle of its first post.",
                url=response.url,
                cure="Try again later; if it stays so, the blog's software fails on that post.",
            )
    feed = build_feed(result.get("feed") or {}, entries, response.final_url or response.url)
    complaint = result.get("bozo_exception")
    well_formed = complaint is None or isinstance(complaint, _HEADER_COMPLAINTS)
    return replace(feed, well_formed=well_formed, truncated=truncated)


def _unreadable_error(response: FetchResult) -> ParseError:
    return ParseError(
        f"What {response.final_url} sent is not a feed that can be read.",
        url=response.url,
        cure="Look whether this is the address of the blog's feed; if it is, try again later.",
    )


def _is_truncated(body: bytes) -> bool:
    """Whether the transfer ended inside the last item.

    Only an item that was opened and never closed counts. Hand-made feeds without the last
    closing tag are common, and their items are complete.
    """
    tail = body.rstrip()[-65536:].lower()
    opened = max(
        tail.rfind(b"<item>"), tail.rfind(b"<item "), tail.rfind(b"<entry>"), tail.rfind(b"<entry ")
    )
    closed = max(
        tail.rfind(b"</item>"),
        tail.rfind(b"</entry>"),
        tail.rfind(b"</rss>"),
        tail.rfind(b"</feed>"),
    )
    if opened < 0 and closed < 0:
        return len(body) > len(tail) and not tail.endswith(b">")
    return opened > closed


def repair_xml(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Return a body that feedparser can parse, and the content type to give it.

    Removes control characters and what stands before the XML, such as warnings of PHP.
    Repairs numeric references that name no character. Keeps the base of an XHTML text.
    """
    if body.startswith(_WIDE):
        return body, content_type
    clean = body.translate(None, _CONTROLS)
    start = _START.search(clean[:_HEAD_BYTES])
    if start is not None:
        clean = clean[start.start() :]
    if b"xml:base" in clean:
        # feedparser drops that <div> with its base unless another element stands before it.
        clean = _DIV_WITH_BASE.sub(rb"\1<span></span>", clean)
    return _to_utf8(_REFERENCES.sub(_repair_references, clean), content_type)


def _to_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Declare a body that is valid UTF-8 as UTF-8, whatever the headers say.

    A few invalid bytes in a UTF-8 body are replaced; feedparser would decode the whole body
    as Latin-1.
    """
    if body.isascii():
        return body, content_type
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken and broken > sum(not char.isascii() for char in text) // 2:
        return body, content_type
    return (text.encode() if broken else body), _UTF8


def _repair_references(match: re.Match[bytes]) -> bytes:
    """Join surrogate pairs, as some exports write emoji; a lone surrogate becomes U+FFFD."""
    run = match.group()
    codes = [
        int(decimal or b"0") or int(hexa or b"0", 16) for decimal, hexa in _REFERENCE.findall(run)
    ]
    if all(code < 0xD800 or 0xE000 <= code <= 0x10FFFF for code in codes):  # noqa: PLR2004 - Unicode's bounds
        return run
    units = "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)  # noqa: PLR2004 - as above
    text = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(f"&#{ord(char)};" for char in text).encode()


def feed_links(page: FetchResult) -> tuple[str, ...]:
    """Return the feeds that the page links, with feeds of comments last."""
    tree = LexborHTMLParser(page.body.decode("utf-8", "replace"))
    base_node = tree.css_first("base[href]")
    base = urljoin(page.final_url, (base_node.attributes.get("href") or "") if base_node else "")
    links: list[tuple[bool, str]] = []
    for link in tree.css("link[rel][href]"):
        attributes = {name: value or "" for name, value in link.attributes.items()}
        media_type = attributes.get("type", "").partition(";")[0].strip().lower()
        url = web_address(attributes["href"], base)
        if "alternate" in attributes["rel"].lower().split() and media_type in _FEED_TYPES and url:
            label = attributes.get("title", "") + " " + urlsplit(url).path
            links.append((bool(_COMMENTS.search(label)), url))
    links.sort(key=lambda pair: pair[0])
    return tuple(url for _, url in links[:_MAX_LINKS])
