from __future__ import annotations

import pytest

from newsletter.errors import UsageError
from newsletter.models import Feed
from newsletter.reader.opml import read_opml, write_opml

LAUGHS = b'<!DOCTYPE o [\n<!ENTITY a "ha">]><opml><body><outline xmlUrl="&a;"/></body></opml>'


def test_feeds_are_found_at_any_depth_and_in_any_spelling_once() -> None:
    raw = (
        b'<opml version="1.1"><body><outline text="Running">'
        b'<outline xmlUrl="https://a.example/feed/"/><outline xmlurl=" https://b.example/ "/>'
        b'</outline><outline xmlUrl="https://a.example/feed/"/><outline text="no feed"/>'
        b"</body></opml>"
    )
    assert read_opml(raw, name="f") == ("https://a.example/feed/", "https://b.example/")


def test_a_written_list_is_read_again() -> None:
    feeds = [
        Feed(
            url='https://a.example/?a=1&b="2"', title="Läufe & <Öl>", site_url="https://a.example"
        ),
        Feed(url="https://b.example/feed/"),
    ]
    text = write_opml("Hills & Dales", feeds)
    assert read_opml(text.encode(), name="f") == tuple(feed.url for feed in feeds)
    assert "<title>Hills &amp; Dales</title>" in text


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is broken at line 1"),
        (b"<opml>\n<body></opml>", "is broken at line 2"),
        (b"\xff\xfe\x00", "is broken at line 1"),
        (LAUGHS, "defines texts of its own at line 2"),
        (b"<html></html>", "is not a list of feeds"),
        (b"<opml><body/></opml>", "names no feed"),
        (b" " * (2 * 1024**2 + 1), "larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_clear_error(raw: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        read_opml(raw, name="feeds.opml")
    assert caught.value.message.startswith("feeds.opml")
    assert caught.value.cure
