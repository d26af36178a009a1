"""Build receipts for many recipients at once; tell whether a batch may be sent again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from newsletter.models import Fault, Receipt, ReceiptOutcome, Recipient
from newsletter.sender.recipients import ids_of


def receipt_for_each(
    recipients: Sequence[Recipient],
    outcome: ReceiptOutcome,
    detail: str = "",
    provider_id: str = "",
    fault: Fault | Literal[""] = "",
) -> tuple[Receipt, ...]:
    """Return the same receipt for each recipient, in order."""
    return tuple(
        [
            Receipt(
                subscriber_id=subscriber_id,
                outcome=outcome,
                detail=detail,
                provider_id=provider_id,
                fault=fault,
            )
            for subscriber_id in ids_of(recipients)
        ]
    )


def may_have_arrived(receipts: Iterable[Receipt]) -> bool:
    """Whether any message may have left: if so, the batch must not be sent again as a whole."""
    return any(receipt.outcome in ("accepted", "unknown") for receipt in receipts)
