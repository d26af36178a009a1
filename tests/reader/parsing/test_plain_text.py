"""Plain text in feeds: the same text comes out of every format."""

from __future__ import annotations

import json
from html import escape

import pytest

from newsletter.models import Post
from newsletter.reader.parsing.items import Item
from newsletter.reader.parsing.parse import parse_feed
from newsletter.reader.parsing.plain_text import paragraphs_of, text_from_html
from tests.support.small_feeds import FEED_URL, clean_posts_of, fetch_result, rss

SPLITS = "Five miles by the river today.\nMile 1: 8:12\nMile 2: 8:05\n\nTea & cake"
WRAPPED = (
    "We ran along the river until the mist was gone, then up the hill\n"
    "and home for tea. Nobody had thought of bringing a map, but then\n"
    "nobody had meant to get lost."
)


def _atom(title: str = "T", *, content: str = "", kind: str = "text") -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Hills</title><id>urn:t</id><entry>'
        f"<id>urn:1</id><title>{title}</title><link href='https://blog.example/1/'/>"
        f'<content type="{kind}">{content}</content></entry></feed>'
    )


def _json(**item: object) -> str:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [item]}
    return json.dumps(document)


def _rss(title: str = "T", text: str = "") -> str:
    return rss(
        f"<item><title>{title}</title><link>https://blog.example/1/</link>"
        f"<description>{text}</description></item>"
    )


def _item(body: str) -> Item:
    (item,) = parse_feed(fetch_result(body)).items
    return item


def _post(body: str) -> Post:
    (post,) = clean_posts_of(parse_feed(fetch_result(body)), feed_url=FEED_URL)
    return post


@pytest.mark.parametrize(
    "body",
    [
        _atom(content=escape(SPLITS)),
        _json(id="1", content_text=SPLITS),
        _json(id="1", content_html=escape(SPLITS)),
        _rss(text=escape(escape(SPLITS))),
        _rss(text=f"<![CDATA[{escape(SPLITS)}]]>"),
    ],
)
def test_plain_text_keeps_its_lines_in_every_format(body: str) -> None:
    assert _post(body).html == (
        "<p>Five miles by the river today.<br>Mile 1: 8:12<br>Mile 2: 8:05</p>\n"
        "<p>Tea &amp; cake</p>"
    )


def test_the_description_of_a_video_keeps_its_lines() -> None:
    video = (
        "<item><title>T</title><link>https://blog.example/1/</link><media:group>"
        f"<media:description>{escape(SPLITS)}</media:description></media:group></item>"
    )
    assert _post(rss(video)).html.startswith("<p>Five miles by the river today.<br>Mile 1: 8:12")


def test_wrapped_text_is_joined_to_paragraphs() -> None:
    assert _post(_atom(content=WRAPPED)).html == f"<p>{' '.join(WRAPPED.split())}</p>"
    assert paragraphs_of(f"{WRAPPED}\n \t\n\n{SPLITS}") == [
        [" ".join(WRAPPED.split())],
        ["Five miles by the river today.", "Mile 1: 8:12", "Mile 2: 8:05"],
        ["Tea & cake"],
    ]


def test_two_lines_are_joined_only_inside_a_sentence() -> None:
    line = "We ran along the river until the mist was gone, then up the hill"
    assert paragraphs_of(f"{line}\nand home.") == [[f"{line} and home."]]
    assert paragraphs_of(f"{line}.\nMile 1: 8:12") == [[f"{line}.", "Mile 1: 8:12"]]


@pytest.mark.parametrize("text", ["", " ", "\n", "\r\n \r\n"])
def test_a_text_without_words_has_no_paragraphs(text: str) -> None:
    assert paragraphs_of(text) == []


TITLES = [
    ("Why I don&#8217;t stretch &amp; what I do", "Why I don’t stretch & what I do"),
    ("AT&T and R&amp;D", "AT&T and R&D"),
    ("See ?a=1&copy=2", "See ?a=1&copy=2"),
    ("Ridge run<br />Part two", "Ridge run Part two"),
    ("Race <span>report</span><br>Banff", "Race report Banff"),
    ("Race <span>re<b>port</b></span>s", "Race reports"),
    ("I <3 trails & 5K<10K", "I <3 trails & 5K<10K"),
    ("Done <img class='emoji' src='/x.png' alt='🏃'> at last", "Done 🏃 at last"),
]


@pytest.mark.parametrize(("raw", "title"), TITLES)
def test_titles_are_decoded_alike_in_every_format(raw: str, title: str) -> None:
    assert _item(_json(id="1", title=raw)).title == title
    assert _item(_atom(escape(raw), content="x")).title == title
    assert _item(_rss(escape(raw))).title == title


def test_tags_that_a_title_is_about_stay_in_it() -> None:
    assert _item(_json(id="1", title="Tags: <b> & &amp;lt;")).title == "Tags: <b> & &lt;"


def test_names_tags_and_summaries_of_a_json_feed_are_decoded() -> None:
    body = _json(
        id="1",
        summary="Stretching isn&#8217;t for me &amp; never was.",
        tags=["Shoes &amp; Gear"],
        authors=[{"name": "Jo O&#8217;Neil"}],
        content_html="<p>We ran.</p>",
    )
    assert _item(body).categories == ("Shoes & Gear",)
    assert _item(body).author == "Jo O’Neil"
    assert _post(body).excerpt == "Stretching isn’t for me & never was."
    feed = parse_feed(fetch_result(body.replace('"title": "T"', '"title": "Jo&#8217;s log"')))
    assert feed.title == "Jo’s log"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("The race is in <s>Berlin</s> <b>Hamburg</b>", "The race is in Hamburg"),
        ("Meet at <del>8:00</del>, no, 7:30", "Meet at, no, 7:30"),
        ("<s>Called off</s>", "Called off"),
        ("VO<sub>2</sub> and 3:58<sup>1</sup>", "VO₂ and 3:58¹"),
        ("The 12<sup>th</sup> mile<p>Part two</p>of it", "The 12th mile Part two of it"),
        ('Frost<span style="display:none"> Ask Kim first.</span> at last', "Frost at last"),
        ('Frost<span class="screen-reader-text"> (draft)</span> again', "Frost again"),
    ],
)
def test_markup_of_a_title_keeps_its_meaning(raw: str, title: str) -> None:
    assert text_from_html(raw) == title
