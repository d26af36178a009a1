"""The desk with a monthly issue beside the weekly one, and with editions by topic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.preview import render_preview
from newsletter.storage import posts
from newsletter.storage.database.engine import transaction
from subscribers import storage as people
from subscribers.models import Subscriber
from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import NOW, create_newsletter, open_issue, publish, subscribe
from tests.support.visitor import Visitor

TOPICS = """
[[topics]]
name = "Hills"
categories = ["hills"]
[[topics]]
name = "Gear"
categories = ["gear"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A post on hills and one without a topic; Ada reads all, Hal hills, Moe monthly."""
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week", "Hill repeats")
    with transaction(context.engine) as connection:
        (hill,) = (post for post in posts.all_posts(connection) if post.title == "Hill repeats")
        posts.save(connection, (replace(hill, categories=("hills",)),))
        for name, rhythm, topics in (("hal", "", ("Hills",)), ("moe", "monthly", ())):
            reader = Subscriber(address=f"{name}@example.com", rhythm=rhythm, topics=topics)
            people.add(
                connection,
                reader,
                at=context.clock(),
                source="test",
                secrets=context.secrets.signing,
            )
    subscribe(context, "ada@example.com", "north")
    settings = context.folder / "newsletter.toml"
    settings.write_text(settings.read_text("utf-8") + TOPICS, "utf-8")
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})


@pytest.fixture
def author(context: Context, open_desk: OpenDesk) -> Visitor:
    return open_desk(context)


def test_the_page_offers_both_issues_and_each_topic_that_has_a_post(author: Visitor) -> None:
    words = author.get("/").words

    assert "Issue Weekly, no. 1 Monthly, no. 2" in words
    assert "Topics All Hills Edition" in words


def test_the_edition_of_a_topic_is_shown_as_its_readers_get_it(
    context: Context, author: Visitor
) -> None:
    page = author.get("/?topics=%2Bhills")

    assert "<h1>Hill repeats</h1>" in page.text
    assert "not in this edition" in page.words
    sent = render_preview(context, "next", edition="north+hills")
    assert author.get("/mail/north+hills/as-sent").text == sent.html
    assert "Larch week" not in sent.html
    assert "Hill repeats" in sent.html


def test_the_monthly_issue_is_approved_separately(context: Context, author: Visitor) -> None:
    page = author.get("/?issue=2")
    assert "Issue 2 2026-M12" in page.words

    response = author.press("/approve/2", seen=page.hidden_field("seen"), issue="2")

    assert "Issue 2 is approved." in response.words
    assert "Issue 2 2026-M12" in response.words
    assert open_issue(context).status == "draft"
    assert open_issue(context, "2").status == "approved"


@pytest.mark.parametrize("words", ["issue=99", "issue=9999999999", "issue=x", "topics=%2Bcats"])
def test_unknown_options_show_the_next_issue_whole(author: Visitor, words: str) -> None:
    page = author.get(f"/?{words}")

    assert page.status == 200
    assert "Issue 1 2026-W47" in page.words
    assert "not in this edition" not in page.words


def test_a_template_changed_meanwhile_is_another_issue_to_approve(
    context: Context, author: Visitor
) -> None:
    own = context.folder / "templates" / "email" / "digest.txt"
    own.parent.mkdir(parents=True)
    own.write_text("{{ title }}\n", "utf-8")
    before = author.get("/").hidden_field("seen")
    assert author.get("/?topics=%2Bhills").hidden_field("seen") == before

    own.write_text("{{ title }} by {{ author }}\n", "utf-8")

    assert author.get("/").hidden_field("seen") != before
