"""How the author's treatments, excerpts and note look in each kind of message."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from newsletter.composer.digest import arrange_posts
from newsletter.models import OwnEdits, SafeHtml
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, POSTS

FIRST, SECOND, THIRD = (
    replace(post, id=number, title=f"Run {number}", excerpt=f"Excerpt {number}.",
            html=SafeHtml(f"<p>Whole text {number}.</p>"), image=None)
    for number, post in enumerate(POSTS[:3], start=1)
)  # fmt: skip
EDITS = OwnEdits(
    order=(3, 2, 1),
    excerpts=((3, "In my own words."),),
    treatments=((3, "card"), (1, "title")),
)
EDITED = replace(
    ISSUE,
    posts=arrange_posts((FIRST, SECOND, THIRD), EDITS),
    own_edits=EDITS,
    note=SafeHtml("<h2>Three</h2>\n<ul>\n<li>one</li>\n</ul>"),
)


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
def test_each_post_is_treated_as_the_author_says(rendered: Renderer, layout: str) -> None:
    body = "full" if layout == "full" else "excerpt"
    edition = rendered(EDITED, body=body, layout=layout)
    second = "Whole text 2." if body == "full" else "Excerpt 2."
    shown = ("Run 3", "In my own words.", "Run 2", second, "Also on the blog", "Run 1")
    for part in (edition.html.partition("<h3")[2], edition.text.partition("Three")[2]):
        places = [part.index(words) for words in shown]
        assert places == sorted(places)
    for absent in ("Excerpt 3.", "Whole text 3.", "Excerpt 1.", "Whole text 1."):
        assert absent not in edition.html + edition.text


def test_a_card_in_the_first_place_is_no_larger_than_the_others(rendered: Renderer) -> None:
    heads = re.compile(r'<h2 class="(lead|other)"')
    plain = rendered(replace(EDITED, own_edits=OwnEdits()))
    assert heads.findall(plain.html) == ["lead", "other", "other"]
    assert heads.findall(rendered(EDITED).html) == ["other", "other"]


def test_a_note_keeps_its_shape_below_its_title(rendered: Renderer) -> None:
    edition = rendered(EDITED)
    assert re.search(r"<h2[^>]*>A note from [^<]*</h2>\s*<div class=\"body note\"", edition.html)
    assert re.search(r"<h3[^>]*>Three</h3>\s*<ul[^>]*>\s*<li[^>]*>one</li>", edition.html)
    assert "Three\n\n* one\n" in edition.text
