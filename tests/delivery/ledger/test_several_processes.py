"""Several processes on one ledger: claims, leases of dead processes, and fencing."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_dead, this_holder
from newsletter.delivery.ledger.stored_ledger import LEASE, StoredLedger, open_ledger
from newsletter.models import Figures, Receipt
from newsletter.sender.batch import Batch
from tests.delivery.test_resolve import dead
from tests.support.delivery_folder import create_outbox_newsletter, figures, freeze_next_issue


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    yield context
    context.engine.dispose()


def receipts(batch: Batch, outcome: str = "accepted") -> tuple[Receipt, ...]:
    return tuple(
        Receipt(subscriber_id=recipient.subscriber_id, outcome=outcome)  # type: ignore[arg-type]  # given by the tests below
        for recipient in batch.recipients
    )


def later(context: Context, by: dt.timedelta) -> Context:
    """Return the newsletter as another machine sees it, some time later."""
    return replace(context, real_clock=lambda: dt.datetime.now(dt.UTC) + by)


def claim_batch(book: StoredLedger) -> Batch:
    batch = book.claim(None)
    assert batch is not None
    return batch


def test_a_batch_is_claimed_by_one_of_many(context: Context) -> None:
    issue = freeze_next_issue(context)
    values: list[int] = []

    def claim_all() -> None:
        book = open_ledger(context, issue)
        while batch := book.claim(None):
            values.extend(recipient.subscriber_id for recipient in batch.recipients)

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(values) == [1, 2, 3, 4, 5, 6]


def test_no_other_process_settles_a_living_holder_s_batch(context: Context) -> None:
    issue = freeze_next_issue(context)
    claim_batch(open_ledger(context, issue))
    assert list(open_ledger(context, issue).unsettled_batches()) == []


def test_an_expired_lease_releases_the_batch_and_fences_off_its_holder(
    context: Context,
) -> None:
    issue = freeze_next_issue(context)
    stalled = open_ledger(context, issue)
    batch = claim_batch(stalled)
    other = open_ledger(later(context, LEASE), issue)
    (result,) = other.unsettled_batches()
    other.record(result, receipts(result, "not_sent"))

    stalled.record(batch, receipts(batch, "refused"))
    assert figures(context, issue) == Figures(planned=6, pending=6)


def test_late_proof_still_counts(context: Context) -> None:
    issue = freeze_next_issue(context)
    stalled = open_ledger(context, issue)
    batch = claim_batch(stalled)
    list(open_ledger(later(context, LEASE), issue).unsettled_batches())

    stalled.record(batch, receipts(batch))
    assert figures(context, issue) == Figures(planned=6, accepted=2, pending=4)
    assert list(stalled.unsettled_batches()) == []


def test_proof_prevents_a_second_attempt_that_has_not_begun(context: Context) -> None:
    issue = freeze_next_issue(context)
    stalled = open_ledger(context, issue)
    batch = claim_batch(stalled)
    other = open_ledger(later(context, LEASE), issue)
    (result,) = other.unsettled_batches()
    other.record(result, receipts(result, "not_sent"))

    stalled.record(batch, receipts(batch))
    assert figures(context, issue) == Figures(planned=6, accepted=2, pending=4)
    left = []
    while again := other.claim(None):
        left += [recipient.subscriber_id for recipient in again.recipients]
    assert left == [3, 4, 5, 6]


def test_a_recalled_batch_proves_nothing(context: Context) -> None:
    issue = freeze_next_issue(context)
    stalled = open_ledger(context, issue)
    batch = claim_batch(stalled)
    other = open_ledger(later(context, LEASE), issue)
    (result,) = other.unsettled_batches()
    other.void(result)

    stalled.record(batch, receipts(batch))
    assert figures(context, issue) == Figures(planned=6, pending=6)


YEAR = dt.timedelta(days=365)
HOURS = dt.timedelta(hours=2)
FROM_1970 = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)
JUMPS = pytest.mark.parametrize(
    "jump", [-HOURS, HOURS, YEAR, FROM_1970], ids=["back", "forth", "a year", "1970"]
)


@JUMPS
def test_a_clock_that_jumps_between_claim_and_record_changes_nothing(
    context: Context, jump: dt.timedelta
) -> None:
    issue = freeze_next_issue(context)
    book = open_ledger(context, issue)
    batch = claim_batch(book)
    jumped = replace(later(context, jump), clock=lambda: context.clock() + jump)
    book._clock, book._real_clock = jumped.clock, jumped.real_clock
    book.record(batch, receipts(batch))
    assert figures(context, issue) == Figures(planned=6, accepted=2, pending=4)
    assert list(open_ledger(jumped, issue).unsettled_batches()) == []
    assert len(claim_batch(book).recipients) + len(claim_batch(book).recipients) == 4
    assert book.claim(None) is None


@JUMPS
def test_batches_of_dead_processes_are_found_at_once_by_any_clock(
    context: Context, jump: dt.timedelta
) -> None:
    issue = freeze_next_issue(context)
    claim_batch(dead(open_ledger(context, issue)))
    assert len(list(open_ledger(later(context, jump), issue).unsettled_batches())) == 1


@pytest.mark.parametrize("ahead", [HOURS, YEAR])
def test_a_lease_by_a_fast_clock_delays_no_one(context: Context, ahead: dt.timedelta) -> None:
    issue = freeze_next_issue(context)
    claim_batch(open_ledger(later(context, ahead), issue, holder="elsewhere 5a17 4711 99"))
    assert len(list(open_ledger(context, issue).unsettled_batches())) == 1


def test_this_process_is_alive_and_a_dead_one_is_not() -> None:
    assert not is_dead(this_holder())
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "from newsletter.delivery.ledger.lease_holder import this_holder; print(this_holder())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert is_dead(process.stdout.strip())


def test_a_reused_process_id_means_the_first_process_is_dead() -> None:
    machine, _, _ = this_holder().rpartition(" ")
    assert is_dead(f"{machine} 1")


def test_the_same_process_id_in_another_container_proves_nothing() -> None:
    machine, process, started = this_holder().rsplit(" ", 2)
    host, numbers = machine.rsplit(" ", 1)
    assert is_dead(f"{host} {numbers} {process} {started}1")
    assert not is_dead(f"{host} 4{numbers} {process} {started}1")


def test_a_holder_on_another_machine_is_never_surely_dead() -> None:
    assert not is_dead("elsewhere 5a17 4711 99")
    assert not is_dead("")
