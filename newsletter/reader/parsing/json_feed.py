"""Parse JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from newsletter.errors import ParseError
from newsletter.models import FetchResult, Image
from newsletter.reader.parsing.dates import parse_date
from newsletter.reader.parsing.items import FACT_FIELDS, Item, ParsedFeed, assign_guids
from newsletter.reader.parsing.plain_text import (
    decode_references,
    html_from_text,
    strip_unprintable,
    text_from_plain,
    truncate_line,
    web_address,
)

_CURE = "Look whether this is the address of the blog's feed."


def parse_json_feed(response: FetchResult) -> ParsedFeed:
    """Return the feed in a JSON document. Raise ParseError if it is no JSON Feed."""
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise ParseError(
            f"What {response.final_url} sent is broken JSON, so the feed cannot be read.",
            url=response.url,
            cure="Try again later; if it stays so, tell whoever runs the blog's software.",
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise ParseError(
            f"What {response.final_url} sent is JSON, but not a feed.", url=response.url, cure=_CURE
        )
    base = response.final_url or response.url
    authors = _authors(document)
    items = (_item(raw, base, authors) for raw in document["items"] if isinstance(raw, dict))
    return ParsedFeed(
        title=text_from_plain(_text(document, "title")),
        site_url=web_address(_text(document, "home_page_url"), base),
        language=truncate_line(_text(document, "language")),
        well_formed=True,
        items=assign_guids(items),
    )


def _item(raw: dict[str, Any], base: str, feed_authors: str) -> Item:
    url = web_address(_text(raw, "url"), base) or web_address(_text(raw, "external_url"), base)
    title = text_from_plain(_text(raw, "title"))
    content = _text(raw, "content_html") or html_from_text(_text(raw, "content_text"))
    return Item(
        guid=truncate_line(_text(raw, "id"), longest=5000),
        url=url,
        title=title,
        author=_authors(raw) or feed_authors,
        published=parse_date(_text(raw, "date_published")),
        updated=parse_date(_text(raw, "date_modified")),
        content=content,
        summary=html_from_text(decode_references(_text(raw, "summary"))),
        categories=_categories(raw.get("tags")),
        media=_media(raw, base),
        fields=_fields(raw),
    )


def _text(raw: dict[str, Any], key: str) -> str:
    """Return the value as text. Some version 1.0 feeds have numbers as ids."""
    value = raw.get(key)
    if isinstance(value, str):
        return strip_unprintable(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _authors(raw: dict[str, Any]) -> str:
    """Return the names in `authors` (1.1), else in `author` (1.0)."""
    authors = raw.get("authors")
    people = authors if isinstance(authors, list) else [raw.get("author")]
    names = (
        text_from_plain(_text(person, "name")) for person in people if isinstance(person, dict)
    )
    return ", ".join(name for name in names if name)


def _categories(tags: Any) -> tuple[str, ...]:
    if not isinstance(tags, list):
        return ()
    names = (text_from_plain(tag) for tag in tags if isinstance(tag, str))
    return tuple(dict.fromkeys(name for name in names if name))


def _fields(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return fields that may hold facts of a run, in extensions: keys that begin with "_"."""
    extensions = (
        value for key, value in raw.items() if key.startswith("_") and isinstance(value, dict)
    )
    return tuple(
        (name, truncate_line(value))
        for extension in extensions
        for name in FACT_FIELDS
        if (value := _text(extension, name))
    )


def _media(raw: dict[str, Any], base: str) -> tuple[Image, ...]:
    listed = raw.get("attachments")
    attachments = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    candidates = [
        _text(raw, "image"),
        *(_text(a, "url") for a in attachments if _text(a, "mime_type").startswith("image/")),
        _text(raw, "banner_image"),
    ]
    urls = dict.fromkeys(web_address(candidate, base) for candidate in candidates)
    return tuple(Image(url=url) for url in urls if url)
