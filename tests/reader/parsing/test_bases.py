"""The base of relative addresses, where a feed or a post states one."""

from __future__ import annotations

import re

import pytest

from newsletter.models import Post
from newsletter.reader.parsing.parse import parse_feed
from tests.support.small_feeds import FEED_URL, clean_posts_of, fetch_result, item, rss

BODY = "&lt;p&gt;&lt;a href='map.html'&gt;The map&lt;/a&gt;&lt;img src='/hill.jpg'&gt;&lt;/p&gt;"


def _post(feed: str) -> Post:
    (post,) = clean_posts_of(parse_feed(fetch_result(feed)), feed_url=FEED_URL)
    return post


def _atom(*, on_feed: str = "", on_entry: str = "", on_content: str = "") -> str:
    def attribute(base: str) -> str:
        return f' xml:base="{base}"' if base else ""

    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"{attribute(on_feed)}><title>T</title><id>t</id>'
        f"<entry{attribute(on_entry)}><id>urn:1</id><title>Two ridges</title>"
        '<link href="https://blog.example/notes/two.html"/>'
        f'<content type="html"{attribute(on_content)}>{BODY}</content></entry></feed>'
    )


@pytest.mark.parametrize(
    ("stated", "base"),
    [
        ({"on_content": "https://blog.example/2026/two/"}, "https://blog.example/2026/two/"),
        ({"on_entry": "https://blog.example/2026/two/"}, "https://blog.example/2026/two/"),
        ({"on_feed": "https://blog.example/2026/"}, "https://blog.example/2026/"),
        ({"on_feed": "https://blog.example/", "on_content": "a/b/"}, "https://blog.example/a/b/"),
        ({"on_content": "/a/"}, "https://blog.example/a/"),
        ({"on_content": "javascript:alert(1)"}, "https://blog.example/notes/"),
        ({}, "https://blog.example/notes/"),
    ],
)
def test_xml_base_counts_where_it_is_stated(stated: dict[str, str], base: str) -> None:
    html = _post(_atom(**stated)).html
    assert re.findall(r'(?:href|src)="([^"]*)"', html) == [
        f"{base}map.html",
        "https://blog.example/hill.jpg",
    ]


def test_xml_base_of_a_channel_counts_too() -> None:
    feed = rss(item(1, text='<a href="map.html">The map</a>'))
    html = _post(feed.replace("<rss ", '<rss xml:base="https://blog.example/maps/" ')).html
    assert 'href="https://blog.example/maps/map.html"' in html


def test_a_base_inside_of_xhtml_counts_for_what_stands_in_it() -> None:
    body = (
        '<p><a href="one.html">One</a></p><section xml:base="2026/two/"><p><a href="two.html">Two'
        '</a></p><img src="hill.jpg" alt="Hill"/><p xml:base="/deep/"><a href="three.html">Three'
        '</a></p></section><p><a href="four.html" xml:base="javascript:x">Four</a></p>'
    )
    feed = _atom().replace('type="html"', 'type="xhtml" xml:base="https://blog.example/a/"')
    for start, base in (("<div", "a/"), ('<div id="post" xml:base="b/"', "a/b/")):
        div = f'{start} xmlns="http://www.w3.org/1999/xhtml">{body}</div>'
        html = _post(feed.replace(BODY, div)).html
        assert re.findall(r'(?:href|src)="https://blog.example/([^"]*)"', html) == [
            f"{base}one.html",
            f"{base}2026/two/two.html",
            f"{base}2026/two/hill.jpg",
            "deep/three.html",
            f"{base}four.html",
        ]
