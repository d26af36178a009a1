"""The state machines of issues, batches and deliveries, and what receipts do to them.

These tables are the only place that decides which status may follow which. Every UPDATE of a
status takes the statuses it may start from out of them (`issue_origins`, `batch_origins`,
`delivery_origins`), and so is a compare-and-set: of several processes that try, one succeeds.

Issue::

    draft ──▶ approved ──▶ frozen ──▶ sending ──▶ sent
    draft ──▶ frozen                  no approval is needed
    approved ──▶ draft                the approval was withdrawn or became void
    frozen ──▶ sent                   no delivery is pending
    sent ──▶ sending                  the author has unknown or failed deliveries sent again
    sent ──▶ stopped                  batches were still held and are recalled
    draft, approved, frozen, sending ──▶ stopped ──▶ draft | approved | sending
    draft, approved, frozen, sending, stopped ──▶ cancelled

Batch. A batch is one attempt; recipients who are tried again move to a new batch::

    planned ──▶ intent ──▶ accepted | refused | not_sent | unknown
    planned ──▶ empty                 all its readers unsubscribed, or the issue was cancelled
    unknown ──▶ accepted | refused | not_sent | unknown
                                      on proof, or by the author's decision
    accepted ──▶ unknown              about to be recalled
    accepted, unknown ──▶ void        the mailer confirmed the recall

Delivery::

    pending ──▶ accepted | suppressed | failed | unknown
    unknown ──▶ accepted | pending | failed | unknown
                                      on proof, or by the author's decision
    accepted ──▶ unknown              its batch is about to be recalled
    accepted ──▶ pending              its batch became void
    failed ──▶ pending                the author has it sent again

A delivery that was put off is pending in a batch of stragglers, which becomes due later.
`intent` is committed before anything leaves the machine, together with a lease. When the
process dies or its lease runs out, the batch becomes `unknown`, never `planned`: sending twice
is worse than sending late, and a lost message is reported.

A straggler, a reader whose server puts the message off (4yz), is tried again by a schedule of
their own, so that one full mailbox delays no other reader. The first retry is within the same run,
for greylisting (RFC 6647) that passes after a few seconds. The distances then grow, as RFC 5321,
4.5.4.1 asks of a sender.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, TypeVar

from newsletter.models.deliveries import DeliveryStatus, Receipt, ReceiptOutcome
from newsletter.models.issues import IssueStatus

BatchStatus = Literal[
    "planned", "intent", "accepted", "refused", "not_sent", "unknown", "void", "empty"
]
_Status = TypeVar("_Status", bound=str)

ISSUE_TRANSITIONS: Mapping[IssueStatus, frozenset[IssueStatus]] = {
    "draft": frozenset({"approved", "frozen", "stopped", "cancelled"}),
    "approved": frozenset({"draft", "frozen", "stopped", "cancelled"}),
    "frozen": frozenset({"sending", "sent", "stopped", "cancelled"}),
    "sending": frozenset({"sent", "stopped", "cancelled"}),
    "stopped": frozenset({"draft", "approved", "sending", "cancelled"}),
    "sent": frozenset({"sending", "stopped"}),
    "cancelled": frozenset(),
}
BATCH_TRANSITIONS: Mapping[BatchStatus, frozenset[BatchStatus]] = {
    "planned": frozenset({"intent", "empty"}),
    "intent": frozenset({"accepted", "refused", "not_sent", "unknown"}),
    "unknown": frozenset({"accepted", "refused", "not_sent", "unknown", "void"}),
    "accepted": frozenset({"unknown", "void"}),
    "not_sent": frozenset(),
    "refused": frozenset(),
    "void": frozenset(),
    "empty": frozenset(),
}
DELIVERY_TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    "pending": frozenset({"accepted", "suppressed", "failed", "unknown"}),
    "unknown": frozenset({"accepted", "pending", "failed", "unknown"}),
    "accepted": frozenset({"pending", "unknown"}),
    "suppressed": frozenset(),
    "failed": frozenset({"pending"}),
}

#: The statuses of an issue that is frozen and may go out.
IN_DELIVERY: tuple[IssueStatus, ...] = ("frozen", "sending")

#: The status of a delivery after a receipt.
NEXT_STATUS: Mapping[ReceiptOutcome, DeliveryStatus] = {
    "accepted": "accepted",
    "refused": "failed",
    "not_sent": "pending",
    "unknown": "unknown",
}
# The status of a batch with several outcomes is the first of these among them. Recipients
# that are not_sent move to another batch, so the status need not tell of them.
_PRECEDENCE: tuple[ReceiptOutcome, ...] = ("unknown", "accepted", "not_sent", "refused")
# One run waits at most this many seconds for stragglers.
MAX_WAIT_SECONDS = 20.0
_IN_THE_SAME_RUN = dt.timedelta(seconds=MAX_WAIT_SECONDS)
_LATER_RUNS = tuple(dt.timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))


def issue_origins(status: IssueStatus, *only: IssueStatus) -> tuple[IssueStatus, ...]:
    """Return the statuses from which an issue may become `status`; `only` narrows them to these.

    Raise ValueError for one of `only` from which it may not.
    """
    return _origins(ISSUE_TRANSITIONS, status, only)


def batch_origins(status: BatchStatus, *only: BatchStatus) -> tuple[BatchStatus, ...]:
    """Return the statuses from which a batch may become `status`; `only` narrows them to these.

    Raise ValueError for one of `only` from which it may not.
    """
    return _origins(BATCH_TRANSITIONS, status, only)


def delivery_origins(status: DeliveryStatus, *only: DeliveryStatus) -> tuple[DeliveryStatus, ...]:
    """Return the statuses from which a delivery may become `status`; `only` narrows them to these.

    Raise ValueError for one of `only` from which it may not.
    """
    return _origins(DELIVERY_TRANSITIONS, status, only)


def _origins(
    transitions: Mapping[_Status, frozenset[_Status]], status: _Status, only: tuple[_Status, ...]
) -> tuple[_Status, ...]:
    allowed = tuple(origin for origin, targets in transitions.items() if status in targets)
    if forbidden := [origin for origin in only if origin not in allowed]:
        raise ValueError(f"nothing that is {forbidden[0]} becomes {status}")
    return only or allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """The number of receipts with each outcome."""

    accepted: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0

    def plus(self, other: OutcomeCounts) -> OutcomeCounts:
        """Return the sum of both."""
        return OutcomeCounts(
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            not_sent=self.not_sent + other.not_sent,
            unknown=self.unknown + other.unknown,
        )


def count_outcomes(receipts: Iterable[Receipt]) -> OutcomeCounts:
    """Return the number of receipts with each outcome."""
    counts = Counter(map(attrgetter("outcome"), receipts))
    return OutcomeCounts(**{outcome: counts[outcome] for outcome in NEXT_STATUS})


def batch_status_after(counts: OutcomeCounts) -> ReceiptOutcome:
    """Return the status of a batch with these receipts. Raise ValueError without any."""
    for outcome in _PRECEDENCE:
        if getattr(counts, outcome):
            return outcome
    raise ValueError("a batch without receipts has no next state")


def complete_receipts(
    subscriber_ids: Iterable[int], receipts: tuple[Receipt, ...]
) -> tuple[Receipt, ...]:
    """Return one receipt for each subscriber, in their order.

    A subscriber about whom the mailer said nothing is `unknown`.
    """
    wanted = tuple(subscriber_ids)
    if wanted == tuple(map(attrgetter("subscriber_id"), receipts)):
        return receipts
    by_id = {receipt.subscriber_id: receipt for receipt in receipts}
    detail = "the mailer said nothing about this recipient"
    return tuple(
        by_id.get(subscriber_id)
        or Receipt(subscriber_id=subscriber_id, outcome="unknown", detail=detail)
        for subscriber_id in wanted
    )


def retry_distance(tries: int) -> dt.timedelta:
    """Return the time from a try that was put off to the next one, after `tries` in all (≥ 1)."""
    if tries <= 1:
        return _IN_THE_SAME_RUN
    return _LATER_RUNS[min(tries - 2, len(_LATER_RUNS) - 1)]


def give_up_at(deferred_at: dt.datetime, give_up_hours: int) -> dt.datetime:
    """Return when a delivery fails that was first put off at `deferred_at`."""
    return deferred_at + dt.timedelta(hours=give_up_hours)
