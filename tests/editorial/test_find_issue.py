"""The list of issues, each with the figures of its deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, Engine, event, select, update

from newsletter.editorial.find_issue import list_issues
from newsletter.models import DeliveryStatus, Figures, Issue, IssueStatus
from newsletter.storage import issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.deliveries import PlannedDelivery
from newsletter.storage.ledger.retention import sum_up_deliveries
from newsletter.storage.tables import delivery
from newsletter.storage.tables import issue as issue_table

NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
STATUSES: tuple[IssueStatus, ...] = get_args(IssueStatus)
OLD: tuple[IssueStatus, ...] = ("sent", "cancelled", "sent")
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A newsletter with an issue in each status, sent and cancelled ones summed up in part too."""
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    with transaction(engine) as connection:
        for number, status in enumerate(STATUSES, start=1):
            add_issue(connection, number, status)
        for number, status in enumerate(OLD, start=len(STATUSES) + 1):
            issue_id = add_issue(connection, number, status)
            sum_up_deliveries(connection, issue_id, 4 if number % 2 else 100)
    yield engine
    engine.dispose()


def add_issue(connection: Connection, number: int, status: IssueStatus) -> int:
    """Add an issue with deliveries in each status that one may have then."""
    new = Issue(key=f"2026-W{number:02}", number=number, planned_for=NOW, created_at=NOW)
    issue_id = issues.add(connection, new).id
    connection.execute(
        update(issue_table).where(issue_table.c.id == issue_id).values(status=status)
    )
    if status in ("draft", "approved"):
        return issue_id
    # What was sent to its end has nothing pending (delivery_state.py).
    possible = [one for one in DELIVERY_STATUSES if (status, one) != ("sent", "pending")]
    wanted = [one for count, one in enumerate(possible, start=1) for _ in range(count)]
    people = [
        PlannedDelivery(subscriber_id=n, address=f"reader{n}@example.org", edition="north")
        for n in range(len(wanted))
    ]
    deliveries.plan(connection, issue_id, people, batch_size=2, now=NOW)
    of_issue = select(delivery.c.id).where(delivery.c.issue_id == issue_id)
    planned = connection.scalars(of_issue.order_by(delivery.c.id)).all()
    for delivery_id, one in zip(planned, wanted, strict=True):
        connection.execute(
            update(delivery).where(delivery.c.id == delivery_id).values(status=one, detail="why")
        )
    return issue_id


def test_the_figures_are_those_of_a_count_in_every_status(engine: Engine) -> None:
    with snapshot(engine) as connection:
        listed = list_issues(connection)
        counted = [deliveries.figures(connection, issue.id) for issue, _ in listed]
    assert [issue.status for issue, _ in listed] == [*STATUSES, *OLD]
    assert [figures for _, figures in listed] == counted
    of_sent = [figures for issue, figures in listed if issue.status == "sent"]
    assert of_sent == [Figures(planned=10, accepted=1, suppressed=2, failed=3, unknown=4)] * 3


def test_no_query_looks_at_every_delivery_of_an_issue_that_was_sent(engine: Engine) -> None:
    counts: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if "GROUP BY delivery.status" in statement and "NOT IN" not in statement:
            counts.append(statement)

    with snapshot(engine) as connection:
        listed = list_issues(connection)
    assert len(counts) == len([issue for issue, _ in listed if issue.status != "sent"])
