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
from newsletter.models import Fetched
from newsletter.reader.parsing.feedparser_items import feed_of
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.parsing.json_feed import parse_json
from newsletter.reader.parsing.repair import mended

_HEAD = 8192
_MOST_ENTITIES = 20
_LARGEST_SUBSET = 4096
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# An entity built of entities, or one that names a file.
_NESTED = re.compile(rb"<!ENTITY[^>]*(?:&[A-Za-z_]|\sSYSTEM\s|\sPUBLIC\s)")
# What feedparser has to say against a feed whose XML is sound.
_ABOUT_HEADERS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)


def parse_here(fetched: Fetched) -> ParsedFeed:
    """The feed in `fetched`, read in this process. Raises ParseError."""
    body = fetched.body.strip(b" \t\r\n\x0b\x0c")
    if not body:
        raise ParseError(
            f"{fetched.final_url} answered with an empty page.",
            url=fetched.url,
            cure="Open the address in a browser: if it stays empty, the blog has a problem.",
        )
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return parse_json(fetched)
    _refuse_page(fetched, body)
    _refuse_bomb(fetched, body)
    return _parse_xml(fetched, body)


def _refuse_page(fetched: Fetched, body: bytes) -> None:
    head = body[:_HEAD].replace(b"\x00", b"")
    page, root = _PAGE.search(head), _ROOT.search(head)
    if page is not None and (root is None or page.start() < root.start()):
        raise ParseError(
            f"{fetched.final_url} is a web page, not a feed.",
            url=fetched.url,
            cure="It may be down for maintenance or guarded against robots; open it in a "
            "browser. If it is the blog itself, its feed is often at /feed/.",
        )


def _refuse_bomb(fetched: Fetched, body: bytes) -> None:
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


def _parse_xml(fetched: Fetched, body: bytes) -> ParsedFeed:
    body, content_type = mended(body, fetched.content_type)
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
        raise _unreadable(fetched) from error
    entries = found.get("entries") or []
    if not entries and not found.get("version"):
        raise _unreadable(fetched)
    cut_off = bool(entries) and _is_cut_off(body)
    if cut_off:
        entries = entries[:-1]
        if not entries:
            raise ParseError(
                f"{fetched.final_url} broke off in the middle of its first post.",
                url=fetched.url,
                cure="Try again later; if it stays so, the blog's software fails on that post.",
            )
    feed = feed_of(found.get("feed") or {}, entries, fetched.final_url or fetched.url)
    trouble = found.get("bozo_exception")
    sound = trouble is None or isinstance(trouble, _ABOUT_HEADERS)
    return replace(feed, well_formed=sound, cut_off=cut_off)


def _unreadable(fetched: Fetched) -> ParseError:
    return ParseError(
        f"What {fetched.final_url} sent is not a feed that can be read.",
        url=fetched.url,
        cure="Look whether this is the address of the blog's feed; if it is, try again later.",
    )


def _is_cut_off(body: bytes) -> bool:
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
