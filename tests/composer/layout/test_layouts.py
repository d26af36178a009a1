"""The three layouts with every part that an issue may have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from newsletter.models import Edition, Facts, Layout, Race
from tests.composer.browser_page import Scheme, open_page, widest_by
from tests.composer.conftest import Renderer
from tests.support.sample_issue import FOLDER, HIPS, ISSUE, POSTS

LAYOUTS: tuple[Layout, ...] = ("digest", "full", "letter")
FACTS = Facts(
    distance="53 km",
    time="7:11:02",
    pace="8:08 min/km",
    race="Larch Ridge Ultra and Friends",
    route="Three Sisters loop, the long way round",
)
WHOLE = replace(
    ISSUE,
    posts=(replace(POSTS[0], facts=FACTS), *POSTS[1:]),
    races=(Race(name="Frost Half", day=date(2027, 1, 10), place="Canmore"),),
)


def _render(rendered: Renderer, layout: Layout, **changes: str) -> Edition:
    body = "full" if layout == "full" else "excerpt"
    return rendered(WHOLE, layout=layout, **{"body": body, **changes})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_shows_every_part(rendered: Renderer, layout: Layout) -> None:
    edition = _render(rendered, layout)
    for text in (edition.html.replace("&amp;", "&").replace("&lt;", "<"), edition.text):
        joined = " ".join(text.split())
        assert all(post.title in joined for post in ISSUE.posts)
        for words in (*(getattr(FACTS, name) for name in FACTS.__slots__), "Frost Half"):
            assert words in joined
        assert "Happy Trails and Happy Running," in joined
        assert "12 Larch Lane" in joined


def test_the_layouts_differ(rendered: Renderer) -> None:
    digest, full, letter = (_render(rendered, layout).html for layout in LAYOUTS)
    assert "Single-leg bridges" in full
    assert "Single-leg bridges" not in digest + letter
    assert 'class="ridge"' in digest
    assert 'class="ridge"' in full
    assert 'class="ridge"' not in letter
    assert "<img" not in letter


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("images", [True, False])
def test_no_layout_runs_over_the_edge(
    chromium: Browser, rendered: Renderer, layout: Layout, images: bool
) -> None:
    html = _render(rendered, layout, title="Unbreakable" * 12).html
    widest = widest_by(chromium, html, images=images)
    assert {width: right_edge for width, right_edge in widest.items() if right_edge > width} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_axe_finds_nothing_critical_or_serious(
    chromium: Browser, rendered: Renderer, layout: Layout, scheme: Scheme
) -> None:
    html = _render(rendered, layout).html
    page = open_page(chromium, html, width=600, scheme=scheme, images=True)
    violation = Axe().run(page).response["violations"]
    page.close()
    assert [item["id"] for item in violation if item["impact"] in {"critical", "serious"}] == []


def test_a_picture_in_the_text_is_not_shown_twice(rendered: Renderer) -> None:
    issue = replace(ISSUE, posts=(replace(POSTS[0], html=HIPS), *POSTS[1:]))
    html = rendered(issue, layout="full", body="full").html
    assert len(re.findall(re.escape(f'src="{FOLDER}/hips.jpg"'), html)) == 1
