from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.errors import ParseError
from newsletter.models import Image
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.reader.parsing.parse import parse_feed
from tests.support.small_feeds import fetch_result


def _read(*items: object, **feed: object) -> ParsedFeed:
    document: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": "T"}
    return parse_feed(fetch_result(json.dumps(document | {"items": list(items)} | feed)))


def test_an_item_of_version_1_1_comes_with_all_it_says() -> None:
    feed = _read(
        {
            "id": "1",
            "url": "/run-1",
            "title": "Run & rest",
            "content_html": "<p>Up the hill.</p>",
            "summary": "Up < down",
            "date_published": "2026-11-22T07:00:00-07:00",
            "date_modified": "2026-11-22T15:00:00Z",
            "tags": ["Races", "Races", 5],
            "image": "https://blog.example/a.jpg",
            "attachments": [{"url": "b.png", "mime_type": "image/png"}, {"url": "c.mp3"}, "x"],
            "authors": [{"name": "Ada"}, {"name": "Tom"}],
        },
        home_page_url="https://blog.example/",
    )
    (item,) = feed.items
    assert (feed.site_url, item.url) == ("https://blog.example/", "https://blog.example/run-1")
    assert (item.title, item.author, item.categories) == ("Run & rest", "Ada, Tom", ("Races",))
    assert (item.content, item.summary) == ("<p>Up the hill.</p>", "Up &lt; down")
    assert item.published == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert item.updated == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert item.media == (
        Image(url="https://blog.example/a.jpg"),
        Image(url="https://blog.example/feed/b.png"),
    )


def test_version_1_0_has_one_author_and_numbers_for_ids() -> None:
    (item,) = _read({"id": 7, "content_text": "One\ntwo\n\nthree <3"}, author={"name": "Ada"}).items
    assert (item.guid, item.author) == ("7", "Ada")
    assert item.content == "<p>One<br>two</p><p>three &lt;3</p>"


def test_items_without_id_are_named_by_their_link() -> None:
    (item,) = _read({"external_url": "https://elsewhere.example/a"}).items
    assert item.guid == item.url == "https://elsewhere.example/a"


def test_wrong_types_are_ignored() -> None:
    feed = _read(
        "x", None, {"id": {}, "title": [], "tags": "x", "authors": [1], "url": 5}, title=[1]
    )
    assert len(feed.items) == 1
    assert feed.title == ""


@pytest.mark.parametrize(
    "body",
    [
        "{",
        '{"items": 5}',
        "[]",
        "[1]",
        '{"code": "rest_no_route"}',
        "[" * 100_000,
        '{"a": 1e999999}',
    ],
)
def test_other_json_is_refused_with_a_clear_error(body: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_feed(fetch_result(body))
    assert caught.value.cure
