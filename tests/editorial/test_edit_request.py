"""What an edit makes of the posts' order, and which edits are refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from newsletter.composer.digest import arrange_posts
from newsletter.editorial.edit_request import (
    EditRequest,
    apply_request,
    changed_parts,
    hidden_excerpts,
    join_parts,
    shown_as,
    with_edits,
    without_last_edit,
)
from newsletter.errors import UsageError
from newsletter.models import NO_EDITS, Issue, OwnEdits, Post

MONDAY = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)


def _post(number: int) -> Post:
    return Post(
        id=number,
        feed="https://blog.example.com/feed/",
        guid=str(number),
        url=f"https://blog.example.com/{number}/",
        title=f"Run {number}",
        published=MONDAY + dt.timedelta(hours=number),
    )


POSTS = tuple(map(_post, (3, 1, 4, 2)))
ISSUE = Issue(key="2026-W47", number=1, planned_for=MONDAY, created_at=MONDAY, posts=POSTS)


@pytest.mark.parametrize(
    ("edits", "order"),
    [
        (NO_EDITS, [4, 3, 2, 1]),
        (OwnEdits(order=(1, 3)), [1, 3, 4, 2]),
        (OwnEdits(treatments=((2, "lead"),)), [2, 4, 3, 1]),
        (OwnEdits(order=(1, 3), treatments=((2, "lead"),)), [2, 1, 3, 4]),
        (OwnEdits(order=(4, 1), treatments=((4, "title"), (3, "card"))), [1, 3, 2, 4]),
        (OwnEdits(order=(9, 2), treatments=((8, "lead"),)), [2, 4, 3, 1]),
    ],
)
def test_posts_stand_as_the_author_says_and_else_newest_first(
    edits: OwnEdits, order: list[int]
) -> None:
    assert [post.id for post in arrange_posts(POSTS, edits)] == order


def test_the_first_post_leads_unless_the_author_wants_a_card() -> None:
    def treatments(edits: OwnEdits) -> list[tuple[int, str]]:
        return [(post.id, kind) for post, kind in shown_as(with_edits(ISSUE, edits))]

    assert treatments(NO_EDITS) == [(4, "lead"), (3, "card"), (2, "card"), (1, "card")]
    edits = OwnEdits(treatments=((4, "card"), (3, "title")))
    assert treatments(edits) == [(4, "card"), (2, "card"), (1, "card"), (3, "title")]


def test_a_new_lead_takes_the_place_of_the_old_one_and_each_edit_can_be_undone() -> None:
    first = apply_request(NO_EDITS, EditRequest(treatments=((2, "lead"), (1, "title"))))
    second = apply_request(first, EditRequest(treatments=((3, "lead"),), subject="  Mud \t"))
    assert second.treatments == ((1, "title"), (3, "lead"))
    assert join_parts(changed_parts(first, second)) == "subject and treatment of posts"
    third = apply_request(second, EditRequest(treatments=((3, ""),), subject="", order=()))
    assert third == OwnEdits(treatments=((1, "title"),))

    issue = with_edits(with_edits(with_edits(ISSUE, first), second), third)
    before = without_last_edit(issue)
    assert (before.own_edits, before.posts[0].id) == (second, 3)
    start = without_last_edit(without_last_edit(before))
    assert (start.own_edits, start.earlier_edits) == (NO_EDITS, ())
    assert [post.id for post in start.posts] == [4, 3, 2, 1]


def test_an_excerpt_that_no_message_shows_is_told() -> None:
    edits = OwnEdits(
        excerpts=((1, "Mine."), (2, "Mine."), (3, "Mine."), (9, "Gone.")),
        treatments=((1, "title"), (2, "card")),
    )
    issue = replace(ISSUE, own_edits=edits)
    assert [line[:7] for line in hidden_excerpts(issue, is_full=False)] == ["“Run 1”"]
    assert [line[:7] for line in hidden_excerpts(issue, is_full=True)] == ["“Run 1”", "“Run 3”"]


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (EditRequest(subject="x" * 151), "151 characters"),
        (EditRequest(preheader="x" * 201), "201 characters"),
        (EditRequest(excerpts=((1, "x" * 1001),)), "1001 characters"),
        (EditRequest(subject="Run\nBcc: all@example.com"), r"control character \(U\+000A\)"),
        (EditRequest(preheader="turned \u202eround"), r"control character \(U\+202E\)"),
        (EditRequest(note="a\x1b[31m"), r"control character \(U\+001B\)"),
        (EditRequest(order=(1, 2, 1)), "names post 1 twice"),
        (EditRequest(excerpts=((1, "a"), (1, "b"))), "names post 1 twice"),
        (EditRequest(treatments=((1, "lead"), (1, "title"))), "names post 1 twice"),
        (EditRequest(treatments=((1, "lead"), (2, "lead"))), "Only one post can lead"),
    ],
)
def test_what_no_message_can_hold_is_refused(request_: EditRequest, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        apply_request(NO_EDITS, request_)
