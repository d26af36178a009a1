"""The public copy of an issue: the same rendering without any reader's data."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter import merge
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.public_copy import archive_nav, public_copy
from newsletter.composer.render import render
from newsletter.models import Edition, Layout
from newsletter.resources import template_folders
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY, NORTH, POSTS

LAYOUTS: tuple[Layout, ...] = ("digest", "full", "letter")


def _greeting_by_name(layout: Layout) -> Edition:
    letterhead = replace(LETTERHEAD, layout=layout, salutation="Hello {name},")
    return render(
        ISSUE, "north", letterhead, folders=template_folders("email", None), merge_key=MERGE_KEY
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_part_of_a_reader_is_removed_and_the_rest_stays(layout: Layout) -> None:
    edition = _greeting_by_name(layout)
    page = public_copy(edition.html, edition.nonce)
    assert f"-nl{edition.nonce}" not in page
    for words in ("Unsubscribe", "You get this because", "Change what you get", "in your browser"):
        assert words in edition.html
        assert words not in page
    text = " ".join(LexborHTMLParser(page).text(separator=" ").split())
    assert NORTH.split("!!")[1].strip() in text
    assert all(" ".join(post.title.split()) in text for post in POSTS)
    assert "12 Larch Lane" in text
    assert "Sign up for Mud & Miles Weekly" in text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_other_element_stays_as_it_was(layout: Layout) -> None:
    edition = _greeting_by_name(layout)
    page = LexborHTMLParser(public_copy(edition.html, edition.nonce))
    whole = LexborHTMLParser(edition.html)
    for node in whole.css(".yours"):
        node.decompose()
    assert page.html == whole.html


def test_a_template_without_archive_support_reveals_nothing(tmp_path: Path) -> None:
    own = tmp_path / "email"
    own.mkdir()
    shipped = Path(template_folders("email", None)[0])
    for file in filter(Path.is_file, shipped.iterdir()):
        text = file.read_text("utf-8").replace(" yours", "")
        (own / file.name).write_text(text, "utf-8")
    edition = render(ISSUE, "north", LETTERHEAD, folders=(own,), merge_key=MERGE_KEY)
    page = public_copy(edition.html, edition.nonce)
    assert 'class="small"' not in page
    assert f"-nl{edition.nonce}" not in page
    assert "Unsubscribe" not in page
    assert all(post.url in page for post in POSTS)


def test_a_reader_s_link_outside_of_any_paragraph_goes_alone() -> None:
    tag = merge.tag("abcdef", "unsubscribe_url")
    html = (
        f'<div><h1>Title</h1><a href="{tag}">Leave</a><img src="https://x.example/{tag}.png">'
        f"<!--[if mso]><b>{tag}</b><![endif]--> Bye</div>"
    )
    page = public_copy(html, "abcdef")
    assert page == "<div><h1>Title</h1><!--[if mso]><b></b><![endif]--> Bye</div>"


def test_the_head_has_a_canonical_link(rendered: Renderer) -> None:
    edition = rendered()
    page = public_copy(
        edition.html,
        edition.nonce,
        canonical="https://x.example/?a=1&b=2",
        description='Say "hi" <now>',
    )
    head = LexborHTMLParser(page).css_first("head")
    assert head is not None
    (link,) = head.css("link[rel=canonical]")
    assert link.attributes["href"] == "https://x.example/?a=1&b=2"
    (about,) = head.css("meta[name=description]")
    assert about.attributes["content"] == 'Say "hi" <now>'


def test_the_navigation_links_the_neighbouring_issues(rendered: Renderer) -> None:
    edition = rendered()
    page = public_copy(
        edition.html, edition.nonce, nav=archive_nav(load_phrases("en"), older=11, newer=13)
    )
    links = {
        link.text(): link.attributes["href"] for link in LexborHTMLParser(page).css("body > nav a")
    }
    assert links == {
        "All issues": "/archive/",
        "Older: No. 11": "/archive/11",
        "Newer: No. 13": "/archive/13",
    }
    alone = archive_nav(load_phrases("en"), older=None, newer=None)
    assert re.findall('href="([^"]*)"', alone) == ["/archive/"]
