"""Only posts whose text will be compared are cleaned beforehand."""

from __future__ import annotations

from newsletter.models import Post, Source
from newsletter.reader.identity.guid_changes import (
    MatchCandidates,
    PostSketch,
    find_match_candidates,
)
from tests.support.small_feeds import FEED_URL


def _stored_post(
    number: int, *, guid: str = "", title: str = "", cleaned: bool = False
) -> PostSketch:
    return PostSketch(
        id=number,
        guid=guid or f"old-{number}",
        title=title or f"Run {number}",
        url=f"http://www.blog.example/run-{number}/",
        cleaned=cleaned,
    )


def _feed_post(number: int, *, guid: str = "", title: str = "", link: str = "") -> Post:
    return Post(
        feed=FEED_URL,
        guid=guid or f"new-{number}",
        title=title or f"Run {number}",
        url=link or f"https://blog.example/run-{number}",
        source=Source(content="<p>Far.</p>"),
    )


def test_a_new_post_of_a_growing_feed_has_no_candidates() -> None:
    assert (
        find_match_candidates([_stored_post(1)], [_feed_post(2)], ["new-2", "old-1"])
        == MatchCandidates()
    )


def test_a_known_post_that_was_read_again_is_compared_with_itself() -> None:
    again = _feed_post(1, guid="old-1", title="Another")
    assert find_match_candidates(
        [_stored_post(1), _stored_post(2)], [again], ["old-1", "old-2"]
    ).known == {1}


def test_one_that_is_clean_already_is_not_cleaned_again() -> None:
    again = _feed_post(1, guid="old-1")
    assert (
        find_match_candidates([_stored_post(1, cleaned=True)], [again], ["old-1"])
        == MatchCandidates()
    )


def test_a_new_guid_with_the_title_or_link_of_a_missing_post_makes_both_candidates() -> None:
    known = [_stored_post(1), _stored_post(2), _stored_post(3), _stored_post(4, cleaned=True)]
    seen = [
        _feed_post(11, title="RUN  1"),
        _feed_post(12, link="https://blog.example/run-2/?utm_source=feed"),
        _feed_post(14, title="Run 4"),
        _feed_post(15),
    ]
    candidates = find_match_candidates(known, seen, [post.guid for post in seen])
    assert candidates == MatchCandidates(
        known=frozenset({1, 2}), seen=frozenset({"new-11", "new-12", "new-14"})
    )


def test_posts_still_in_the_feed_are_no_candidates() -> None:
    seen = [_feed_post(2, title="Run 1")]
    assert find_match_candidates([_stored_post(1)], seen, ["new-2", "old-1"]) == MatchCandidates()
