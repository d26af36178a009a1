from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.composer.digest import choose_posts
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.subject_and_preheader import preheader_line, subject_line
from newsletter.errors import ComposeError
from newsletter.models import Post
from tests.support.sample_issue import POSTS

PHRASES = load_phrases("en")


def _posts(*titles: str, excerpt: str = "") -> tuple[Post, ...]:
    return tuple(
        Post(feed="f", guid=str(n), url="", title=title, excerpt=excerpt)
        for n, title in enumerate(titles)
    )


def _subject(posts: tuple[Post, ...], template: str = "") -> str:
    return subject_line(
        posts,
        phrases=PHRASES,
        template=template,
        season_word="fall",
        number=12,
        title="Mud Weekly",
    )


def test_it_names_the_first_post_and_counts_the_others() -> None:
    assert _subject(_posts("Hips over foam rollers", "b", "c")) == "Hips over foam rollers, +2 more"


def test_one_post_alone_is_the_subject() -> None:
    assert _subject(_posts("Hips over foam rollers")) == "Hips over foam rollers"


def test_a_long_title_is_cut_at_a_word_and_the_count_stays() -> None:
    line = _subject(_posts(POSTS[2].title, "b", "c"))
    assert line == "What is in my pack for a long run when…, +2 more"


def test_the_first_33_characters_carry_the_lead_title() -> None:
    line = _subject(_posts(POSTS[2].title, *"bcdefgh"))
    assert line[:33] == POSTS[2].title[:33]


def test_a_template_of_the_author_may_use_all_fields() -> None:
    line = _subject(
        _posts("Frost", "Mud"), "{{ season }} {{ number }} {{ title }}: {{ titles[1] }}"
    )
    assert line == "fall 12 Mud Weekly: Mud"


@pytest.mark.parametrize(
    "template", ["{{ leed }}", "{% if %}", "{{ lead", "{{ lead.x.y }}", "{{ 1/0 }}"]
)
def test_a_broken_template_names_the_setting(template: str) -> None:
    with pytest.raises(ComposeError, match=r"\[issue\] subject"):
        _subject(_posts("Frost"), template)


def test_a_template_cannot_reach_into_python() -> None:
    with pytest.raises(ComposeError, match=r"\[issue\] subject"):
        _subject(_posts("Frost"), "{{ lead.__class__.__mro__ }}")


def test_an_empty_line_is_refused() -> None:
    with pytest.raises(ComposeError, match="empty"):
        _subject(_posts("Frost"), "{# nothing #}")


def test_a_title_that_looks_like_a_template_stays_as_written() -> None:
    assert _subject(_posts("{{7*7}} ways to tape a toe")) == "{{7*7}} ways to tape a toe"


def test_no_emoji_leads_and_at_most_one_stays() -> None:
    assert _subject(POSTS[3:4]) == "Turkey trot: the costume vote is open 🦃"


def test_a_title_of_emoji_alone_gives_way_to_the_excerpt() -> None:
    assert _subject(_posts("🏃‍♀️🔥", excerpt="A short hot one.")) == "A short hot one."


def test_header_injection_and_direction_tricks_are_gone() -> None:
    line = _subject(_posts("Frost\r\nBcc: all@example.com\u202egnp.exe\x00"))
    assert line == "Frost Bcc: all@example.com gnp.exe".replace(" gnp", "gnp")


def test_a_title_without_spaces_is_cut_between_characters() -> None:
    line = _subject(_posts("走" * 80))
    assert line == "走" * 49 + "…"


@given(st.lists(st.text(max_size=120), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_titles_give_a_safe_short_line(titles: list[str]) -> None:
    line = _subject(_posts(*titles, excerpt="An easy hour along the river"))
    assert 0 < len(line) <= 50
    assert not any(unicodedata.category(c) == "Cc" or c in "\u202e\u2066" for c in line)


def test_the_preheader_names_what_the_subject_does_not() -> None:
    posts = choose_posts(POSTS, max_posts=8).chosen
    line = preheader_line(posts, "Hips over foam rollers, +7 more", phrases=PHRASES)
    assert line.startswith("Also: First frost on the river loop, What is in my pack")
    assert "Hips" not in line
    assert 40 <= len(line) <= 90


def test_with_one_post_the_preheader_is_what_it_says() -> None:
    line = preheader_line(POSTS[:1], "Hips over foam rollers", phrases=PHRASES)
    assert line.startswith("Three friends have asked me about their IT band")
    assert 40 <= len(line) <= 90


@pytest.mark.parametrize("excerpt", ["", "Short.", "Frost. Then mud."])
def test_the_preheader_is_long_enough_whatever_the_posts_say(excerpt: str) -> None:
    for posts in (_posts("Frost", excerpt=excerpt), _posts("Frost", "Mud", excerpt=excerpt)):
        assert 40 <= len(preheader_line(posts, "Frost", phrases=PHRASES)) <= 90


def test_a_title_without_spaces_does_not_leave_the_preheader_short() -> None:
    posts = _posts("Frost", "Mud and frost by the old quarry", "T" * 500)
    assert 40 <= len(preheader_line(posts, "Frost", phrases=PHRASES)) <= 90


def test_the_preheader_does_not_repeat_a_title_that_opens_the_excerpt() -> None:
    post = replace(_posts("Frost")[0], excerpt="Frost: the river loop in minus four, without wind")
    assert preheader_line((post,), "Frost", phrases=PHRASES).startswith("the river loop")


def test_sentences_of_the_preheader_end_once() -> None:
    posts = _posts("Hips first", excerpt="Up the hill before breakfast.")
    line = preheader_line(posts, "Hips first", phrases=PHRASES)
    assert line.startswith("Up the hill before breakfast. ")
    assert ".." not in line
