"""The state machines of batches and deliveries."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models import DeliveryStatus, Receipt
from newsletter.models.delivery_state import (
    BATCH_TRANSITIONS,
    DELIVERY_TRANSITIONS,
    NEXT_STATUS,
    BatchStatus,
    OutcomeCounts,
    ReceiptOutcome,
    adds_up,
    batch_status_after,
    complete_receipts,
    count_outcomes,
    delivery_may_move,
    figures,
    may_move,
)

OUTCOMES: tuple[ReceiptOutcome, ...] = get_args(ReceiptOutcome)


def receipts(*outcomes: ReceiptOutcome) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(subscriber_id=number, outcome=outcome) for number, outcome in enumerate(outcomes)
    )


def test_every_state_says_where_it_may_go() -> None:
    assert set(BATCH_TRANSITIONS) == set(get_args(BatchStatus))
    assert set(DELIVERY_TRANSITIONS) == set(get_args(DeliveryStatus))


def test_nothing_reaches_the_other_side_without_an_intent() -> None:
    for then in ("accepted", "refused", "unknown", "not_sent"):
        assert not may_move("planned", then)
        assert may_move("intent", then)


def test_doubt_never_turns_into_another_try_by_itself() -> None:
    assert not may_move("unknown", "planned")
    assert not may_move("intent", "planned")
    assert not may_move("not_sent", "planned"), "another try is another batch"


def test_only_what_was_called_back_whole_takes_an_acceptance_back() -> None:
    assert delivery_may_move("accepted", "pending")
    assert BATCH_TRANSITIONS["accepted"] == {"unknown", "void"}
    assert not BATCH_TRANSITIONS["void"]


@pytest.mark.parametrize("done", ["suppressed", "failed"])
def test_what_is_done_stays_done(done: DeliveryStatus) -> None:
    assert not any(delivery_may_move(done, then) for then in get_args(DeliveryStatus))


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("accepted", "accepted"),
        ("refused", "failed"),
        ("not_sent", "pending"),
        ("unknown", "unknown"),
    ],
)
def test_a_receipt_decides_its_delivery(outcome: ReceiptOutcome, status: DeliveryStatus) -> None:
    assert NEXT_STATUS[outcome] == status
    assert batch_status_after(count_outcomes(receipts(outcome))) == outcome


@pytest.mark.parametrize(
    ("mixed", "batch"),
    [
        (("accepted", "refused"), "accepted"),
        (("refused", "not_sent", "not_sent"), "not_sent"),
        (("accepted", "not_sent"), "accepted"),
        (("accepted", "unknown", "refused"), "unknown"),
    ],
)
def test_a_mixed_batch_is_named_after_what_weighs_most(
    mixed: tuple[ReceiptOutcome, ...], batch: BatchStatus
) -> None:
    assert batch_status_after(count_outcomes(receipts(*mixed))) == batch


def test_no_receipts_decide_nothing() -> None:
    with pytest.raises(ValueError, match="without receipts"):
        batch_status_after(count_outcomes(()))


def test_whom_the_mailer_forgot_is_unknown() -> None:
    given_ = (Receipt(subscriber_id=2, outcome="accepted"),)
    found = complete_receipts((1, 2), given_)
    assert [(one.subscriber_id, one.outcome) for one in found] == [(1, "unknown"), (2, "accepted")]


@given(st.lists(st.sampled_from(OUTCOMES)), st.lists(st.sampled_from(OUTCOMES)))
def test_tallies_add(first: list[ReceiptOutcome], second: list[ReceiptOutcome]) -> None:
    both = count_outcomes(receipts(*first)).plus(count_outcomes(receipts(*second)))
    assert both == count_outcomes(receipts(*first, *second))
    assert OutcomeCounts().plus(both) == both


@given(st.dictionaries(st.sampled_from(get_args(DeliveryStatus)), st.integers(0, 10**6)))
def test_figures_always_add_up(counts: dict[DeliveryStatus, int]) -> None:
    found = figures(counts)
    assert adds_up(found)
    assert found.planned == sum(counts.values())
