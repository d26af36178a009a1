"""Limits of the cleaner on size, nesting and time."""

from __future__ import annotations

import pytest

from newsletter.reader.clean.source import LENGTH, NESTING, limit_source
from tests.reader.clean.conftest import POST, Clean
from tests.reader.clean.test_safety import assert_harmless

REST = f'<p><a href="{POST}">The rest of this post is on the site</a></p>'


def deepest(html: str) -> int:
    depth = most = 0
    for piece in html.split("<")[1:]:
        if piece.startswith("/"):
            depth -= 1
        elif not piece.startswith(("br", "img", "hr")):
            depth += 1
        most = max(most, depth)
    return most


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 60_000,
        "<div>" * 20_000 + "<p>" * 40_000,
        "".join(f"<b i{number}>" for number in range(3_000)) + "<p>x" * 40_000,
        "<blockquote>" * 15_000 + "x",
        "<ul><li>x" * 20_000,
        "<table><tr><td>" * 12_000,
        "<span><h1></span>" * 11_000,
        "<a href=x>b" * 18_000,
        "<a " * 60_000,
        "<a " + " ".join(f"x{number}=1" for number in range(30_000)) + ">",
        "<!--" * 50_000,
        "<" * 190_000,
        "&" * 190_000,
        "[" * 190_000,
        "[caption]" * 20_000 + "[/caption]" * 10,
        "[gallery " * 20_000,
        "\xa0 " * 90_000,
        "<br>" * 45_000,
        '<img src=x srcset="' + "a, " * 60_000 + '">',
        "a. " * 60_000,
        ": " * 90_000,
        "👩‍👩‍👧" * 30_000,
        "<p>http://" + "a" * 190_000,
        '<div class="wp-block-cover" style="' + "background:" * 15_000 + '">',
        '<div class="gallery"><img src="/1.jpg"><img src="/2.jpg">' * 3_000,
        '<blockquote class="twitter-tweet"><a href="https://twitter.com/a/status/1">' * 2_500,
    ],
)
def test_hostile_sources_come_out_short_shallow_and_harmless(clean: Clean, source: str) -> None:
    html = clean(source).html
    assert len(html) <= LENGTH
    assert deepest(html) <= 3 * NESTING
    assert_harmless(html)
    assert clean(html).html == html


def test_a_post_that_is_too_long_says_where_the_rest_is(clean: Clean) -> None:
    html = clean("<p>Mile after mile.</p>" * 20_000).html
    assert html.startswith("<p>Mile after mile.</p>\n<p>Mile after mile.</p>")
    assert html.endswith(REST)
    assert clean(html).html == html


def test_deep_nesting_loses_no_word(clean: Clean) -> None:
    words = [f"w{number}" for number in range(300)]
    html = clean("".join(f"<div>{word}" for word in words)).html
    assert [word for word in words if word not in html] == []


def test_unclosed_paragraphs_cells_and_items_are_not_taken_for_nesting() -> None:
    for source in (
        "<p>x" * 500,
        "<ul>" + "<li>x" * 500,
        "<table>" + "<tr><td>x<td>y" * 500,
        "<dl>" + "<dt>x<dd>y" * 500,
        "<p><b>x</b></p>" * 500,
        "<div><span>x</div>" * 500,
    ):
        assert limit_source(source) == (source, False)


def test_formatting_that_is_never_closed_is_left_out_but_its_text_stays() -> None:
    source, _ = limit_source("<b>x" * 200)
    assert source.count("<b>") == 8
    assert source.count("x") == 200


def test_a_cut_goes_neither_through_a_tag_nor_through_an_entity() -> None:
    padding = "a" * (LENGTH - 3)
    assert limit_source(f"{padding}<strong>b</strong>") == (padding, True)
    assert limit_source(f"{padding}&amp;b") == (padding, True)
