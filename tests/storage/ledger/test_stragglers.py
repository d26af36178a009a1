"""Deliveries that are put off wait in batches of their own, and are given up in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from newsletter.models import Fault, Figures, Issue, Receipt
from newsletter.models.delivery_state import count_outcomes
from newsletter.storage import issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import batches, deliveries, stragglers
from newsletter.storage.ledger.batches import BatchResult, ClaimedBatch, Intent
from newsletter.storage.ledger.deliveries import PlannedDelivery
from newsletter.storage.ledger.stragglers import GivenUp, WaitingStragglers

NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
FULL = "452 4.2.2 mailbox full"


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    opened_engine = open_engine(database_url, tmp_path)
    migrate(opened_engine)
    yield opened_engine
    opened_engine.dispose()


@pytest.fixture
def issue(engine: Engine) -> Issue:
    """Return an issue with six readers in batches of three, the last two for the south."""
    readers = [
        PlannedDelivery(
            subscriber_id=number,
            address=f"reader{number}@example.org",
            edition="south" if number > 4 else "north",
        )
        for number in range(1, 7)
    ]
    with transaction(engine) as connection:
        new = issues.add(
            connection, Issue(key="2026-W48", number=1, planned_for=NOW, created_at=NOW)
        )
        deliveries.plan(connection, new.id, readers, batch_size=3, now=NOW)
    return new


def claim(engine: Engine, issue: Issue, at: dt.datetime = NOW) -> ClaimedBatch | None:
    with transaction(engine) as connection:
        return batches.claim(
            connection,
            issue.id,
            Intent(attempt_id="attempt", holder="me", lease_until=at, mailer="smtp"),
            mailable=lambda ids: dict.fromkeys(ids, "link"),
            now=at,
            due=at,
        )


def answer(
    batch: ClaimedBatch, put_off: Sequence[int], fault: Fault = "reader_later"
) -> tuple[Receipt, ...]:
    """Return receipts that put these readers off and accept the others."""
    return tuple(
        Receipt(subscriber_id=reader, outcome="not_sent", detail=FULL, fault=fault)
        if reader in put_off
        else Receipt(subscriber_id=reader, outcome="accepted")
        for reader, _ in batch.deliveries
    )


def record(
    connection: Connection, batch: ClaimedBatch, receipts: tuple[Receipt, ...], at: dt.datetime
) -> None:
    result = BatchResult.from_receipts(receipts, count_outcomes(receipts))
    assert batches.record(connection, batch.id, batch.fence, result, now=at, batch_size=2)


def send_all(
    engine: Engine, issue: Issue, put_off: Sequence[int], at: dt.datetime = NOW
) -> list[list[int]]:
    """Claim and record until nothing is due; return the readers of each batch."""
    batches_sent = []
    while batch := claim(engine, issue, at):
        batches_sent.append([reader for reader, _ in batch.deliveries])
        with transaction(engine) as connection:
            record(connection, batch, answer(batch, put_off), at)
    return batches_sent


def test_who_is_put_off_waits_in_a_batch_of_their_edition_until_it_is_due(
    engine: Engine, issue: Issue
) -> None:
    assert send_all(engine, issue, put_off=[2, 3, 4, 5]) == [[1, 2, 3], [4], [5, 6]]

    with snapshot(engine) as connection:
        assert not batches.is_planned(connection, issue.id, NOW)
        assert batches.is_any_planned(connection, issue.id)
        assert stragglers.next_due(connection, issue.id) == NOW + dt.timedelta(seconds=20)
        assert deliveries.figures(connection, issue.id) == Figures(planned=6, accepted=2, pending=4)
    later = NOW + dt.timedelta(seconds=20)
    # Batches of two, as `record` is told.
    assert sorted(send_all(engine, issue, put_off=[], at=later)) == [[2, 3], [4], [5]]
    with snapshot(engine) as connection:
        assert deliveries.figures(connection, issue.id) == Figures(planned=6, accepted=6)
        assert stragglers.count_waiting(connection, issue.id) == WaitingStragglers()
        left = connection.execute(text("SELECT DISTINCT fault FROM delivery")).scalars().all()
        assert left == [""], "a delivery that was accepted has no fault"


def test_the_distances_grow_and_the_first_time_stays(engine: Engine, issue: Issue) -> None:
    at, distances = NOW, []
    for _ in range(8):
        send_all(engine, issue, put_off=[2], at=at)
        with snapshot(engine) as connection:
            waiting = stragglers.count_waiting(connection, issue.id)
        assert waiting.count == 1
        assert waiting.deferred_at == NOW
        assert waiting.due_at is not None
        distances.append((waiting.due_at - at).total_seconds() / 60)
        at = waiting.due_at
    assert distances == [1 / 3, 15, 30, 60, 120, 240, 480, 480]


def test_a_straggler_is_claimed_with_the_fault_it_was_put_off_for(
    engine: Engine, issue: Issue
) -> None:
    first = claim(engine, issue)
    assert first is not None
    assert first.put_off_for == {}
    with transaction(engine) as connection:
        record(connection, first, answer(first, [2], fault="account"), NOW)
    send_all(engine, issue, put_off=[], at=NOW)
    again = claim(engine, issue, NOW + dt.timedelta(minutes=1))
    assert again is not None
    assert again.put_off_for == {2: "account"}


def test_who_is_put_back_unasked_stays_a_straggler_and_is_due_at_once(
    engine: Engine, issue: Issue
) -> None:
    send_all(engine, issue, put_off=[2])
    later = NOW + dt.timedelta(minutes=1)
    batch = claim(engine, issue, later)
    assert batch is not None
    with transaction(engine) as connection:
        put_back = Receipt(subscriber_id=2, outcome="not_sent", detail="no route to host")
        record(connection, batch, (put_back,), later)
    again = claim(engine, issue, later)
    assert again is not None
    assert again.put_off_for == {2: "reader_later"}


def test_stragglers_are_given_up_by_when_they_were_first_put_off(
    engine: Engine, issue: Issue
) -> None:
    first = claim(engine, issue)
    assert first is not None
    with transaction(engine) as connection:
        record(connection, first, answer(first, [1]), NOW)
    an_hour_later = NOW + dt.timedelta(hours=1)
    send_all(engine, issue, put_off=[1, 4, 5], at=an_hour_later)

    with transaction(engine) as connection:
        given_up = stragglers.give_up(connection, issue.id, deferred_by=NOW, now=an_hour_later)
        assert given_up == (GivenUp(subscriber_id=1, fault="reader_later", detail=FULL),)
        assert stragglers.count_waiting(connection, issue.id).count == 2
        rest = stragglers.give_up(connection, issue.id, deferred_by=None, now=an_hour_later)
        assert {straggler.subscriber_id for straggler in rest} == {4, 5}
    with snapshot(engine) as connection:
        assert not batches.is_any_planned(connection, issue.id)
        assert deliveries.figures(connection, issue.id) == Figures(planned=6, accepted=3, failed=3)
    assert claim(engine, issue, NOW + dt.timedelta(days=3)) is None


def test_what_is_in_flight_is_not_given_up(engine: Engine, issue: Issue) -> None:
    send_all(engine, issue, put_off=[2])
    later = NOW + dt.timedelta(minutes=1)
    assert claim(engine, issue, later) is not None
    with transaction(engine) as connection:
        assert stragglers.give_up(connection, issue.id, deferred_by=None, now=later) == ()
        assert deliveries.figures(connection, issue.id).unknown == 1


def test_who_is_put_off_after_the_issue_was_cancelled_fails_with_the_others(
    engine: Engine, issue: Issue
) -> None:
    batch = claim(engine, issue)
    assert batch is not None
    with transaction(engine) as connection:
        deliveries.cancel_pending(connection, issue.id, NOW)
        issues.set_status(connection, issue.id, "cancelled")
        record(connection, batch, answer(batch, [2]), NOW)
        figures = deliveries.figures(connection, issue.id)
    assert figures == Figures(planned=6, accepted=2, failed=4)


def test_an_address_in_the_servers_words_is_not_stored(engine: Engine, issue: Issue) -> None:
    batch = claim(engine, issue)
    assert batch is not None
    with transaction(engine) as connection:
        put_off = Receipt(
            subscriber_id=1,
            outcome="not_sent",
            detail="450 <reader1@example.org>: greylisted",
            fault="reader_later",
        )
        record(connection, batch, (put_off, *answer(batch, [])[1:]), NOW)
        (given_up,) = stragglers.give_up(connection, issue.id, deferred_by=None, now=NOW)
    assert given_up.detail == "450 <…@example.org>: greylisted"
