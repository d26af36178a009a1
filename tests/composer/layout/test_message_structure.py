"""Structure of the HTML part that accessibility checkers and mail programs rely on."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.models import NO_HTML, Hemisphere, SafeHtml
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, NORTH, POSTS, SOUTH

BODIES = ("excerpt", "full", "title")
OWN = ("unsubscribe_url", "preferences_url", "address")


@pytest.fixture(params=BODIES)
def html(request: pytest.FixtureRequest, rendered: Renderer) -> str:
    return rendered(body=request.param).html


@pytest.fixture
def page(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def _only(page: LexborHTMLParser, selector: str) -> LexborNode:
    (node,) = page.css(selector)
    return node


def test_language_and_direction_stand_on_html_and_on_the_wrapper(page: LexborHTMLParser) -> None:
    for selector in ("html", "body > div"):
        attributes = _only(page, selector).attributes
        assert (attributes["lang"], attributes["dir"]) == ("en", "ltr")
    assert _only(page, "body > div").attributes["role"] == "article"
    assert _only(page, "title").text() == ISSUE.subject


def test_every_table_has_a_role(html: str, page: LexborHTMLParser) -> None:
    assert {table.attributes.get("role") for table in page.css("table")} <= {
        "presentation",
        "table",
    }
    # Outlook's own tables are in conditional comments, which a parser skips.
    assert all("role=" in tag for tag in re.findall(r"<table\b[^>]*>", html))


def test_headings_are_in_order_under_one_h1(page: LexborHTMLParser) -> None:
    levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4, h5, h6") if node.tag]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_picture_has_a_width_and_an_alt(page: LexborHTMLParser) -> None:
    for image in page.css("img"):
        alt = image.attributes["alt"] or ""
        assert 0 < len(alt) <= 125
        assert not alt.endswith(".jpg")
        assert 0 < int(image.attributes["width"] or 0) <= 600


def test_links_say_where_they_lead_and_lead_there(page: LexborHTMLParser) -> None:
    targets: dict[str, set[str]] = {}
    for link in page.css("a"):
        text = " ".join(link.text().split()) or (link.css("img")[0].attributes["alt"] or "")
        assert text.lower() not in {"", "click here", "here", "read more", "link", "read on"}
        href = link.attributes["href"] or ""
        assert href.startswith(("https://", "-nl"))
        targets.setdefault(text, set()).add(href)
    assert {text: urls for text, urls in targets.items() if len(urls) > 1} == {}


def test_text_is_large_enough(html: str) -> None:
    sizes = {float(size) for size in re.findall(r"font-size:\s*([\d.]+)px", html)}
    # Sizes 0 and 1 hold no text: columns, the ridge, the hidden preheader.
    assert min(sizes - {0, 1}) >= 14


def test_it_holds_nothing_mail_programs_reject(html: str, page: LexborHTMLParser) -> None:
    assert page.css("script, form, iframe, link, video, object, base") == []
    assert "data:" not in html
    assert "@font-face" not in html
    assert "@import" not in html
    assert not re.search(r"\b(?:position|float)\s*:", html)
    styles = [style.text() for style in page.css("style")]
    assert sum(map(len, styles)) < 16_000
    assert sum("data-ogsc" in style for style in styles) == 1
    assert all("data-ogsc" not in style or "@media" not in style for style in styles)


def test_it_is_small(html: str) -> None:
    assert len(html.encode()) < 60_000


def test_nothing_is_left_unfilled_but_the_merge_tags(rendered: Renderer) -> None:
    for body in BODIES:
        edition = rendered(body=body)
        tags = set(re.findall(r"-nl[^\s\"<]*?-", edition.html + edition.text))
        assert tags == {f"-nl{edition.nonce}.{name}-" for name in OWN}
        assert not re.search(r"\{\{|\{%|%\}|\bNone\b|\bnan\b|Undefined|Lorem", edition.html)


def test_unsubscribe_links_come_first_and_last(page: LexborHTMLParser) -> None:
    links = [link.attributes["href"] or "" for link in page.css("a")]
    places = [place for place, href in enumerate(links) if "unsubscribe_url" in href]
    assert places[0] <= 1
    assert places[-1] == len(links) - 1


def test_the_preheader_opens_the_wrapper_and_is_hidden(page: LexborHTMLParser) -> None:
    first = next(node for node in _only(page, "body > div").iter())
    assert first.text().startswith(ISSUE.preheader)
    assert "display:none" in (first.attributes["style"] or "").replace(" ", "")


@pytest.mark.parametrize(("hemisphere", "greeting"), [("north", NORTH), ("south", SOUTH)])
def test_each_hemisphere_is_greeted_in_its_season(
    rendered: Renderer, hemisphere: Hemisphere, greeting: str
) -> None:
    edition = rendered(hemisphere=hemisphere)
    text = " ".join(LexborHTMLParser(edition.html).text(separator=" ").split())
    assert greeting in text
    assert edition.key == hemisphere


def test_without_a_greeting_the_layout_is_whole(rendered: Renderer) -> None:
    edition = rendered(replace(ISSUE, greetings=(), note=NO_HTML))
    assert edition.text.startswith(ISSUE.subject)
    assert LexborHTMLParser(edition.html).css("p.opening") == []


def test_an_issue_in_another_language_says_so(rendered: Renderer) -> None:
    page = LexborHTMLParser(rendered(language="de").html)
    assert _only(page, "html").attributes["lang"] == "de"
    assert "22. November 2026" in _only(page, "p.issue-line").text()


def test_a_language_from_right_to_left_mirrors_the_layout(rendered: Renderer) -> None:
    page = LexborHTMLParser(rendered(language="he").html)
    assert _only(page, "html").attributes["dir"] == "rtl"
    assert _only(page, "body > div").attributes["dir"] == "rtl"


def test_in_a_post_of_two_scripts_each_paragraph_has_its_own_direction(rendered: Renderer) -> None:
    html = SafeHtml("<p>She said:</p><p>רצתי 21.1 ק״מ.</p>")
    mixed = rendered(replace(ISSUE, posts=(replace(POSTS[0], html=html),)), body="full").html
    assert mixed.count('<p dir="auto"') == 2
    assert 'dir="auto"' not in rendered(body="full").html
