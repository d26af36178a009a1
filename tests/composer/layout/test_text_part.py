from __future__ import annotations

import re
from dataclasses import replace

import pytest

from newsletter import merge
from newsletter.composer.layout.text_part import body_text
from newsletter.composer.phrase_files import load_phrases
from newsletter.models import SafeHtml
from newsletter.text import columns, shorten, underline, wrap
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, LETTERHEAD, NORTH, POSTS

PHRASES = load_phrases("en")


@pytest.mark.parametrize("body", ["excerpt", "full", "title"])
def test_lines_are_short_and_urls_are_on_their_own_lines(rendered: Renderer, body: str) -> None:
    issue = replace(ISSUE, posts=(replace(POSTS[5], excerpt="走る" * 90, title="坂" * 60), *POSTS))
    lines = rendered(issue, body=body).text.splitlines()
    assert [line for line in lines if columns(line) > 76 and "://" not in line] == []
    addresses = [line for line in lines if "://" in line]
    assert all(re.fullmatch(r"(\[\d+\] )?https?://\S+", line) for line in addresses)


def test_the_first_line_is_the_greeting_else_the_subject(rendered: Renderer) -> None:
    assert rendered().text.startswith(NORTH[:60])
    assert rendered(replace(ISSUE, greetings=())).text.startswith(ISSUE.subject)


def test_it_holds_everything_of_the_html_part(rendered: Renderer) -> None:
    edition = rendered()
    joined = " ".join(edition.text.split())
    for post in POSTS:
        assert post.url in edition.text
        assert " ".join(post.title.split()) in joined
        assert post.excerpt in joined
    assert LETTERHEAD.sign_off in joined
    assert "12 Larch Lane" in joined
    assert merge.tag(edition.nonce, "unsubscribe_url") in edition.text.splitlines()
    assert f"You get this because {merge.tag(edition.nonce, 'address')} signed up." in joined


def test_there_are_no_gaps_and_no_odd_spaces(rendered: Renderer) -> None:
    for body in ("excerpt", "full", "title"):
        text = rendered(body=body).text
        assert "\n\n\n" not in text
        assert not re.search("[\u00a0\u200b\u200c\ufeff\t]", text)
        assert not re.search(r"&(amp|lt|gt|quot|#\d+|nbsp);", text)
        assert text.endswith("\n")


def test_pictures_are_named_when_their_author_named_them(rendered: Renderer) -> None:
    text = rendered().text
    assert "[Image: Frost on a gravel path at dawn]" in text
    assert "pack.jpg" not in text


def test_a_full_post_keeps_its_shape() -> None:
    text = body_text(POSTS[0].html, phrases=PHRASES)
    assert "\n    Strong hips keep the knee where it belongs." in text
    assert "\n* Side steps with a band, 15 each way\n* Single-leg bridges" in text
    assert "read the whole article at stride.example.org [1]" in text
    assert text.endswith("\n[1] https://stride.example.org/hips?a=1&b=2")
    assert "[Image: A side step with a band]\n\nDrawing: the clinic on Fourth Street" in text
    assert "Week  Sets\n1     2" in text


def test_long_quotations_and_items_stay_indented_when_wrapped() -> None:
    html = SafeHtml(f"<blockquote>{'hill ' * 40}</blockquote><ol><li>{'step ' * 40}</li></ol>")
    lines = [line for line in body_text(html, phrases=PHRASES).splitlines() if line]
    assert all(line.startswith("    hill") for line in lines[:3])
    assert lines[3].startswith("1. step")
    assert lines[4].startswith("   step")


def test_poems_keep_their_lines_and_quotes_their_marks() -> None:
    html = SafeHtml("<pre>up\n   up\ndown</pre><p>She said <q>again</q>.</p>")
    assert body_text(html, phrases=PHRASES) == 'up\n   up\ndown\n\nShe said "again".'


def test_an_empty_post_is_empty() -> None:
    assert body_text(SafeHtml(" "), phrases=PHRASES) == ""


