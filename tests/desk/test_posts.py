"""The page of all posts: states, reasons, and the author's decisions."""

from __future__ import annotations

from newsletter.collecting.post_decisions import decide_posts
from newsletter.context import Context
from newsletter.desk.posts import parse_filter, post_row
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issues
from newsletter.models import Post, PostState
from newsletter.storage import posts
from newsletter.storage.database.engine import snapshot
from tests.support.newsletter_folder import publish
from tests.support.visitor import Visitor


def id_of(context: Context, title: str) -> int:
    with snapshot(context.engine) as connection:
        return next(post.id for post in posts.all_posts(connection) if post.title == title)


def state_of(context: Context, title: str) -> str:
    with snapshot(context.engine) as connection:
        return next(post.state for post in posts.all_posts(connection) if post.title == title)


def test_each_post_stands_with_its_state_and_why(context: Context, author: Visitor) -> None:
    publish(context, "From the old blog", state="held")
    words = author.get("/posts/").words
    assert "Larch week 16 November 2026 Waiting Waits for the next issue Skip Larch week" in words
    assert "From the old blog 16 November 2026 Held Many old posts came at once Skip" in words
    assert "All 3 Waiting 2 Held 1" in words


def test_the_list_is_narrowed_by_title_and_state(context: Context, author: Visitor) -> None:
    publish(context, "100% uphill", state="held")
    assert "Hill repeats" not in author.get("/posts/?q=LARCH").words
    assert "Larch week" not in author.get("/posts/?state=held").words
    assert "100% uphill" in author.get("/posts/?q=0%25+up").words
    assert "No post like that." in author.get("/posts/?q=%25week").words


def test_skipping_and_letting_in_again(context: Context, author: Visitor) -> None:
    post = id_of(context, "Larch week")
    skipped = author.press(f"/posts/{post}", decision="skip", q="larch")
    assert "“Larch week” is skipped: no issue takes it." in skipped.words
    assert "Hill repeats" not in skipped.words, "the filter is kept"
    assert state_of(context, "Larch week") == "skipped"
    author.press(f"/posts/{post}", decision="unskip")
    assert state_of(context, "Larch week") == "waiting"


def test_skipping_a_post_of_an_approved_issue_says_that_the_approval_is_void(
    context: Context, author: Visitor
) -> None:
    draft_issues(context)
    approve(context, "next")
    said = author.press(f"/posts/{id_of(context, 'Larch week')}", decision="skip").words
    assert "is skipped: no issue takes it. " in said
    assert "Look at it again." in said


def test_a_decision_that_came_too_late_is_told_on_the_page(
    context: Context, author: Visitor
) -> None:
    post = id_of(context, "Larch week")
    decide_posts(context, "skip", (post,))
    assert (
        "is skipped: cannot release it" in author.press(f"/posts/{post}", decision="release").words
    )
    assert "There is no post 4711" in author.press("/posts/4711", decision="skip").words
    assert "knows no such decision" in author.press(f"/posts/{post}", decision="eat").words


def test_strange_addresses_show_the_whole_list() -> None:
    assert parse_filter({"state": "eaten", "page": "-3"}).query() == {}
    assert parse_filter({"page": "9" * 40}).query() == {}
    assert parse_filter({"q": " larch ", "state": "held", "page": "2"}).query() == {
        "q": "larch",
        "state": "held",
        "page": 2,
    }


def test_a_post_has_a_button_for_each_decision_that_it_leaves() -> None:
    def buttons(state: PostState) -> list[str]:
        post = Post(feed="f", guid="g", url="https://blog.example.com/", title="Run", state=state)
        return [name for name, _ in post_row(post).buttons]

    assert "skip" in buttons("settling")
    assert buttons("issued") == []
    assert "unskip" in buttons("seen_before_start")


def test_fifty_posts_are_a_page(context: Context, author: Visitor) -> None:
    publish(context, *(f"Run number {number}" for number in range(60)))
    first, second = author.get("/posts/"), author.get("/posts/?page=2")
    assert first.text.count('<li>\n<div class="main">') == 50
    assert second.text.count('<li>\n<div class="main">') == 12
    assert 'rel="next"' in first.text
    assert 'rel="next"' not in second.text
