"""A ledger in memory that enforces the delivery state machine and refuses any other transition."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from newsletter.models import DeliveryStatus, Figures, Receipt, Recipient
from newsletter.models.delivery_state import DELIVERY_TRANSITIONS, NEXT_STATUS
from newsletter.sender.batch import Batch, Hold


@dataclass(slots=True)
class MemoryLedger:
    """The deliveries of one issue. Each claim returns a copy of `pattern` with its own
    recipients."""

    pattern: Batch
    recipients: tuple[Recipient, ...]
    size: int
    status: dict[int, DeliveryStatus] = field(default_factory=dict)
    planned: deque[tuple[Recipient, ...]] = field(default_factory=deque)
    in_doubt: dict[str, Batch] = field(default_factory=dict)
    attempts: dict[str, Batch] = field(default_factory=dict)
    claims: int = 0

    def __post_init__(self) -> None:
        self.status = {one.subscriber_id: "pending" for one in self.recipients}
        for start in range(0, len(self.recipients), self.size):
            self.planned.append(self.recipients[start : start + self.size])

    def has_work(self) -> bool:
        return bool(self.planned)

    def claim(self, hold: Hold | None = None) -> Batch | None:
        if not self.planned:
            return None
        self.claims += 1
        claimed = replace(
            self.pattern,
            id=self.claims,
            attempt_id=f"attempt-{self.claims}",
            hold=hold,
            recipients=self.planned.popleft(),
        )
        for one in claimed.recipients:
            self._move(one.subscriber_id, "unknown")
        self.in_doubt[claimed.attempt_id] = self.attempts[claimed.attempt_id] = claimed
        return claimed

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        of = {one.subscriber_id: one for one in batch.recipients}
        for receipt in receipts:
            if receipt.outcome != "unknown":
                self._move(receipt.subscriber_id, NEXT_STATUS[receipt.outcome])
        again = [of[r.subscriber_id] for r in receipts if r.outcome == "not_sent"]
        if again:
            self.planned.append(tuple(again))
        if all(receipt.outcome != "unknown" for receipt in receipts):
            del self.in_doubt[batch.attempt_id]

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.record(batch, receipts)
        return self.claim()

    def unsettled_batches(self) -> Iterable[Batch]:
        return tuple(self.in_doubt.values())

    def void(self, batch: Batch) -> None:
        """Return the recipients of a batch, accepted or unknown, to the queue."""
        for one in self.attempts[batch.attempt_id].recipients:
            if self.status[one.subscriber_id] in ("accepted", "unknown"):
                self._move(one.subscriber_id, "pending")
        self.planned.append(tuple(self.attempts[batch.attempt_id].recipients))
        del self.in_doubt[batch.attempt_id]

    def figures(self) -> Figures:
        return Figures.from_counts(Counter(self.status.values()))

    def _move(self, subscriber_id: int, then: DeliveryStatus) -> None:
        before = self.status[subscriber_id]
        assert then in DELIVERY_TRANSITIONS[before], f"{subscriber_id}: {before} to {then}"
        self.status[subscriber_id] = then
