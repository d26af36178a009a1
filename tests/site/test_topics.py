"""A reader chooses topics on their own page, and the next issue follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.addressing.envelope import recipient
from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.preview import render_preview
from newsletter.models import Post
from newsletter.storage import posts
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.models import Subscriber
from tests.support.newsletter_folder import NOW, create_newsletter, publish
from tests.support.visitor import Visitor

TOPICS = """
[[topics]]
name = "Race reports"
categories = ["races"]
[[topics]]
name = "Everything else"
"""
RAE = "rae@example.com"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A race and a diary post; Rae came from a list that spelled the topic differently."""
    context = create_newsletter(tmp_path / "newsletter")
    settings = context.folder / "newsletter.toml"
    settings.write_text(settings.read_text("utf-8") + TOPICS, "utf-8")
    publish(context, "Rain again", "Last at Lost Creek")
    with transaction(context.engine) as connection:
        (race,) = (post for post in posts.all_posts(connection) if post.title.startswith("Last"))
        posts.save(connection, (_of_races(race),))
        people.add(
            connection,
            Subscriber(address=RAE, topics=("race-reports", "Old list")),
            at=context.clock(),
            source="test",
            secrets=context.secrets.signing,
        )
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})


def _of_races(post: Post) -> Post:
    values = {name: getattr(post, name) for name in post.__slots__}
    return Post(**values | {"categories": ("Races",)})


@pytest.fixture
def own_page(context: Context) -> str:
    fields = dict(recipient(context.config, context.secrets, rae(context)).fields)
    return fields["preferences_url"].removeprefix(context.site_url)


def rae(context: Context) -> Subscriber:
    with snapshot(context.engine) as connection:
        return people.require_by_address(connection, RAE)


def edition(context: Context) -> str:
    draft_issue(context)
    return render_preview(context, "next", address=RAE).edition


def test_a_topic_imported_with_another_case_is_ticked(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    page = visitor.get(own_page).text

    assert 'value="Race reports" checked' in page
    assert 'value="Everything else" checked' not in page
    assert edition(context) == "north+race-reports"


def test_the_next_issue_holds_the_ticked_topics(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    visitor.submit(own_page, {"topics": "Everything else"})

    assert rae(context).topics == ("Everything else", "Old list")
    assert edition(context) == "north+everything-else"


def test_with_nothing_ticked_the_next_issue_is_whole(
    context: Context, visitor: Visitor, own_page: str
) -> None:
    visitor.submit(own_page, {"rhythm": ""})

    assert rae(context).topics == ("Old list",)
    assert edition(context) == "north"
