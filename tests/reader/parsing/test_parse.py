from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.errors import ParseError
from newsletter.models import Image
from newsletter.reader.parsing.parse import parse_feed
from tests.support.small_feeds import fetch_result, item, rss

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Hill &amp; Dale</title><link href="https://blog.example/"/>
<entry><id>tag:blog.example,2026:1</id><title>Slow &lt;b&gt; fast</title>
<link rel="alternate" href="/run-1/"/><updated>2026-11-20T08:00:00Z</updated>
<author><name>Ada</name></author><content type="text">5 &lt; 10 km</content></entry></feed>"""


def test_an_rss_item_comes_with_all_it_says() -> None:
    extra = (
        "<dc:creator>Ada Runner</dc:creator><category>Races</category><category>races</category>"
        "<category>Uncategorized</category><comments>https://blog.example/run-1/#comments</comments>"
        '<slash:comments>3</slash:comments><media:thumbnail url="/a.jpg" width="300" height="200"/>'
        '<enclosure url="https://blog.example/b.png" type="image/png" length="1"/>'
        '<enclosure url="https://blog.example/c.mp3" type="audio/mpeg" length="1"/>'
    )
    feed = parse_feed(fetch_result(rss(item(1, extra=extra))))
    (result,) = feed.items
    assert (feed.title, feed.site_url) == ("Hill & Dale", "https://blog.example/")
    assert (result.guid, result.url) == ("https://blog.example/?p=1", "https://blog.example/run-1/")
    assert (result.title, result.author, result.comment_count) == ("Run 1", "Ada Runner", 3)
    assert result.published == datetime(2026, 11, 2, 7, tzinfo=UTC)
    assert result.updated is None
    assert result.categories == ("Races", "races")
    assert result.content.startswith("<p>We ran")
    assert result.comments_url == "https://blog.example/run-1/#comments"
    assert result.media == (
        Image(url="https://blog.example/a.jpg", width=300, height=200),
        Image(url="https://blog.example/b.png"),
    )


def test_an_atom_entry_is_read_by_the_rules_of_atom() -> None:
    (item,) = parse_feed(fetch_result(ATOM)).items
    assert (item.guid, item.url) == ("tag:blog.example,2026:1", "https://blog.example/run-1/")
    assert item.content == "5 &lt; 10 km"
    assert item.published == item.updated == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert item.author == "Ada"


def test_rss_1_is_read() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://blog.example/"><title>T</title>'
        '</channel><item rdf:about="https://blog.example/1"><title>Run</title>'
        "<link>https://blog.example/1</link></item></rdf:RDF>"
    )
    assert [item.title for item in parse_feed(fetch_result(rdf)).items] == ["Run"]


def test_embeds_and_lazy_pictures_reach_the_cleaner_untouched() -> None:
    text = (
        '<iframe src="https://www.youtube.com/embed/x"></iframe><img data-src="/a.jpg" srcset="b">'
    )
    (result,) = parse_feed(fetch_result(rss(item(1, text=text)))).items
    assert text in result.content


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Tom &amp;amp; Ada", "Tom & Ada"),
        ("It&amp;#8217;s &lt;em&gt;fall&lt;/em&gt;", "It’s fall"),
        ("It&amp;amp;#8217;s fall", "It’s fall"),
        ("<![CDATA[<script>alert(1)</script>Run]]>", "Run"),
        ("10 &lt; 20", "10 < 20"),
        ("Two\n  lines\t here", "Two lines here"),
        ("Flip\u202eped &#8234;text", "Flipped text"),
        ("Done &#55356;&#57283;&#x200d;!", "Done 🏃\u200d!"),
        ("Half &#55356; done &#x110000;", "Half \ufffd done \ufffd"),
        ("", ""),
    ],
)
def test_titles_are_plain_text(raw: str, title: str) -> None:
    body = rss(f"<item><title>{raw}</title><link>https://blog.example/1</link></item>")
    assert parse_feed(fetch_result(body)).items[0].title == title


@pytest.mark.parametrize(
    "prefix", ["\ufeff", "\n \n", "<br />\n<b>Warning</b>: x.php line 3<br />\n"]
)
def test_junk_before_the_feed_is_harmless(prefix: str) -> None:
    assert len(parse_feed(fetch_result(prefix + rss(item(1), item(2)))).items) == 2


def test_control_characters_and_bare_ampersands_are_harmless() -> None:
    body = rss(item(1), item(2)).replace("Run 1", "Run\x00\x08 1 & more")
    assert [item.title for item in parse_feed(fetch_result(body)).items] == [
        "Run 1 & more",
        "Run 2",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252"])
def test_encodings_are_read_as_declared(encoding: str) -> None:
    body = rss(item(1)).replace("UTF-8", encoding).replace("Run 1", "Läufe für Ölsände")
    assert parse_feed(fetch_result(body.encode(encoding))).items[0].title == "Läufe für Ölsände"


def test_utf_8_is_recognised_when_the_server_names_another_encoding() -> None:
    body = rss(item(1)).replace("Run 1", "Läufe – schön")
    wrong = fetch_result(body, kind="application/rss+xml; charset=iso-8859-1")
    assert parse_feed(wrong).items[0].title == "Läufe – schön"


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    body = (
        rss(item(1), item(2))
        .encode()
        .replace(b"Run 1", b"Run \xff")
        .replace(b"Run 2", "Läufe äöü".encode())
    )
    assert [item.title for item in parse_feed(fetch_result(body)).items] == [
        "Run \ufffd",
        "Läufe äöü",
    ]


def test_a_duplicated_item_counts_once() -> None:
    assert len(parse_feed(fetch_result(rss(item(1), item(2), item(1)))).items) == 2


def test_an_item_cut_off_in_the_middle_is_left_for_the_next_time() -> None:
    whole = rss(item(1), item(2))
    cut = whole[: whole.rindex("We ran")]
    assert [item.title for item in parse_feed(fetch_result(cut)).items] == ["Run 1"]


def test_a_missing_last_closing_tag_costs_nothing() -> None:
    body = rss(item(1), item(2)).removesuffix("</rss>")
    assert len(parse_feed(fetch_result(body)).items) == 2


def test_a_feed_without_posts_is_a_feed() -> None:
    assert parse_feed(fetch_result(rss())).items == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty page"),
        (" \n\t ", "empty page"),
        ("<!DOCTYPE html><html><head><title>Soon</title></head></html>", "a web page, not a feed"),
        ("<!-- cached --><html lang='en'><body>Checking your browser</body></html>", "a web page"),
        ("\x00\x01 nothing at all", "not a feed"),
        ("plain words", "not a feed"),
        (rss(item(1))[:-200], "broke off in the middle of its first post"),
    ],
)
def test_a_body_that_is_no_feed_gives_a_clear_error(body: str, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        parse_feed(fetch_result(body))
    assert caught.value.cure


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;">',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        "".join(f'<!ENTITY e{number} "x">' for number in range(30)),
        f'<!ENTITY a "{"x" * 5000}">',
    ],
)
def test_documents_with_entities_that_grow_or_reach_out_are_refused(subset: str) -> None:
    body = rss(item(1)).replace("<rss", f"<!DOCTYPE rss [{subset}]><rss", 1)
    with pytest.raises(ParseError, match="real feeds do not"):
        parse_feed(fetch_result(body))


def test_links_that_are_no_web_addresses_are_dropped() -> None:
    body = rss(
        "<item><guid>javascript:alert(1)</guid><link>javascript:alert(1)</link><title>a</title></item>",
        "<item><guid>post-2</guid><title>b</title></item>",
        '<item><guid isPermaLink="true">https://blog.example/3</guid><title>c</title></item>',
    )
    urls = [item.url for item in parse_feed(fetch_result(body)).items]
    assert urls == ["", "", "https://blog.example/3"]


def test_guids_do_not_depend_on_the_address_of_the_feed() -> None:
    body = rss("<item><link>https://blog.example/a</link><guid>a-1</guid><title>a</title></item>")
    moved = replace(fetch_result(body), final_url="https://elsewhere.example/rss")
    assert parse_feed(fetch_result(body)).items == parse_feed(moved).items
    assert parse_feed(moved).items[0].guid == "a-1"


def test_relative_links_are_resolved() -> None:
    body = rss("<item><link>/a</link><title>a</title></item>", "<item><guid>/b</guid></item>")
    urls = [item.url for item in parse_feed(fetch_result(body)).items]
    assert urls == ["https://blog.example/a", "https://blog.example/b"]
