"""The author's actions on the desk."""

from __future__ import annotations

import datetime as dt
import email
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.editions import content_hash
from newsletter.storage.database.engine import snapshot
from tests.desk.conftest import OpenDesk
from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.newsletter_folder import (
    FEED,
    NOW,
    create_newsletter,
    open_issue,
    publish,
    retitle,
)
from tests.support.visitor import Visitor


def test_approving_pins_what_was_seen_and_can_be_taken_back(
    context: Context, author: Visitor
) -> None:
    seen = author.get("/").hidden_field("seen")
    page = author.press("/approve/1", seen=seen)
    assert "Issue 1 is approved." in page.words
    assert "You approved it. It goes to 2 readers on Sunday 07:00 unless you stop it." in page.words
    issue = open_issue(context)
    with snapshot(context.engine) as connection:
        current = content_hash(connection, context.config, issue)
    assert (issue.status, issue.approved_hash) == ("approved", current)
    assert "a draft again" in author.press("/unapprove/1").words
    assert open_issue(context).status == "draft"


def test_a_draft_that_changed_since_it_was_looked_at_is_not_approved(
    context: Context, author: Visitor
) -> None:
    page = author.get("/")
    retitle(context, "Larch week", "Golden larch week")
    author.submit(
        "/approve/1",
        {"csrf_token": page.hidden_field("csrf_token"), "seen": page.hidden_field("seen")},
    )
    after = author.get("/")
    assert "Issue 1 has changed since you looked at it. Look at it again" in after.words
    assert "Golden larch week" in after.words
    assert open_issue(context).status == "draft"


def test_nothing_is_approved_without_being_shown(context: Context, author: Visitor) -> None:
    assert "has changed since you looked" in author.press("/approve/1").words
    assert "has changed since you looked" in author.press("/approve/1", seen="").words
    assert open_issue(context).status == "draft"


def test_an_issue_that_goes_out_by_itself_can_be_stopped(
    tmp_path: Path, open_desk: OpenDesk
) -> None:
    context = create_newsletter(tmp_path / "other", approval="veto")
    publish(context, "Larch week")
    author = open_desk(context)
    page = author.press("/stop/1")
    assert "Stopped You stopped it." in page.words
    assert "Let it go on" in page.words
    author.press("/resume/1")
    assert open_issue(context).status == "draft"


def test_a_test_copy_goes_to_the_address_and_the_desk_remembers_it(
    context: Context, author: Visitor
) -> None:
    assert 'value="maren@example.com"' in author.get("/").text
    page = author.press("/test", address="me@example.org", edition="south", scheme="dark")
    assert (
        "The test copy for me@example.org is in the folder outbox/test; nobody was mailed "
        '(mailer = "outbox").'
    ) in page.words
    assert 'value="me@example.org"' in page.text
    assert "/mail/south?scheme=dark" in page.text
    (file,) = (context.folder / "outbox" / "test").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes())
    assert message["Subject"].startswith("[Test] ")
    assert message["To"] == "me@example.org"
    assert "/unsubscribe/test" in message["List-Unsubscribe"]
    assert open_issue(context).status == "draft"


def test_a_test_copy_of_an_edition_no_reader_needs_yet_can_be_had(
    context: Context, author: Visitor
) -> None:
    author.press("/test", address="me@example.org", edition="tropics")
    assert len(list((context.folder / "outbox" / "test").glob("*.eml"))) == 1


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a b@example.com", "x@example.com\r\nBcc: y"]
)
def test_an_invalid_address_is_reported_and_nothing_is_sent(
    context: Context, author: Visitor, address: str
) -> None:
    page = author.press("/test", address=address)
    assert 'class="flash look"' in page.text
    assert not (context.folder / "outbox" / "test").exists()
    assert 'value="maren@example.com"' in page.text


def test_a_mailer_that_cannot_write_says_why(context: Context, author: Visitor) -> None:
    (context.folder / "outbox").write_text("a file in the way", "utf-8")
    page = author.press("/test", address="me@example.org")
    assert "The test copy was not sent" in page.words


