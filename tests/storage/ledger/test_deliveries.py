"""The ledger: a claimed batch is unknown until its outcome is recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from newsletter.models import Figures, Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import batches, deliveries, unknown_batches
from newsletter.storage.ledger.batches import BatchResult, ClaimedBatch, Intent
from newsletter.storage.ledger.deliveries import PlannedDelivery

NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def issue(engine: Engine) -> Issue:
    with transaction(engine) as connection:
        return issues.add(
            connection, Issue(key="2026-W48", number=1, planned_for=NOW, created_at=NOW)
        )


def plan(engine: Engine, issue: Issue, *people: PlannedDelivery, batch_size: int = 2) -> None:
    with transaction(engine) as connection:
        deliveries.plan(connection, issue.id, people, batch_size=batch_size, now=NOW)


def reader(number: int, edition: str = "north", suppressed: str = "") -> PlannedDelivery:
    return PlannedDelivery(
        subscriber_id=number,
        address=f"reader{number}@example.org",
        edition=edition,
        suppressed=suppressed,
    )


def claim(
    connection: Connection, issue: Issue, without: tuple[int, ...] = ()
) -> ClaimedBatch | None:
    return batches.claim(
        connection,
        issue.id,
        Intent(attempt_id="attempt", holder="me", lease_until=NOW, mailer="outbox"),
        mailable=lambda ids: dict.fromkeys((n for n in ids if n not in without), "link"),
        now=NOW,
        due=NOW,
    )


def in_doubt(engine: Engine, issue: Issue) -> ClaimedBatch:
    """Return the only batch of unknown outcome, after its holder died."""
    with transaction(engine) as connection:
        unknown_batches.expire_leases(connection, issue.id, at=NOW, is_dead=lambda _: True, now=NOW)
        (batch_id,) = unknown_batches.unknown_ids(connection, issue.id)
        return unknown_batches.load_batch(connection, batch_id)


def figures(engine: Engine, issue: Issue) -> Figures:
    with snapshot(engine) as connection:
        return deliveries.figures(connection, issue.id)


def test_a_batch_holds_readers_of_one_edition_only(engine: Engine, issue: Issue) -> None:
    plan(engine, issue, reader(1), reader(2, "south"), reader(3), reader(4, "south"), reader(5))
    values = []
    with transaction(engine) as connection:
        while batch := claim(connection, issue):
            values.append((batch.edition, [subscriber for subscriber, _ in batch.deliveries]))
    assert sorted(values) == [("north", [1, 3]), ("north", [5]), ("south", [2, 4])]


def test_a_claimed_delivery_is_unknown_at_once_so_a_crash_leaves_the_truth(
    engine: Engine, issue: Issue
) -> None:
    plan(engine, issue, reader(1), reader(2), reader(3))
    with transaction(engine) as connection:
        claim(connection, issue)
    assert figures(engine, issue) == Figures(planned=3, unknown=2, pending=1)
    assert [subscriber for subscriber, _ in in_doubt(engine, issue).deliveries] == [1, 2]


def test_a_reader_who_left_before_the_claim_is_suppressed_and_not_in_the_batch(
    engine: Engine, issue: Issue
) -> None:
    plan(engine, issue, reader(1), reader(2), reader(3))
    with transaction(engine) as connection:
        batch = claim(connection, issue, without=(1,))
    assert batch is not None
    assert [subscriber for subscriber, _ in batch.deliveries] == [2]
    assert figures(engine, issue) == Figures(planned=3, suppressed=1, unknown=1, pending=1)


def test_a_batch_whose_readers_have_all_left_is_skipped(engine: Engine, issue: Issue) -> None:
    plan(engine, issue, reader(1), reader(2), reader(3))
    with transaction(engine) as connection:
        batch = claim(connection, issue, without=(1, 2))
    assert batch is not None
    assert [subscriber for subscriber, _ in batch.deliveries] == [3]


def test_outcomes_are_stored_one_by_one_and_the_figures_add_up(
    engine: Engine, issue: Issue
) -> None:
    plan(engine, issue, reader(1), reader(2), reader(3), reader(4), batch_size=4)
    with transaction(engine) as connection:
        batch = claim(connection, issue)
        assert batch is not None
        assert batches.record(
            connection,
            batch.id,
            batch.fence,
            BatchResult(
                status="unknown",
                outcomes={
                    ("accepted", "", ""): [1, 2],
                    ("failed", "no such mailbox", "reader_gone"): [3],
                    ("unknown", "no answer", ""): [4],
                },
                provider_id="abc",
            ),
            now=NOW,
        )
    result = figures(engine, issue)
    assert result == Figures(planned=4, accepted=2, failed=1, unknown=1)
    assert in_doubt(engine, issue).deliveries == ((4, "reader4@example.org"),)


def test_deliveries_not_sent_are_claimed_again_and_sent_ones_are_not(
    engine: Engine, issue: Issue
) -> None:
    plan(engine, issue, reader(1), reader(2))
    with transaction(engine) as connection:
        batch = claim(connection, issue)
        assert batch is not None
        assert batches.record(
            connection,
            batch.id,
            batch.fence,
            BatchResult(
                status="accepted",
                outcomes={("accepted", "", ""): [1], ("pending", "try later", ""): [2]},
                detail="try later",
            ),
            now=NOW,
        )
        again = claim(connection, issue)
    assert again is not None
    assert again.deliveries == ((2, "reader2@example.org"),)


def test_giving_up_fails_pending_deliveries_and_leaves_nothing_to_claim(
    engine: Engine, issue: Issue
) -> None:
    plan(engine, issue, reader(1), reader(2), reader(3, suppressed="left"))
    with transaction(engine) as connection:
        deliveries.cancel_pending(connection, issue.id, NOW)
        assert claim(connection, issue) is None
    assert figures(engine, issue) == Figures(planned=3, suppressed=1, failed=2)


def test_nobody_can_be_planned_twice_in_one_issue(engine: Engine, issue: Issue) -> None:
    plan(engine, issue, reader(1))
    with pytest.raises(IntegrityError):
        plan(engine, issue, reader(1))
    assert figures(engine, issue).planned == 1


def test_two_issues_of_one_week_cannot_exist(engine: Engine, issue: Issue) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        issues.add(connection, Issue(key=issue.key, number=2, planned_for=NOW, created_at=NOW))
