"""What changed in a draft since the author was told of it."""

from __future__ import annotations

from newsletter.notices.draft_contents import (
    DraftContents,
    ToldPost,
    compare_contents,
    decode_contents,
    encode_contents,
)

HILL = ToldPost(id=1, title="A hill", fingerprint="a")
MUD = ToldPost(id=2, title="Mud", fingerprint="b")


def draft(*posts: ToldPost, subject: str = "A hill", key: str = "2026-W41") -> DraftContents:
    return DraftContents(subject=subject, key=key, posts=posts)


def test_the_first_time_all_of_it_is_news() -> None:
    changes = compare_contents(None, draft(HILL))

    assert changes.has_news
    assert changes.lines == ()


def test_nothing_changed() -> None:
    changes = compare_contents(draft(HILL, MUD), draft(MUD, HILL))

    assert not changes.has_news
    assert changes.lines == ()


def test_new_posts_and_edits_are_news() -> None:
    edited = ToldPost(id=1, title="A steep hill", fingerprint="c")
    changes = compare_contents(draft(HILL), draft(edited, MUD, subject="A steep hill, +1 more"))

    assert changes.has_news
    assert changes.lines == (
        "“Mud” is new in it.",
        "“A steep hill” was edited.",
        "Its subject is now “A steep hill, +1 more”.",
    )


def test_a_post_that_left_is_told_but_gives_readers_nothing_new() -> None:
    changes = compare_contents(draft(HILL, MUD), draft(HILL))

    assert not changes.has_news
    assert changes.lines == ("“Mud” is no longer in it.",)


def test_a_post_that_settles_is_not_called_gone() -> None:
    (line,) = compare_contents(draft(HILL, MUD), draft(HILL), settling={2}).lines

    assert line.startswith("“Mud” was edited just now")


def test_another_day_is_news() -> None:
    assert compare_contents(draft(HILL), draft(HILL, key="2026-W42")).has_news


def test_contents_are_stored_and_read_again() -> None:
    contents = draft(HILL, MUD, subject="Grüße “aus” <dem> Wald")

    assert decode_contents(encode_contents(contents)) == contents
    assert decode_contents("") is None
