"""Build our values from feedparser's dictionaries, which are used nowhere else.

Fields are read with `dict.get`: feedparser's own lookup maps names onto each other, and
would return the publishing date for an update that the feed does not state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from newsletter.models import Image
from newsletter.reader.parsing.dates import parse_date
from newsletter.reader.parsing.items import FACT_FIELDS, Item, ParsedFeed, assign_guids
from newsletter.reader.parsing.plain_text import (
    html_from_text,
    strip_unprintable,
    text_from_html,
    text_from_plain,
    truncate_line,
    web_address,
)

_DEFAULT_CATEGORIES = {"uncategorized", "uncategorised"}
# Their durations are of a recording, not of a run.
_RECORDING_NAMESPACES = {"itunes", "media", "podcast"}
_RELATIVE = re.compile(r"\b(?:href|src|srcset|poster|data)\s*=", re.IGNORECASE)
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")

Entry = Mapping[str, Any]


def build_feed(channel: Entry, entries: Iterable[Entry], base: str) -> ParsedFeed:
    """Build a feed from feedparser's `feed` and `entries`. `base` is the URL of the feed."""
    site_url = web_address(_text(channel, "link"), base)
    author = text_from_plain(_text(channel, "author_detail", "name"))
    return ParsedFeed(
        title=_title(channel),
        site_url=site_url,
        generator=truncate_line(_text(channel, "generator")),
        language=truncate_line(
            _text(channel, "language") or _text(channel, "title_detail", "language")
        ),
        items=assign_guids(_item(entry, site_url or base, author, base) for entry in entries),
    )


def _item(entry: Entry, base: str, feed_author: str, feed_url: str) -> Item:
    url, guid = _link(entry, base), truncate_line(_text(entry, "id"), longest=5000)
    updated = parse_date(_text(entry, "updated"))
    published = parse_date(_text(entry, "published")) or parse_date(_text(entry, "created"))
    return Item(
        guid=guid,
        url=url or _permalink(guid),
        title=_title(entry),
        author=_author(entry) or feed_author,
        published=published or updated,
        updated=updated,
        content=_content(entry, feed_url),
        summary=_markup(_part(entry, "summary_detail"), feed_url),
        categories=_categories(entry),
        comment_count=_count(_text(entry, "slash_comments")),
        comments_url=web_address(_text(entry, "comments"), base),
        media=tuple(_media(entry, base)),
        fields=tuple(_fields(entry)),
    )


def _value(entry: Entry, key: str) -> Any:
    return dict.get(entry, key) if isinstance(entry, dict) else None


def _text(entry: Entry, key: str, within: str = "") -> str:
    value = _value(entry, key)
    if within:
        value = _value(value, within) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _part(entry: Entry, key: str) -> Entry:
    value = _value(entry, key)
    return value if isinstance(value, dict) else {}


def _parts(entry: Entry, key: str) -> tuple[Entry, ...]:
    value = _value(entry, key)
    return (
        tuple(part for part in value if isinstance(part, dict)) if isinstance(value, list) else ()
    )


def _title(entry: Entry) -> str:
    detail = _part(entry, "title_detail")
    raw = _text(entry, "title")
    is_plain = _text(detail, "type") == "text/plain"
    return text_from_plain(raw) if is_plain else text_from_html(raw)


def _link(entry: Entry, base: str) -> str:
    """Return the post's own URL, never a guid that feedparser puts in its place."""
    raw = _text(entry, "link")
    is_guid = raw == _text(entry, "id") and "://" not in raw and not raw.startswith("/")
    address = "" if is_guid else web_address(raw, base)
    if address:
        return address
    alternates = (part for part in _parts(entry, "links") if _text(part, "rel") == "alternate")
    return next((url for part in alternates if (url := web_address(_text(part, "href"), base))), "")


def _permalink(guid: str) -> str:
    return web_address(guid) if "://" in guid else ""


def _content(entry: Entry, feed_url: str) -> str:
    """Return the longest content of the item: podcasts add a short plain one."""
    contents = (_markup(part, feed_url) for part in _parts(entry, "content"))
    return max(contents, key=len, default="")


def _markup(part: Entry, feed_url: str) -> str:
    """Return a text as HTML. Text that the feed declares as plain is escaped and keeps its lines.

    The base that `xml:base` states for the text, its entry or its feed becomes a <base>, which
    the cleaner reads (RFC 4287, 2).
    """
    value, kind = strip_unprintable(_text(part, "value")), _text(part, "type")
    if kind == "text/plain":
        return html_from_text(value)
    if kind and "html" not in kind and "xml" not in kind:
        return ""
    stated = strip_unprintable(_text(part, "base")).strip()
    if not stated or not _RELATIVE.search(value):
        return value
    base = web_address(stated, feed_url)
    return f'<base href="{escape(base)}">{value}' if base else value


def _author(entry: Entry) -> str:
    names = (text_from_plain(_text(person, "name")) for person in _parts(entry, "authors"))
    return ", ".join(dict.fromkeys(name for name in names if name))


def _categories(entry: Entry) -> tuple[str, ...]:
    names = (
        text_from_html(_text(tag, "label") or _text(tag, "term")) for tag in _parts(entry, "tags")
    )
    own = (name for name in names if name and name.casefold() not in _DEFAULT_CATEGORIES)
    return tuple(dict.fromkeys(own))


def _count(raw: str) -> int | None:
    digits = raw.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else None  # noqa: PLR2004 - no post has ten million comments


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield elements that may hold facts of a run (`<run:distance>`, "run_distance")."""
    for key in entry:
        namespace, _, name = key.rpartition("_")
        if (
            name in FACT_FIELDS
            and namespace not in _RECORDING_NAMESPACES
            and (value := _text(entry, key))
        ):
            yield name, truncate_line(value)


def _media(entry: Entry, base: str) -> Iterator[Image]:
    seen: set[str] = set()
    enclosures = (part for part in _parts(entry, "links") if _text(part, "rel") == "enclosure")
    sources = (
        *(part for part in _parts(entry, "media_content") if _is_picture(part, "url")),
        *_parts(entry, "media_thumbnail"),
        *(part for part in enclosures if _is_picture(part, "href")),
    )
    for part in sources:
        url = web_address(_text(part, "url") or _text(part, "href"), base)
        if url and url not in seen:
            seen.add(url)
            yield Image(url=url, width=_pixels(part, "width"), height=_pixels(part, "height"))


def _is_picture(part: Entry, key: str) -> bool:
    kind = _text(part, "medium") or _text(part, "type")
    if kind:
        return kind.startswith("image")
    return _text(part, key).partition("?")[0].lower().endswith(_PICTURES)


def _pixels(part: Entry, key: str) -> int:
    return _count(_text(part, key).removesuffix("px")) or 0