def test_without_a_postal_address_the_cure_is_named(tmp_path: Path, open_desk: OpenDesk) -> None:
    context = create_newsletter(tmp_path / "other", postal_address=False)
    publish(context, "Larch week")
    page = open_desk(context).press("/test", address="me@example.org")
    assert "Write postal_address under [newsletter]" in page.words


def test_a_post_can_be_skipped_and_taken_back(context: Context, author: Visitor) -> None:
    author.get("/")
    skipped = open_issue(context).posts[0]
    page = author.press(f"/posts/{skipped.id}/skip")
    assert f"“{skipped.title}” is skipped" in page.words
    assert skipped.title not in [post.title for post in open_issue(context).posts]
    assert "Restore" in page.words
    author.press(f"/posts/{skipped.id}/unskip")
    assert len(open_issue(context).posts) == 2


def test_a_held_post_can_be_released(context: Context, author: Visitor) -> None:
    publish(context, "From the old blog", state="held")
    author.press("/posts/3/release")
    assert "From the old blog" in [post.title for post in open_issue(context).posts]


def test_when_every_post_is_skipped_there_is_no_issue_but_a_way_back(author: Visitor) -> None:
    author.press("/posts/1/skip")
    page = author.press("/posts/2/skip")
    assert "there is no issue yet" in page.words
    assert page.words.count("Restore") == 2


def test_a_button_for_a_missing_thing_gives_a_clear_error(author: Visitor) -> None:
    assert "There is no post 99." in author.press("/posts/99/skip").words
    assert "There is no issue 7." in author.press("/approve/7", seen="x").words


def test_the_blog_can_be_read_from_the_desk(
    context: Context, blog: Blog, open_desk: OpenDesk
) -> None:
    toml = context.folder / "newsletter.toml"
    own = toml.read_text("utf-8").replace(FEED, f"{blog.url}/feed/")
    toml.write_text(own + "[fetch]\nallow_private_addresses = true\n", "utf-8")
    author = open_desk(open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW}))
    page = author.press("/collect")
    assert 'class="flash look"' in page.text
    assert blog.url in page.words
    blog.serve_feed(rss(Item(number=9, title="Fresh snow", day=dt.date(2026, 11, 18))))
    assert "The blog was read: 1 new." in author.press("/collect").words
    assert "The blog was read: nothing new." in author.press("/collect").words


def test_an_edit_after_the_approval_is_shown_and_one_button_takes_it(
    context: Context, author: Visitor
) -> None:
    author.press("/approve/1", seen=author.get("/").hidden_field("seen"))
    retitle(context, "Larch week", "Golden larch week")
    page = author.get("/")
    assert "“Golden larch week” was edited after you approved." in page.words
    assert "Approve the new text" in page.words
    assert "Golden larch week" not in open_issue(context).subject

    after = author.press("/approve/1", seen=page.hidden_field("seen"))

    assert "Issue 1 is approved with the new text of “Golden larch week”." in after.words
    assert "Approve the new text" not in after.words
    assert "Golden larch week" in [post.title for post in open_issue(context).posts]


def test_an_edit_that_came_after_the_page_is_not_approved_with_it(
    context: Context, author: Visitor
) -> None:
    author.press("/approve/1", seen=author.get("/").hidden_field("seen"))
    retitle(context, "Larch week", "Golden larch week")
    seen = author.get("/").hidden_field("seen")
    retitle(context, "Golden larch week", "Silver larch week")
    assert "has changed since you looked at it" in author.press("/approve/1", seen=seen).words
    assert "Larch week" in [post.title for post in open_issue(context).posts]


def test_a_post_skipped_from_an_approved_issue_voids_the_approval_in_words(
    context: Context, author: Visitor
) -> None:
    author.press("/approve/1", seen=author.get("/").hidden_field("seen"))
    skipped = open_issue(context).posts[0]
    page = author.press(f"/posts/{skipped.id}/skip")
    assert f"The approval of issue 1 is void: “{skipped.title}” was skipped." in page.words
    assert "Look at it again, then approve it." in author.get("/").words
