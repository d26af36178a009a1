"""Excerpts: whole sentences, the author's own first, no lead-in that breaks off."""

from __future__ import annotations

import pytest

from newsletter.reader.clean.excerpt import count_words, cut_words, split_sentences
from tests.reader.clean.conftest import Clean

OPENING = (
    "The bridge was white this morning and my breath went ahead of me. I had meant to run easy, "
    "but the cold had other plans for my legs. Five miles later I could feel my fingers again. "
)
MORE = "Then the sun came over the ridge and everything that was white turned to gold. " * 3


def test_the_first_sentences_up_to_sixty_words(clean: Clean) -> None:
    excerpt = clean(f"<p>{OPENING}{MORE}</p>").excerpt
    assert excerpt.startswith("The bridge was white")
    assert excerpt.endswith("turned to gold.")
    assert count_words(excerpt) <= 60


def test_a_hand_written_excerpt_comes_first(clean: Clean) -> None:
    cleaned = clean(f"<p>{OPENING}</p>", summary="<p>Cold fingers, warm heart &#8211; a run.</p>")
    assert cleaned.excerpt == "Cold fingers, warm heart – a run."


@pytest.mark.parametrize(
    "summary",
    [
        "The bridge was white this morning and my breath went ahead of me. I had [&hellip;]",
        "The bridge was white this morning and my breath went ahead",
        f"<p>{OPENING}{MORE}</p>",
        (
            "<p>A heading The bridge was white this morning and my breath [&#8230;]</p>"
            '<p>The post <a href="https://trails.example/2026/11/first-frost/">F</a> is first '
            'on <a href="https://trails.example/">T</a>.</p>'
        ),
    ],
)
def test_an_excerpt_cut_by_machine_does_not(clean: Clean, summary: str) -> None:
    excerpt = clean(f"<h2>A heading</h2><p>{OPENING}{MORE}</p>", summary=summary).excerpt
    assert excerpt.startswith("The bridge was white")
    assert excerpt.endswith("gold.")


def test_a_lead_in_is_followed_by_what_it_leads_to(clean: Clean) -> None:
    excerpt = clean(
        "<p>My friends cringe at the foam roller, and as Dr. Hill says:</p><blockquote>"
        "<p>Strong hips do more than stretching. They do it sooner.</p></blockquote><p>So.</p>"
    ).excerpt
    assert excerpt == (
        "My friends cringe at the foam roller, and as Dr. Hill says: “Strong hips do more than "
        "stretching. They do it sooner.”"
    )


def test_a_lead_in_with_no_room_for_the_quotation_is_left_out(clean: Clean) -> None:
    lead = "Nobody on the whole long loop around the lake says it better than my coach does:"
    excerpt = clean(f"<p>{OPENING}{lead}</p><blockquote><p>{MORE}</p></blockquote>").excerpt
    assert excerpt == OPENING.strip()


def test_a_lead_in_that_leads_nowhere_ends_in_dots(clean: Clean) -> None:
    assert clean("<p>And then she said:</p>").excerpt == "And then she said…"


def test_a_list_after_a_lead_in_is_included(clean: Clean) -> None:
    excerpt = clean("<p>Tonight we ran a ladder:</p><ul><li>200 m</li><li>400 m</li></ul>").excerpt
    assert excerpt == "Tonight we ran a ladder: 200 m; 400 m"


def test_a_post_that_opens_with_a_quotation_is_excerpted_from_the_writers_text(
    clean: Clean,
) -> None:
    excerpt = clean(f"<blockquote><p>Run.</p></blockquote><p>{OPENING}</p>").excerpt
    assert excerpt == OPENING.strip()


@pytest.mark.parametrize(
    "first",
    [
        "<p>Hi friends,</p>",
        "<p>10.2 km, 52:10</p>",
        "<p>Distance: 10.2 km<br>Time: 52:10</p>",
        "<p><strong>The workout</strong></p>",
        '<p><a href="https://youtu.be/a1B2c3D4e5F">A video</a></p>',
        "<p>***</p>",
        '<figure><img src="/a.jpg"><figcaption>The bridge.</figcaption></figure>',
    ],
)
def test_other_parts_of_a_post_are_skipped(clean: Clean, first: str) -> None:
    assert clean(f"{first}<p>{OPENING}</p>").excerpt == OPENING.strip()


def test_the_sign_off_is_not_part_of_it(clean: Clean) -> None:
    excerpt = clean("<p>A short week.</p><p>Happy Trails and Happy Running,</p>").excerpt
    assert excerpt == "A short week."


def test_one_endless_sentence_is_cut_after_a_word(clean: Clean) -> None:
    excerpt = clean(f"<p>{'and on we ran, ' * 40}</p>").excerpt
    assert excerpt.endswith("ran…")
    assert count_words(excerpt) == 60


def test_entities_are_characters_and_markup_is_gone(clean: Clean) -> None:
    excerpt = clean("<p>Fish &amp; chips &lt;3 &#8217;n <em>beer</em>.</p>").excerpt
    assert excerpt == "Fish & chips <3 ’n beer."


def test_a_post_of_pictures_has_the_words_of_their_captions(clean: Clean) -> None:
    html = '<figure><img src="/a.jpg" alt="x"><figcaption>The bridge.</figcaption></figure>'
    assert clean(html).excerpt == "The bridge."


def test_sentences_are_not_split_at_abbreviations_initials_and_numbers() -> None:
    text = "I met Dr. J. Hill at 4:45 a.m. on St. Ann’s. It was 3.5 miles! “Why?” she asked. OK…"
    assert split_sentences(text) == [
        "I met Dr. J. Hill at 4:45 a.m. on St. Ann’s.",
        "It was 3.5 miles!",
        "“Why?” she asked.",
        "OK…",
    ]


def test_sentences_end_without_spaces_where_a_script_has_none() -> None:
    assert split_sentences("今日は走った。寒かった！") == ["今日は走った。", "寒かった！"]


@pytest.mark.parametrize("whole", ["👩‍👩‍👧", "🇨🇦", "👍🏽", "é", "1️⃣"])
def test_a_cut_splits_no_grapheme(whole: str) -> None:
    for place in range(1, 60):
        cut = cut_words(whole * 20, 60, place).removesuffix("…")
        assert cut == whole * (len(cut) // len(whole)) or len(cut) < len(whole)


def test_a_short_line_in_bold_ends_an_excerpt_as_a_heading_does(clean: Clean) -> None:
    excerpt = clean(
        "<p>Three weeks without a run.</p><dl><dt>Plan</dt><dd>Easy, easy, easy</dd></dl>"
    ).excerpt
    assert excerpt == "Three weeks without a run."
