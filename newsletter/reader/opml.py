"""Lists of feeds as other feed readers keep them: OPML 2.0 (https://opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from newsletter.errors import UsageError
from newsletter.models import Feed

_LARGEST = 2 * 1024**2
_MOST_FEEDS = 1000
_CURE = "Export the list once more from the reader it comes from; nothing was changed."


def read_opml(raw: bytes, *, name: str) -> tuple[str, ...]:
    """The addresses of the feeds in an OPML file called `name`, each once, in its order.

    Raises UsageError, with the line where the file is broken, when it is no OPML, names
    no feed, is larger than 2 MB or defines entities (an attack no reader writes).
    """
    if len(raw) > _LARGEST:
        raise UsageError(f"{name} is larger than 2 MB, too large for a list of feeds.", cure=_CURE)
    found: list[str] = []
    roots: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        roots.append(tag)
        named = {key.lower(): value for key, value in attributes.items()}
        if tag.lower() == "outline" and named.get("xmlurl", "").strip():
            found.append(named["xmlurl"].strip())

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = lambda *_: _refuse(name, parser.CurrentLineNumber)
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - expat takes no names
    except expat.ExpatError as error:
        raise UsageError(
            f"{name} is broken at line {error.lineno}: {expat.ErrorString(error.code)}.",
            cure=_CURE,
        ) from None
    if roots[0].lower() != "opml":
        raise UsageError(f"{name} is not a list of feeds (OPML).", cure=_CURE)
    addresses = tuple(dict.fromkeys(found))
    if not addresses:
        raise UsageError(f"{name} names no feed: no outline in it has an xmlUrl.", cure=_CURE)
    if len(addresses) > _MOST_FEEDS:
        raise UsageError(f"{name} names {len(addresses)} feeds; 1000 is the most.", cure=_CURE)
    return addresses


def write_opml(title: str, feeds: Iterable[Feed]) -> str:
    """The feeds as an OPML document that other readers can import."""
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


def _refuse(name: str, line: int) -> NoReturn:
    raise UsageError(
        f"{name} defines texts of its own at line {line}, as lists of feeds never do.", cure=_CURE
    )
