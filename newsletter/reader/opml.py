"""Read and write OPML 2.0, the exchange format for lists of feeds.

https://opml.org/spec2.opml
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from newsletter.errors import UsageError
from newsletter.models import Feed
from newsletter.text import one_line

#: Bytes of a list that are read.
MAX_BYTES = 2 * 1024**2
_MAX_FEEDS = 1000
_CURE = "Export the list once more from the reader it comes from; nothing was changed."


def read_opml(raw: bytes, *, name: str) -> tuple[str, ...]:
    """Return the URLs of the feeds in the OPML file `name`, in its order, without duplicates.

    Raise UsageError if the file is malformed, is no OPML, names no feed or more than 1000,
    is larger than 2 MB, or declares entities (a defence against billion laughs).
    """
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{name} is larger than 2 MB, too large for a list of feeds.", cure=_CURE)
    urls: list[str] = []
    tags: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        tags.append(tag)
        by_name = {key.lower(): value for key, value in attributes.items()}
        if tag.lower() == "outline" and by_name.get("xmlurl", "").strip():
            urls.append(one_line(by_name["xmlurl"]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = lambda *_: _reject_entities(name, parser.CurrentLineNumber)
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - expat takes no names
    except expat.ExpatError as error:
        raise UsageError(
            f"{name} is broken at line {error.lineno}: {expat.ErrorString(error.code)}.",
            cure=_CURE,
        ) from None
    if tags[0].lower() != "opml":
        raise UsageError(f"{name} is not a list of feeds (OPML).", cure=_CURE)
    feeds = tuple(dict.fromkeys(urls))
    if not feeds:
        raise UsageError(f"{name} names no feed: no outline in it has an xmlUrl.", cure=_CURE)
    if len(feeds) > _MAX_FEEDS:
        raise UsageError(f"{name} names {len(feeds)} feeds; 1000 is the most.", cure=_CURE)
    return feeds


def write_opml(title: str, feeds: Iterable[Feed]) -> str:
    """Return the feeds as an OPML document that other feed readers can import."""
    outlines = "".join(
        f'    <outline type="rss" text={quoteattr(feed.title or feed.url)}'
        f" xmlUrl={quoteattr(feed.url)}{_html_url(feed)}/>\n"
        for feed in feeds
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
        f"  <head>\n    <title>{escape(title)}</title>\n  </head>\n"
        f"  <body>\n{outlines}  </body>\n</opml>\n"
    )


def _html_url(feed: Feed) -> str:
    return f" htmlUrl={quoteattr(feed.site_url)}" if feed.site_url else ""


def _reject_entities(name: str, line: int) -> NoReturn:
    raise UsageError(
        f"{name} defines texts of its own at line {line}, as lists of feeds never do.", cure=_CURE
    )
