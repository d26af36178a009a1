"""Invariants for every input, tried on tag soup that hypothesis generates."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.models import Image
from newsletter.reader.clean.post import clean_post
from tests.reader.clean.conftest import BLOG, POST
from tests.reader.clean.test_safety import assert_harmless

PIECES = [
    *("<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<i>", "</i>", "<em>", "</em>", "<br>"),
    *("<a href='/x'>", "<a href='javascript:x'>", "<a href='http://[x'>", "</a>", "<span>"),
    *("<ul>", "<ol start=4>", "<li>", "</li>", "</ul>", "<dl>", "<dt>", "<dd>", "</dl>"),
    *("<table>", "<tr>", "<td>", "<th colspan=3>", "</td>", "</table>", "<caption>"),
    *("<h1>", "<h2>", "<h4>", "</h2>", "</h4>", "<blockquote cite='/q'>", "</blockquote>"),
    *("<figure>", "<figcaption>", "</figure>", "[caption]", "[/caption]", "<small>", "</small>"),
    *("<img src='/a.jpg'>", "<img src='/a-300x200.jpg' width=40>", "<img src='data:,'>"),
    *("<img src='/b.jpg' width=900 height=600 alt='a\"b'>", "<img class=emoji alt='🏃'>"),
    *("<iframe src='https://www.youtube.com/embed/a1B2c3D4e5F' title='V'></iframe>",),
    *("<iframe src='https://x.example/'></iframe>", "<noscript>", "</noscript>", "<video src=/v>"),
    *("<pre>", "</pre>", "<code>", "</code>", "<script>", "</script>", "<style>", "<svg>"),
    *("<!--", "-->", "<![CDATA[", "]]>", "<", ">", "&", "&amp;", "&#8230;", "&nbsp;", "\xa0"),
    *(" ", "\n", "\n\n", "word", "A sentence. ", "as she says:", "here", "click here to read"),
    *("10.2 km, 52:10", "Time: 52:10", "https://youtu.be/a1B2c3D4e5F", "[…]", "🇨🇦", "\u200b"),
    *("<div class='gallery'>", "<div class='wp-caption'>", "<details>", "<summary>", "<hr>"),
    *("<s>", "</s>", "<sup>", "</sup>", "<sub>", "<ruby>", "<rt>", "</ruby>", "<math><mi>x</mi>"),
    *(
        "<input type=checkbox>",
        "<button>",
        "</button>",
        "<svg><title>t</title></svg>",
        "<p hidden>",
    ),
    *("<ol reversed>", "<ol type=a>", "<li value=7>", "<b style='font-weight:400'>", "</ol>"),
    *("<style>p{visibility:hidden}</style>", "<span style='font-weight:700'>", "</span>"),
    *("<p style='visibility:hidden'>", "<i style='visibility:visible'>", "[x a=1]", "{x}y{/x}"),
    *("<div class='sharedaddy'>", "<blockquote class='twitter-tweet'>", "<template>", "<object>"),
]
SOUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=30).map("".join)
BRIEF = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def cleaned_html(source: str) -> str:
    return clean_post(
        content=source, summary="", url=POST, site_url=BLOG, media=(), title="First frost"
    ).html


@BRIEF
@given(SOUP)
def test_what_comes_out_is_harmless_and_cleaning_it_again_changes_nothing(source: str) -> None:
    html = cleaned_html(source)
    assert_harmless(html)
    assert cleaned_html(html) == html


@BRIEF
@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_nothing_raises(content: str, summary: str, url: str, site: str, title: str) -> None:
    media = (Image(url=url, alt=title), Image(url=site))
    cleaned = clean_post(
        content=content, summary=summary, url=url, site_url=site, media=media, title=title
    )
    assert_harmless(cleaned.html)


@BRIEF
@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=40), st.data())
def test_no_word_is_lost_whatever_tags_stand_between(words: list[str], data: st.DataObject) -> None:
    tags = ("<p>", "</p>", "<div>", "<b>", "</b>", "<i>", "<span>", "<blockquote>", "<h3>", "<li>")
    source = "".join(f"{data.draw(st.sampled_from(tags))}{word} " for word in words)
    html = cleaned_html(source)
    assert [word for word in words if word not in html] == []


@BRIEF
@given(st.lists(st.sampled_from([*PIECES, "One two three. ", "Four: "]), max_size=30))
def test_an_excerpt_is_plain_short_and_never_ends_in_a_lead_in(pieces: list[str]) -> None:
    excerpt = clean_post(
        content="".join(pieces), summary="", url=POST, site_url=BLOG, media=(), title=""
    ).excerpt
    assert not excerpt.endswith(":")
    assert len(excerpt.split()) <= 80
    assert len(excerpt) <= 600
