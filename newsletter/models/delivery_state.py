"""How batches and deliveries may move, and what receipts make of them. Pure.

A batch is one attempt; who is to be tried again is planned in a batch of its own::

    planned ─▶ intent ─▶ accepted | refused | not_sent | unknown
    planned ─▶ empty                        (everybody left, or the author cancelled)
    unknown ─▶ accepted | refused | not_sent   (only on evidence, or by a person's word)
    accepted ─▶ unknown                     (about to be called back)
    accepted, unknown ─▶ void               (called back, and that was confirmed)

Delivery::

    pending ─▶ accepted | suppressed | failed | unknown
    unknown ─▶ accepted | pending | failed  (only on evidence, or by a person's word)
    accepted ─▶ unknown                     (its batch is about to be called back)
    accepted ─▶ pending                     (only with its batch made void)

`intent` is committed before anything leaves the machine. Once nobody stands behind it any
more it counts as unknown: twice is worse than late, and lost is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from newsletter.models import DeliveryStatus, Figures, Receipt

BatchStatus = Literal[
    "planned", "intent", "accepted", "refused", "not_sent", "unknown", "void", "empty"
]
ReceiptOutcome = Literal["accepted", "refused", "not_sent", "unknown"]

BATCH_TRANSITIONS: Mapping[BatchStatus, frozenset[BatchStatus]] = {
    "planned": frozenset({"intent", "empty"}),
    "intent": frozenset({"accepted", "refused", "not_sent", "unknown"}),
    "unknown": frozenset({"accepted", "refused", "not_sent", "void"}),
    "accepted": frozenset({"unknown", "void"}),
    "not_sent": frozenset(),
    "refused": frozenset(),
    "void": frozenset(),
    "empty": frozenset(),
}
DELIVERY_TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    "pending": frozenset({"accepted", "suppressed", "failed", "unknown"}),
    "unknown": frozenset({"accepted", "pending", "failed"}),
    "accepted": frozenset({"pending", "unknown"}),
    "suppressed": frozenset(),
    "failed": frozenset(),
}
NEXT_STATUS: Mapping[ReceiptOutcome, DeliveryStatus] = {
    "accepted": "accepted",
    "refused": "failed",
    "not_sent": "pending",
    "unknown": "unknown",
}
# A batch is named after the weightiest of its receipts: doubt outweighs all, then that
# something went out. Who is still to be served is planned in another batch.
_WEIGHT: tuple[ReceiptOutcome, ...] = ("unknown", "accepted", "not_sent", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """How many receipts of each outcome there were."""

    accepted: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0

    def plus(self, other: OutcomeCounts) -> OutcomeCounts:
        """Both together."""
        return OutcomeCounts(
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            not_sent=self.not_sent + other.not_sent,
            unknown=self.unknown + other.unknown,
        )


def batch_status_after(found: OutcomeCounts) -> BatchStatus:
    """The state of a batch whose receipts count like this; ValueError if there are none."""
    for outcome in _WEIGHT:
        if getattr(found, outcome):
            return outcome
    raise ValueError("a batch without receipts has no next state")


def may_move(before: BatchStatus, then: BatchStatus) -> bool:
    """Whether a batch may go from one state to the other."""
    return then in BATCH_TRANSITIONS[before]


def delivery_may_move(before: DeliveryStatus, then: DeliveryStatus) -> bool:
    """Whether a delivery may go from one status to the other (staying is no move)."""
    return then in DELIVERY_TRANSITIONS[before]


def count_outcomes(receipts: Iterable[Receipt]) -> OutcomeCounts:
    """The receipts counted by outcome."""
    found = Counter(map(attrgetter("outcome"), receipts))
    return OutcomeCounts(**{outcome: found[outcome] for outcome in NEXT_STATUS})


def complete_receipts(
    subscriber_ids: Iterable[int], receipts: tuple[Receipt, ...]
) -> tuple[Receipt, ...]:
    """One receipt for each subscriber, in their order; unknown where the mailer gave none."""
    wanted = tuple(subscriber_ids)
    if wanted == tuple(map(attrgetter("subscriber_id"), receipts)):
        return receipts
    given = {receipt.subscriber_id: receipt for receipt in receipts}
    silent = "the mailer said nothing about this recipient"
    return tuple(
        given.get(one) or Receipt(subscriber_id=one, outcome="unknown", detail=silent)
        for one in wanted
    )


def figures(counts: Mapping[DeliveryStatus, int]) -> Figures:
    """An issue's figures from the number of deliveries in each status; they always add up."""
    return Figures(
        planned=sum(counts.values()),
        accepted=counts.get("accepted", 0),
        suppressed=counts.get("suppressed", 0),
        failed=counts.get("failed", 0),
        unknown=counts.get("unknown", 0),
        pending=counts.get("pending", 0),
    )


def adds_up(of: Figures) -> bool:
    """Whether planned = pending + accepted + suppressed + failed + unknown."""
    return of.planned == of.pending + of.accepted + of.suppressed + of.failed + of.unknown
