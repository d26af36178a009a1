"""Links become absolute and safe, with words that say where they lead."""

from __future__ import annotations

import pytest

from newsletter.reader.clean.urls import Page, is_same_page
from tests.reader.clean.conftest import BLOG, POST, Clean

PAGE = Page(url=POST, site_url=BLOG)


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("/about", "https://trails.example/about"),
        ("next", "https://trails.example/2026/11/first-frost/next"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("?p=1", "https://trails.example/2026/11/first-frost/?p=1"),
        ("www.race.example/run", "https://www.race.example/run"),
        ("HTTP://Race.Example/Run", "http://race.example/Run"),
        ("https://race.example:8443/a b?q=é", "https://race.example:8443/a%20b?q=%C3%A9"),
        ("https://läufer.example/", "https://xn--lufer-gra.example/"),
        ("https://user:secret@race.example/", "https://race.example/"),
        ("mailto:ann@trails.example?subject=Hi", "mailto:ann@trails.example?subject=Hi"),
        ("tel:+1-403-555-0100", "tel:+1-403-555-0100"),
        (" java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("vbscript:x", ""),
        ("file:///etc/passwd", ""),
        ("ftp://race.example/", ""),
        ("https://", ""),
        ("https://[::1", ""),
        ("https://999.1.1.1/", ""),
        ("https://race.example:999999/", ""),
        ("https:\\\\evil.example", ""),
        ("", ""),
    ],
)
def test_addresses_become_absolute_or_nothing(address: str, absolute: str) -> None:
    assert PAGE.absolute(address) == absolute


def test_a_relative_address_without_a_page_is_nothing() -> None:
    assert Page().absolute("/about") == ""


def test_a_page_is_the_same_whatever_its_scheme_trackers_and_slash() -> None:
    assert is_same_page(
        "http://www.trails.example/a/?utm_source=x#more-12", "https://trails.example/a"
    )
    assert not is_same_page("https://trails.example/a", "https://trails.example/b")
    assert not is_same_page("", "")
    assert not is_same_page("mailto:ann@trails.example", "")


@pytest.mark.parametrize(
    ("post", "other"),
    [
        ("https://trails.example/?p=101", "https://trails.example/?p=77"),
        ("https://trails.example/index.php?id=101", "https://trails.example/index.php?id=77"),
        ("https://trails.example/#/post/7", "https://trails.example/#/post/8"),
        ("https://trails.example/log/#sat", "https://trails.example/log/#sun"),
    ],
)
def test_posts_that_differ_in_query_or_fragment_are_different_pages(
    clean: Clean, post: str, other: str
) -> None:
    assert not is_same_page(post, other)
    html = clean(
        f'<p>Before this I ran in Oban: <a href="{other}">read more about Oban</a>.</p>'
        f'<p>You may like <a href="{other}1">my Skye report</a> and '
        f'<a href="{other}2">my Mull report</a>.</p>',
        url=post,
    ).html
    assert html.count("<a ") == 3
    assert clean(f'<p>Cold.</p><p><a href="{post}">Read more</a></p>', url=post).html == (
        "<p>Cold.</p>"
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://www.dropbox.com/share/albums/race",
        "https://racelinx.com/share/42",
        "https://sportt.me/share/7",
        "https://fedex.com/share",
        "https://netflix.com/intent/x",
        "https://mytwitter.com/share",
        "https://trails.example/x.com/share",
        "https://trails.example/?from=facebook.com/sharer",
        "https://trails.example/?share=facebookers",
        "https://other.example/pictures/#more-pictures",
    ],
)
def test_a_link_is_a_share_button_by_its_whole_host_and_path(clean: Clean, address: str) -> None:
    text = f'<p>The pictures are <a href="{address}">in this album</a>.</p>'
    assert "in this album</a>" in clean(text).html


