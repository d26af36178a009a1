"""Old issues keep their figures, and not who got them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import func, select, text, update

from newsletter.context import Context
from newsletter.delivery.resolve import retry_failed
from newsletter.delivery.retention import sum_up_old_deliveries
from newsletter.editorial.draft import draft_issue
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries, events, failures
from newsletter.storage.tables import delivery, event, event_summary, issue
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import publish

YEARS_AGO = dt.datetime(2023, 3, 1, 7, tzinfo=dt.UTC)


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    """A newsletter with an issue of 2023 that had six readers, one failure and three events."""
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    draft_issue(context)
    send(context, "1")
    with transaction(context.engine) as connection:
        connection.execute(update(issue).values(frozen_at=YEARS_AGO, sent_at=YEARS_AGO))
        first = connection.scalar(select(func.min(delivery.c.id)))
        connection.execute(
            update(delivery)
            .where(delivery.c.id == first)
            .values(status="failed", fault="account", detail="550 no")
        )
        for number, kind in enumerate(("open", "open", "bounce")):
            record = events.EventRecord(
                dedup_key=f"e{number}", kind=kind, at=YEARS_AGO, issue_id=1, subscriber_id=1
            )
            events.add(connection, record)
    yield context
    context.engine.dispose()


def send_a_new_issue(context: Context) -> None:
    publish(context, "Today's run")
    draft_issue(context)
    send(context, "next")


def rows(context: Context, issue_id: int) -> int:
    with snapshot(context.engine) as connection:
        query = select(func.count()).select_from(delivery).where(delivery.c.issue_id == issue_id)
        return int(connection.scalar(query) or 0)


def figures(context: Context, issue_id: int) -> Figures:
    with snapshot(context.engine) as connection:
        return deliveries.figures(connection, issue_id)


def test_two_years_later_the_figures_stay_and_the_addresses_go(context: Context) -> None:
    send_a_new_issue(context)
    before = figures(context, 1)
    assert (before.planned, before.accepted, before.failed) == (6, 5, 1)
    assert sum_up_old_deliveries(context) == 6 + 3
    assert figures(context, 1) == before
    assert rows(context, 1) == 0
    assert rows(context, 2) == 6
    with snapshot(context.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(event)) == 0
        table = event_summary.c
        sums = connection.execute(select(table.kind, table.count, table.readers)).all()
        assert failures.reported_failures(connection, 1) == {"bounce": 1}
    assert sorted(tuple(row) for row in sums) == [("bounce", 1, 1), ("open", 2, 1)]
    assert sum_up_old_deliveries(context) == 0


def test_a_wrong_clock_makes_nothing_old(context: Context) -> None:
    far = replace(context, clock=lambda: dt.datetime(2046, 1, 1, tzinfo=dt.UTC))
    assert sum_up_old_deliveries(far) == 0
    assert rows(context, 1) == 6


def test_what_is_unknown_waits_for_the_author(context: Context) -> None:
    send_a_new_issue(context)
    with transaction(context.engine) as connection:
        last = connection.scalar(select(func.max(delivery.c.id)).where(delivery.c.issue_id == 1))
        connection.execute(update(delivery).where(delivery.c.id == last).values(status="unknown"))
    sum_up_old_deliveries(context)
    assert rows(context, 1) == 1
    assert figures(context, 1).unknown == 1
    assert figures(context, 1).planned == 6


def test_an_issue_that_is_stopped_is_left_alone(context: Context) -> None:
    send_a_new_issue(context)
    with transaction(context.engine) as connection:
        connection.execute(update(issue).where(issue.c.id == 1).values(status="stopped"))
    assert sum_up_old_deliveries(context) == 0


def test_sending_an_old_issue_again_reaches_nobody(context: Context) -> None:
    send_a_new_issue(context)
    outbox = context.folder / "outbox"
    sum_up_old_deliveries(context)
    before = sorted(outbox.rglob("*.eml"))
    assert send(context, "1").figures == figures(context, 1)
    assert retry_failed(context, "1", "account").figures == figures(context, 1)
    assert sorted(outbox.rglob("*.eml")) == before


def test_zero_months_keep_everything_for_ever(context: Context) -> None:
    send_a_new_issue(context)
    database = structs.replace(context.settings.database, keep_deliveries_months=0)
    forever = replace(context, settings=structs.replace(context.settings, database=database))
    assert sum_up_old_deliveries(forever) == 0
    with snapshot(context.engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery_summary")) == 0
