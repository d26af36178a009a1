"""A post whose content is only a picture is told in its description."""

from __future__ import annotations

from tests.reader.clean.conftest import Clean

PICTURE = '<figure><img src="/heron.jpg" alt="A heron"></figure>'
STORY = "<p>The heron stood at the lock all morning.</p><p>Nobody else came by.</p>"
SHOWN = '<p><img src="https://trails.example/heron.jpg" alt="A heron" width="560"></p>'


def test_the_picture_comes_first_and_then_the_story(clean: Clean) -> None:
    cleaned = clean(PICTURE, summary=STORY)
    assert cleaned.html == (
        f"{SHOWN}\n<p>The heron stood at the lock all morning.</p>\n<p>Nobody else came by.</p>"
    )
    assert cleaned.excerpt == "The heron stood at the lock all morning. Nobody else came by."
    assert cleaned.reading_minutes == 1
    assert cleaned.image is not None


def test_the_same_picture_in_the_story_is_not_shown_again(clean: Clean) -> None:
    assert clean(PICTURE, summary=PICTURE + STORY).html.count("<img") == 1


def test_a_content_with_words_is_the_whole_story(clean: Clean) -> None:
    assert clean(f"{PICTURE}<p>At the lock.</p>", summary=STORY).html == (
        f"{SHOWN}\n<p>At the lock.</p>"
    )


def test_japanese_sentences_of_an_excerpt_stand_without_spaces(clean: Clean) -> None:
    assert clean("<p>今日は湖まで走った。とても寒かった。</p>").excerpt == (
        "今日は湖まで走った。とても寒かった。"
    )
