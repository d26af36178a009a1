"""Figures are read from the database by sums, of one issue or of all, whatever its engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.context import Context
from newsletter.delivery.retention import sum_up_old_deliveries
from newsletter.errors import NotFound, NotReady
from newsletter.models import Figures
from newsletter.statistics.figures import IssueFigures
from newsletter.statistics.gather import issue_statistics, newsletter_statistics
from newsletter.storage.database.engine import transaction
from newsletter.storage.tables import issue
from newsletter.subscriptions import subscriber_admin
from tests.statistics.sample import FIRST_SUNDAY, add_issue, create_sample, report, set_deliveries
from tests.support.newsletter_folder import create_newsletter, publish


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    """Two issues to ten readers: of the first, some failed, bounced, opened and clicked."""
    context = create_sample(tmp_path / "newsletter", database_url=database_url)
    set_deliveries(context, 1, 1, 2, status="failed", fault="reader_gone", detail="550 5.1.1")
    set_deliveries(context, 1, 3, status="failed", fault="account", detail="550 5.7.1")
    set_deliveries(context, 1, 4, status="suppressed")
    report(context, 1, "delivered", 5, 6, 7, 8, 9)
    report(context, 1, "bounce", 10)
    report(context, 1, "machine_open", 5, 6, 7)
    report(context, 1, "open", 7, 8)
    report(context, 1, "click", 7, 8, post_id=1)
    report(context, 1, "click", 8, post_id=2)
    report(context, 1, "click", 9)
    report(context, 1, "machine_click", 5)
    yield context
    context.engine.dispose()


def assert_first_issue(figures: IssueFigures) -> None:
    assert figures.deliveries == Figures(planned=10, accepted=6, suppressed=1, failed=3)
    assert figures.failed_by == (("reader_gone", 2), ("account", 1))
    assert (figures.delivered, figures.bounced, figures.complained) == (5, 1, 0)
    assert (figures.opened, figures.engagement.opened_by_machine) == (2, 3)
    assert (figures.clicked, figures.engagement.clicked_by_machine) == (3, 1)
    assert [(post.title, post.clicked) for post in figures.posts] == [
        ("Hill repeats, week 1", 2),
        ("Mud & shoes, week 1", 1),
    ]


def test_an_issue_reads_the_same_alone_among_all_and_once_it_is_summed_up(
    context: Context,
) -> None:
    alone = issue_statistics(context, "1")
    assert_first_issue(alone)
    first, second = newsletter_statistics(context).issues
    assert first == alone
    assert second.deliveries == Figures(planned=10, accepted=10)
    with transaction(context.engine) as connection:
        year_before = FIRST_SUNDAY - dt.timedelta(days=3 * 366)
        connection.execute(update(issue).where(issue.c.id == 1).values(frozen_at=year_before))
    assert sum_up_old_deliveries(context) > 0
    assert_first_issue(issue_statistics(context, "1"))
    assert_first_issue(newsletter_statistics(context).issues[0])


def test_what_nobody_can_know_is_none(context: Context) -> None:
    silent = newsletter_statistics(context).issues[1]
    assert silent.delivered is None
    assert (silent.bounced, silent.complained) == (None, None)
    assert (silent.opened, silent.clicked) == (None, None)
    assert [post.clicked for post in silent.posts] == [None, None]


def test_an_issue_that_is_still_going_out_says_how_far_it_is(context: Context) -> None:
    publish(context, "Frost", "Ice")
    add_issue(context, 3, status="sending")
    set_deliveries(context, 3, 1, 2, 3, status="pending")
    figures = issue_statistics(context, "last")
    assert figures.is_under_way
    assert figures.deliveries == Figures(planned=10, accepted=7, pending=3)


def test_who_leaves_counts_for_the_issue_before(tmp_path: Path) -> None:
    context = create_sample(tmp_path / "newsletter")
    moment = FIRST_SUNDAY + dt.timedelta(days=3)
    earlier = replace(context, clock=lambda: moment)
    subscriber_admin.remove(earlier, "reader3@example.org")
    assert [issue.unsubscribed for issue in newsletter_statistics(context).issues] == [1, 0]


def test_before_the_first_issue_there_is_nothing_and_no_reader(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    figures = newsletter_statistics(context)
    assert (figures.issues, figures.months, figures.readers["active"]) == ((), (), 0)
    with pytest.raises(NotFound, match="No issue has gone out yet"):
        issue_statistics(context, "last")


def test_a_draft_has_no_figures(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Frost", "Ice")
    add_issue(context, 1, readers=0, status="draft")
    with transaction(context.engine) as connection:
        connection.execute(update(issue).values(frozen_at=None))
    with pytest.raises(NotReady, match="Issue 1 has not gone out"):
        issue_statistics(context, "1")
    assert newsletter_statistics(context).issues == ()


def test_rehearsals_count_only_as_long_as_there_is_nothing_else(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Frost", "Ice")
    add_issue(context, 1, mailer="outbox")
    rehearsed = newsletter_statistics(context)
    assert [issue.number for issue in rehearsed.counted] == [1]
    publish(context, "Thaw", "Mud")
    add_issue(context, 2)
    assert [issue.number for issue in newsletter_statistics(context).counted] == [2]
