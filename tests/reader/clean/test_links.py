"""Links become absolute and safe, with words that say where they lead."""

from __future__ import annotations

import pytest

from newsletter.reader.clean.page import Page, is_same_page
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


def test_a_page_is_the_same_whatever_its_scheme_query_and_slash() -> None:
    assert is_same_page(
        "http://www.trails.example/a/?utm_source=x#more", "https://trails.example/a"
    )
    assert not is_same_page("https://trails.example/a", "https://trails.example/b")
    assert not is_same_page("", "")


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
