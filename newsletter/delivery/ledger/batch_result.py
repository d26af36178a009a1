"""A batch's receipts as the database keeps them. Pure."""

from __future__ import annotations

from operator import attrgetter
from typing import cast

from newsletter.models import DeliveryStatus, Receipt
from newsletter.models.delivery_state import (
    NEXT_STATUS,
    OutcomeCounts,
    ReceiptOutcome,
    batch_status_after,
)
from newsletter.storage.ledger.batches import BatchResult

_KIND = attrgetter("outcome", "detail")


def result_of(receipts: tuple[Receipt, ...], found: OutcomeCounts) -> BatchResult:
    """What became of a batch whose receipts are these, and count like that."""
    # In the order they come in: of several details the first stands for the batch.
    kinds = cast("dict[tuple[ReceiptOutcome, str], None]", dict.fromkeys(map(_KIND, receipts)))
    return BatchResult(
        status=batch_status_after(found),
        outcomes=_outcomes(receipts) if len(kinds) > 1 else {_next(*kind): None for kind in kinds},
        provider_id=next((one.provider_id for one in receipts if one.provider_id), ""),
        detail=next((detail for _, detail in kinds if detail), ""),
    )


def _outcomes(receipts: tuple[Receipt, ...]) -> dict[tuple[DeliveryStatus, str], list[int]]:
    outcomes: dict[tuple[DeliveryStatus, str], list[int]] = {}
    for one in receipts:
        outcomes.setdefault(_next(one.outcome, one.detail), []).append(one.subscriber_id)
    return outcomes


def _next(outcome: ReceiptOutcome, detail: str) -> tuple[DeliveryStatus, str]:
    return NEXT_STATUS[outcome], detail
