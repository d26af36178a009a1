from __future__ import annotations

from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter import merge
from newsletter.models import Image, Issue, Post, SafeHtml
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, POSTS

TITLES = [
    "{{7*7}}",
    "{% for x in y %}{{ x }}{% endfor %}",
    '</mj-text><mj-include path="/etc/passwd" />',
    "</mj-text></mj-column></mj-section></mj-body></mjml>",
    "<%asm_group_unsubscribe_url%> and <%x%>",
    "[unsubscribe]",
    "<script>alert(1)</script>",
    "\" onmouseover='alert(1)' x=\"",
    "it's `back\\slash` & co; &amp; &lt;b&gt;",
    "<!-- a -- b --> <!--[if mso]> ]]> <![CDATA[x]]>",
    "-nl123456.unsubscribe_url-",
    "מרוץ ההרים של נובמבר",
    "سباق الجبل",
    "秋の山道を走る",
    "👩🏽‍🦽‍➡️🏴󠁧󠁢󠁳󠁣󠁴󠁿❤️‍🔥",
    "long " * 800,
    "unbroken" * 500,
]


def _issue(title: str) -> Issue:
    image = Image(url='https://photos.example.com/a.jpg?"><b>', alt=title)
    hostile = replace(POSTS[1], title=title, excerpt=title, image=image)
    return replace(ISSUE, subject="Frost", posts=(hostile, POSTS[0], hostile, POSTS[4]))


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("body", ["excerpt", "title", "full"])
@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
def test_a_title_appears_as_written_and_the_layout_is_whole(
    rendered: Renderer, title: str, body: str
) -> None:
    html = rendered(_issue(title), body=body).html
    page = LexborHTMLParser(html)
    headings = [_plain(node.text()) for node in page.css("h2.lead, h2.other")]
    assert len(headings) == 4
    assert headings.count(_plain(title)) == 2
    assert page.css("script, mj-include, [onmouseover]") == []
    assert "root:" not in html
    assert len(page.css("table.ridge")) == 1
    assert "unsubscribe_url" in (page.css("a")[-1].attributes["href"] or "")


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
@pytest.mark.parametrize(
    "odd", ["e\u0301 हिन्दी", "می\u200cدوم", "🏃🏽‍♀️❤️‍🔥", "back\\slash \\u{301}", "'\"<&"]
)
def test_alt_texts_and_links_are_as_written(rendered: Renderer, odd: str, layout: str) -> None:
    url, picture = (f"https://a.example/{odd.replace(' ', '')}{end}" for end in ("/", ".jpg"))
    post = replace(POSTS[1], url=url, image=Image(url=picture, alt=odd, width=1200))
    issue = replace(ISSUE, subject=odd, posts=(post, post))
    page = LexborHTMLParser(rendered(issue, layout=layout).html)
    assert page.css("div[role=article]")[0].attributes["aria-label"] == odd
    assert page.css("title")[0].text() == odd
    assert {node.attributes["href"] for node in page.css("a.headline, a.link")} == {url}
    for image in page.css("img"):
        assert (image.attributes["alt"], image.attributes["src"]) == (odd, picture)


def test_sendgrid_tags_are_defused_in_both_parts(rendered: Renderer) -> None:
    body = SafeHtml('<p title="<%x%>">&lt;%body%&gt; <%subject%></p>')
    post = replace(POSTS[0], title="<%x%>", excerpt="<%x%>", html=body)
    for kind in ("full", "excerpt"):
        edition = rendered(
            replace(ISSUE, note=SafeHtml("<p>&lt;%x%&gt;</p>"), posts=(post,)), body=kind
        )
        assert "<%" not in edition.html + edition.text
        assert "%>" not in edition.html + edition.text


def test_a_post_that_guesses_the_nonce_is_not_filled_in(rendered: Renderer) -> None:
    guessed = rendered().nonce
    tag = merge.tag(guessed, "unsubscribe_url")
    post = replace(POSTS[0], title=tag, html=SafeHtml(f"<p>{tag}</p>"), excerpt=tag)
    edition = rendered(replace(ISSUE, posts=(post,)), body="full")
    assert edition.nonce != guessed
    assert tag in edition.html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "ftp://x", "//x"])
def test_an_address_outside_the_web_is_no_link(rendered: Renderer, url: str) -> None:
    post = replace(POSTS[0], url=url, image=Image(url=url))
    page = LexborHTMLParser(rendered(replace(ISSUE, posts=(post,))).html)
    assert page.css("h2 a, img") == []
    assert page.css("h2.lead")[0].text() == POSTS[0].title


def test_direction_overrides_and_control_characters_are_dropped(rendered: Renderer) -> None:
    post = replace(POSTS[0], title="Frost\u202e\x00\x07 and\r\nmud\u2066")
    edition = rendered(replace(ISSUE, posts=(post,), subject="a\r\nBcc: b"))
    assert ">Frost and mud<" in edition.html
    assert edition.subject == "a Bcc: b"


def test_a_right_to_left_title_runs_its_own_way(rendered: Renderer) -> None:
    page = LexborHTMLParser(rendered(_issue("מרוץ ההרים")).html)
    assert page.css("h2.lead")[0].attributes["dir"] == "rtl"
    assert page.css("h2.other")[0].attributes["dir"] == "ltr"


def test_posts_without_anything_still_have_a_name(rendered: Renderer) -> None:
    bare = Post(feed="f", guid="1", url="https://blog.example.com/1", title="")
    post = replace(bare, guid="2", url="https://blog.example.com/2", excerpt="An easy hour.")
    for body in ("excerpt", "full", "title"):
        page = LexborHTMLParser(rendered(replace(ISSUE, posts=(bare, post)), body=body).html)
        names = [node.text() for node in page.css("h2.lead, h2.other")]
        assert names == ["A post without a title", "An easy hour."]


def test_an_issue_without_posts_renders(rendered: Renderer) -> None:
    assert LexborHTMLParser(rendered(replace(ISSUE, posts=())).html).css("h2.lead") == []
