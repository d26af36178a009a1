"""The state machines of batches and deliveries."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models import DeliveryStatus, Figures, IssueStatus, Receipt, ReceiptOutcome
from newsletter.models.delivery_state import (
    BATCH_TRANSITIONS,
    DELIVERY_TRANSITIONS,
    ISSUE_TRANSITIONS,
    NEXT_STATUS,
    BatchStatus,
    OutcomeCounts,
    batch_origins,
    batch_status_after,
    complete_receipts,
    count_outcomes,
    delivery_origins,
    issue_origins,
)

OUTCOMES: tuple[ReceiptOutcome, ...] = get_args(ReceiptOutcome)


def receipts(*outcomes: ReceiptOutcome) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(subscriber_id=number, outcome=outcome) for number, outcome in enumerate(outcomes)
    )


def test_every_state_has_its_transitions() -> None:
    assert set(BATCH_TRANSITIONS) == set(get_args(BatchStatus))
    assert set(DELIVERY_TRANSITIONS) == set(get_args(DeliveryStatus))
    assert set(ISSUE_TRANSITIONS) == set(get_args(IssueStatus))


def test_origins_are_the_statuses_that_lead_there() -> None:
    assert set(batch_origins("void")) == {"accepted", "unknown"}
    assert set(delivery_origins("accepted")) == {"pending", "unknown"}
    assert set(issue_origins("sent")) == {"frozen", "sending"}


def test_an_update_may_narrow_its_origins_and_never_widen_them() -> None:
    assert batch_origins("unknown", "intent") == ("intent",)
    with pytest.raises(ValueError, match="planned becomes accepted"):
        batch_origins("accepted", "planned")
    with pytest.raises(ValueError, match="suppressed becomes pending"):
        delivery_origins("pending", "unknown", "suppressed")


def test_a_cancelled_issue_stays_cancelled() -> None:
    assert not ISSUE_TRANSITIONS["cancelled"]


def test_no_state_after_sending_is_reached_without_an_intent() -> None:
    for item in ("accepted", "refused", "unknown", "not_sent"):
        assert item not in BATCH_TRANSITIONS["planned"]
        assert item in BATCH_TRANSITIONS["intent"]


def test_doubt_never_turns_into_another_try_by_itself() -> None:
    assert batch_origins("planned") == (), "another try is another batch"


def test_only_what_was_called_back_whole_takes_an_acceptance_back() -> None:
    assert "accepted" in delivery_origins("pending")
    assert BATCH_TRANSITIONS["accepted"] == {"unknown", "void"}
    assert not BATCH_TRANSITIONS["void"]


def test_a_suppressed_delivery_stays_suppressed() -> None:
    assert not DELIVERY_TRANSITIONS["suppressed"]


def test_a_failed_delivery_is_only_sent_again_and_nothing_else_becomes_of_it() -> None:
    assert DELIVERY_TRANSITIONS["failed"] == {"pending"}


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
def test_a_mixed_batch_takes_its_weightiest_outcome(
    mixed: tuple[ReceiptOutcome, ...], batch: BatchStatus
) -> None:
    assert batch_status_after(count_outcomes(receipts(*mixed))) == batch


def test_no_receipts_decide_nothing() -> None:
    with pytest.raises(ValueError, match="without receipts"):
        batch_status_after(count_outcomes(()))


def test_a_recipient_without_a_receipt_is_unknown() -> None:
    given_ = (Receipt(subscriber_id=2, outcome="accepted"),)
    receipts = complete_receipts((1, 2), given_)
    assert [(receipt.subscriber_id, receipt.outcome) for receipt in receipts] == [
        (1, "unknown"),
        (2, "accepted"),
    ]


@given(st.lists(st.sampled_from(OUTCOMES)), st.lists(st.sampled_from(OUTCOMES)))
def test_counts_add_up(first: list[ReceiptOutcome], second: list[ReceiptOutcome]) -> None:
    both = count_outcomes(receipts(*first)).plus(count_outcomes(receipts(*second)))
    assert both == count_outcomes(receipts(*first, *second))
    assert OutcomeCounts().plus(both) == both


@given(st.dictionaries(st.sampled_from(get_args(DeliveryStatus)), st.integers(0, 10**6)))
def test_figures_always_add_up(counts: dict[DeliveryStatus, int]) -> None:
    figures = Figures.from_counts(counts)
    parts = (figures.pending, figures.accepted, figures.suppressed, figures.failed, figures.unknown)
    assert figures.planned == sum(parts) == sum(counts.values())
