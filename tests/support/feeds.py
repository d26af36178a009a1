"""RSS feeds for tests, in the form that WordPress writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed, published on `day` at noon UTC."""

    number: int
    title: str
    day: dt.date
    body: str = "<p>An easy hour by the river, and pancakes after. The dog came too.</p>"
    categories: tuple[str, ...] = ()

    def xml(self) -> str:
        link = f"https://trails.example/{self.day:%Y/%m}/post-{self.number}/"
        published = dt.datetime.combine(self.day, dt.time(12), dt.UTC)
        categories = "".join(f"<category><![CDATA[{name}]]></category>" for name in self.categories)
        return (
            f"<item><title>{escape(self.title)}</title><link>{link}</link>"
            f"<pubDate>{format_datetime(published)}</pubDate>{categories}"
            f'<guid isPermaLink="false">https://trails.example/?p={self.number}</guid>'
            f"<description><![CDATA[{self.body}]]></description>"
            f"<content:encoded><![CDATA[{self.body}]]></content:encoded></item>"
        )


def rss(*items: Item) -> str:
    """Return a feed that holds these items in the given order, newest first."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<title>Test Trails</title><link>https://trails.example</link>"
        "<description>Running</description>"
        "<generator>https://wordpress.org/?v=6.8</generator>"
        f"{''.join(item.xml() for item in items)}</channel></rss>"
    )