def test_wide_characters_count_twice() -> None:
    assert underline("秋 run") == "秋 run\n------"
    assert all(columns(line) <= 76 for line in wrap("走" * 100).splitlines())
    assert wrap("走" * 100).replace("\n", "") == "走" * 100


def test_a_cut_splits_no_character() -> None:
    family = "👩‍👩‍👧"
    assert shorten("abc" + family + "def", 6) == "abc…"
    assert shorten("e\u0301" * 10, 8) == "e\u0301" * 3 + "…"
    assert shorten("Hills, mud and more", 11) == "Hills, mud…"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>We start at <s>9:15</s> 8:45.</p>", "We start at ~9:15~ 8:45."),
        ("<p>Home in 1:52<sup>2</sup>, 10<sup>4</sup> steps.</p>", "Home in 1:52², 10⁴ steps."),
        ("<p>My 3<sup>rd</sup> test of VO<sub>2</sub>max.</p>", "My 3rd test of VO₂max."),
        (
            '<ol><li value="2">Jasper</li><li value="1">Hinton</li></ol>',
            "2. Jasper\n1. Hinton",
        ),
        ('<ol start="4"><li>Bridge</li><li>Dam</li></ol>', "4. Bridge\n5. Dam"),
        ('<ol type="A"><li>Slow</li><li>Fast</li></ol>', "A. Slow\nB. Fast"),
        ('<ol start="3" type="i"><li>Knee</li></ol>', "iii. Knee"),
        ("<ul><li>☑ Long run</li><li>☐ Hills</li></ul>", "* ☑ Long run\n* ☐ Hills"),
        (
            '<p>Only <img src="https://t.example/3.png" alt="three" width="20"> weeks left.</p>',
            "Only three weeks left.",
        ),
        (
            '<p><img src="https://t.example/elk.jpg" alt="An elk" width="560"></p>',
            "[Image: An elk]",
        ),
    ],
)
def test_what_markup_means_is_said_in_plain_words(html: str, text: str) -> None:
    assert body_text(SafeHtml(html), phrases=PHRASES).strip("\n") == text


def test_lists_and_rules_stand_apart_from_their_neighbours() -> None:
    numbers, bullets = "<ol><li>Run</li></ol>", "<ul><li>Eat<ul><li>Rice</li></ul></li></ul>"
    table = "<table><tr><td>1</td><td>8:12</td></tr></table>"
    html = SafeHtml(f"{numbers}\n{bullets}\n{table}\n<hr>\n{numbers}")
    text = re.sub(r"\n{3,}", "\n\n", body_text(html, phrases=PHRASES))
    assert text == "1. Run\n\n* Eat\n  + Rice\n\n1  8:12\n\n---\n\n1. Run"


def test_hints_for_line_breaks_are_left_out(rendered: Renderer) -> None:
    html = SafeHtml("<p>Die Lang\u00adstrecke und das Wald\u200bstück.</p>")
    issue = replace(ISSUE, posts=(replace(POSTS[0], html=html),))
    assert "Die Langstrecke und das Waldstück." in rendered(issue, body="full").text


def test_text_about_entities_is_not_decoded_twice() -> None:
    html = SafeHtml(
        "<p>Write &amp;lt; for &lt; and R&amp;D.</p>"
        '<p><a href="https://a.example/?x=1&amp;lt=2">it</a></p>'
    )
    assert body_text(html, phrases=PHRASES) == (
        "Write &lt; for < and R&D.\n\nit [1]\n\n[1] https://a.example/?x=1&lt=2"
    )


def test_a_cell_beside_a_very_wide_one_keeps_its_words_whole() -> None:
    html = SafeHtml(
        "<table><tbody><tr><td></td><td>Distance</td></tr>"
        f"<tr><td>{'mile ' * 40}</td><td>10 km</td></tr></tbody></table>"
    )
    text = body_text(html, phrases=PHRASES)
    assert "Distance" in text
    assert max(map(columns, text.splitlines())) <= 76