@pytest.mark.parametrize(
    "address",
    [
        "https://x.com/share?url=x",
        "https://mobile.twitter.com/intent/tweet?text=x",
        "https://www.facebook.com/sharer.php?u=x",
        "https://www.facebook.com/sharer/sharer.php?u=x",
        "https://www.pinterest.co.uk/pin/create/button/?url=x",
        "https://de.pinterest.com/pin/create/link/?url=x",
        "https://wa.me/?text=x",
        "https://t.me/share/url?url=x",
        "https://bsky.app/intent/compose?text=x",
        "https://www.threads.net/intent/post?text=x",
        "https://trails.example/2026/11/first-frost/?share=jetpack-whatsapp",
        "mailto:?subject=x",
    ],
)
def test_share_buttons_are_dropped(clean: Clean, address: str) -> None:
    assert clean(f'<p>Cold.</p><p><a href="{address}">Share</a></p>').html == "<p>Cold.</p>"


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ('<a href="https://www.mag.example/a">click here to read the full article</a>',
         "read the full article at mag.example"),
        ('<a href="https://mag.example/a">Click here for the study</a>',
         "The study at mag.example"),
        ('<a href="/plan">Click here to see my plan</a>', "See my plan"),
        ('<a href="https://mag.example/a">here</a>', "here (mag.example)"),
        ('<a href="https://mag.example/a" title="The hip study">this link</a>',
         "this link (The hip study)"),
        ('<a href="https://mag.example/a">the hip study</a>', "the hip study"),
        ('<a href="https://mag.example/a">here we go again</a>', "here we go again"),
    ],
)  # fmt: skip
def test_click_here_says_where_it_leads(clean: Clean, link: str, words: str) -> None:
    assert f">{words}</a>" in clean(f"<p>So {link} today.</p>").html


def test_a_picture_in_a_click_here_link_is_kept(clean: Clean) -> None:
    html = clean(
        '<p><a href="https://mag.example/a">here<img src="/a.jpg" alt="Hips"></a></p>'
    ).html
    assert "here (mag.example)" in html
    assert 'alt="Hips"' in html


def test_links_within_the_page_keep_their_words(clean: Clean) -> None:
    assert clean('<p>Note<a href="#fn1"><sup>1</sup></a></p>').html == "<p>Note<sup>1</sup></p>"


def test_a_link_around_blocks_stays_a_link_in_each(clean: Clean) -> None:
    html = clean('<a href="/x"><h2>Head</h2><p>Words</p></a>').html
    assert html == (
        '<h3><a href="https://trails.example/x">Head</a></h3>\n'
        '<p><a href="https://trails.example/x">Words</a></p>'
    )


def test_a_base_element_inside_a_post_counts(clean: Clean) -> None:
    html = clean('<base href="/maps/"><p><a href="north.html">North</a></p>').html
    assert html == '<p><a href="https://trails.example/maps/north.html">North</a></p>'
    again = clean('<base href="data:x"><p><a href="north.html">North</a></p>').html
    assert 'href="https://trails.example/2026/11/first-frost/north.html"' in again


@pytest.mark.parametrize(
    "mark",
    [
        '<a class="footnote-anchor" href="#footnote-1">1</a>',
        '<a href="#fn1" id="fnref1">1</a>',
        '<sup id="fnref:1"><a href="#fn:1" role="doc-noteref">1</a></sup>',
        '<a href="#_ftn1">1</a>',
    ],
)
def test_the_mark_of_a_footnote_never_joins_the_figure_before_it(clean: Clean, mark: str) -> None:
    cleaned = clean(f"<p>We needed 3:58{mark} for it.</p>")
    assert cleaned.html == "<p>We needed 3:58<sup>1</sup> for it.</p>"
    assert cleaned.excerpt == "We needed 3:58¹ for it."


def test_a_number_that_leads_to_a_heading_is_no_note(clean: Clean) -> None:
    html = clean('<p>Read on in part <a href="#part-2">2</a> below.</p>').html
    assert html == "<p>Read on in part 2 below.</p>"
