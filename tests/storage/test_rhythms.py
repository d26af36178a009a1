"""Database constraints keep a post in at most one issue of a rhythm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from newsletter.models import Edition, Issue, Post
from newsletter.storage import editions, feeds, issues, posts
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.deliveries import PlannedDelivery

NOW = dt.datetime(2026, 12, 6, 14, tzinfo=dt.UTC)
WEEK = Issue(key="2026-W49", number=1, planned_for=NOW, created_at=NOW)
MONTH = replace(WEEK, key="2026-M12", number=2, rhythm="monthly")


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def post(engine: Engine) -> Post:
    """Store one waiting post of one feed."""
    with transaction(engine) as connection:
        feed = feeds.ensure_feed(connection, "https://trails.example/feed/")
        stored_post = Post(
            feed=feed.url, guid="1", url="https://trails.example/1/", title="Mud", published=NOW
        )
        posts.add(connection, feed.id, (stored_post,))
        (post,) = posts.in_state(connection, "waiting")
    return post


def freeze(connection: Connection, issue: Issue, *readers: int) -> Issue:
    result = issues.add(connection, issue)
    issues.set_status(connection, result.id, "frozen", frozen_at=issue.planned_for)
    deliveries.plan(
        connection,
        result.id,
        (
            PlannedDelivery(subscriber_id=n, address=f"{n}@example.org", edition="north")
            for n in readers
        ),
        batch_size=10,
        now=NOW,
    )
    return result


def test_a_post_goes_once_in_each_rhythm(engine: Engine, post: Post) -> None:
    with transaction(engine) as connection:
        freeze(connection, replace(WEEK, posts=(post,)))
        freeze(connection, replace(MONTH, posts=(post,)))

    with snapshot(engine) as connection:
        assert (
            posts.ids_in_issues(connection, "weekly")
            == posts.ids_in_issues(connection, "monthly")
            == {post.id}
        )
        (result,) = posts.all_posts(connection)
    assert result.issue == 1


@pytest.mark.parametrize("first", [WEEK, MONTH])
def test_a_second_issue_of_a_rhythm_cannot_have_it(
    engine: Engine, post: Post, first: Issue
) -> None:
    later = replace(first, key="2027-X01", number=3, posts=(post,))
    with transaction(engine) as connection:
        freeze(connection, replace(first, posts=(post,)))
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        issues.add(connection, later)


def test_two_issues_of_one_month_cannot_exist(engine: Engine) -> None:
    with transaction(engine) as connection:
        issues.add(connection, MONTH)
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        issues.add(connection, replace(MONTH, number=3))


def test_posts_sent_before_a_moment_are_not_collected(engine: Engine, post: Post) -> None:
    with transaction(engine) as connection:
        freeze(connection, replace(WEEK, posts=(post,)))
        posts.set_state(connection, [post.id], "issued", "in issue 1")

    with snapshot(engine) as connection:
        assert posts.sent_after(connection, NOW) == ()
        (result,) = posts.sent_after(connection, NOW - dt.timedelta(seconds=1))
    assert result.id == post.id


def test_readers_of_one_issue_and_not_of_another_come_in_pages(engine: Engine) -> None:
    with transaction(engine) as connection:
        week = freeze(connection, WEEK, 2, 4)
        month = freeze(connection, MONTH, 1, 2, 3, 5)

    with snapshot(engine) as connection:
        assert list(deliveries.recipients_only_in(connection, month.id, week.id, 2)) == [
            (1, 3),
            (5,),
        ]
        assert list(deliveries.recipients_only_in(connection, month.id, None, 9)) == [(1, 2, 3, 5)]


def test_an_edition_stores_its_group_and_its_posts(engine: Engine) -> None:
    with transaction(engine) as connection:
        issue = freeze(connection, WEEK)
        editions.add_editions(connection, issue.id, (_edition(issue),))

    with snapshot(engine) as connection:
        (edition,) = editions.editions_of(connection, issue)
    assert edition == _edition(issue)


def _edition(issue: Issue) -> Edition:
    return Edition(
        key="south+races+gear",
        hemisphere="south",
        issue=issue.number,
        subject="Mud",
        preheader="",
        html="<p>Mud</p>",
        text="Mud",
        mjml="",
        nonce="ab",
        content_hash="cd",
        topics=("Races", "Gear"),
        posts=(7, 9),
    )
