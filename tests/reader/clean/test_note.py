"""The author's note: Markdown to HTML that is as clean as a post's."""

from __future__ import annotations

import pytest

from newsletter.errors import UsageError
from newsletter.reader.clean.note import NOTE_LENGTH, clean_note
from tests.support.safe_html import is_safe

BLOG = "https://blog.example.com"


def test_markdown_becomes_clean_html() -> None:
    html = clean_note(
        "Up the **hill**, ~~down~~, see [the race](/race/).\n\n"
        "- one\n- two\n\n![Frost](https://blog.example.com/frost.jpg)\n\n"
        "| lap | time |\n|---|---|\n| 1 | 4:12 |",
        BLOG,
    )
    for part in (
        "<strong>hill</strong>",
        "<s>down</s>",
        'href="https://blog.example.com/race/"',
        "<li>one</li>",
        'src="https://blog.example.com/frost.jpg"',
        "<td>4:12</td>",
    ):
        assert part in html
    assert is_safe(html)
    assert clean_note(" \n", BLOG) == ""


def test_html_and_scripts_in_a_note_are_words() -> None:
    html = clean_note(
        '<script>alert(1)</script> <b onclick="x()">b</b> [go](javascript:alert(1)) {{ 7*7 }}', BLOG
    )
    assert is_safe(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<a" not in html
    assert "{{ 7*7 }}" in html


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("x" * (NOTE_LENGTH + 1), "10001 characters"),
        (">" * 5000, "too deep"),
        ("\n".join(f"{'  ' * depth}- {depth}" for depth in range(40)), "too deep"),
        ("![x](http://blog.example.com/x.jpg)", "starts with https"),
        ("![x](data:image/gif;base64,R0lGOD)", "starts with https"),
        ("Mud.\n\n[gallery ids=1,2]", "lose these words: gallery"),
    ],
)
def test_a_note_that_would_lose_something_is_refused(markdown: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        clean_note(markdown, BLOG)


@pytest.mark.parametrize("unit", ["*a ", "[", "![", "`a", "[a](", "a**b*c_ ", "|a|b|\n|-|-|\n"])
def test_a_bomb_within_the_limits_is_words_or_refused(unit: str) -> None:
    bomb = unit * (NOTE_LENGTH // len(unit))
    try:
        assert is_safe(clean_note(bomb, BLOG))
    except UsageError as refusal:
        assert refusal.cure  # noqa: PT017 - either way is right
