"""A ledger in memory that enforces the delivery state machine and refuses any other transition."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from newsletter.models import DeliveryStatus, Fault, Figures, Receipt, Recipient
from newsletter.models.delivery_state import DELIVERY_TRANSITIONS, NEXT_STATUS, retry_distance
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
    #: Batches of stragglers, each with the second at which it is due.
    deferred: list[tuple[float, tuple[Recipient, ...]]] = field(default_factory=list)
    #: How often each reader was put off, and the fault of the last receipt.
    tries: Counter[int] = field(default_factory=Counter)
    fault: dict[int, Fault] = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.status = {one.subscriber_id: "pending" for one in self.recipients}
        for start in range(0, len(self.recipients), self.size):
            self.planned.append(self.recipients[start : start + self.size])

    def has_work(self) -> bool:
        return bool(self.planned) or any(due <= self.now for due, _ in self.deferred)

    def has_accepted(self, *, beyond: str = "") -> bool:
        return self._has("accepted", beyond)

    def has_pending(self, *, beyond: str) -> bool:
        return self._has("pending", beyond)

    def _has(self, status: DeliveryStatus, beyond: str) -> bool:
        return any(
            self.status[one.subscriber_id] == status
            and not (beyond and one.address.endswith(f"@{beyond}"))
            for one in self.recipients
        )

    def seconds_until_due(self) -> float | None:
        return min((max(0.0, due - self.now) for due, _ in self.deferred), default=None)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def claim(self, hold: Hold | None = None) -> Batch | None:
        self.planned += (recipients for due, recipients in self.deferred if due <= self.now)
        self.deferred = [waiting for waiting in self.deferred if waiting[0] > self.now]
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
        put_off_for = {
            one.subscriber_id: self.fault[one.subscriber_id]
            for one in claimed.recipients
            if self.tries[one.subscriber_id]
        }
        claimed = replace(claimed, put_off_for=put_off_for)
        for one in claimed.recipients:
            self._move(one.subscriber_id, "unknown")
        self.in_doubt[claimed.attempt_id] = self.attempts[claimed.attempt_id] = claimed
        return claimed

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        of = {one.subscriber_id: one for one in batch.recipients}
        for receipt in receipts:
            if receipt.outcome != "unknown":
                self._move(receipt.subscriber_id, NEXT_STATUS[receipt.outcome])
            if receipt.fault:
                self.fault[receipt.subscriber_id] = receipt.fault
        not_sent = [receipt for receipt in receipts if receipt.outcome == "not_sent"]
        if again := [of[r.subscriber_id] for r in not_sent if not r.fault]:
            self.planned.append(tuple(again))
        put_off: dict[float, list[Recipient]] = {}
        for receipt in not_sent:
            if receipt.fault:
                self.tries[receipt.subscriber_id] += 1
                distance = retry_distance(self.tries[receipt.subscriber_id]).total_seconds()
                put_off.setdefault(distance, []).append(of[receipt.subscriber_id])
        for distance, recipients in put_off.items():
            self.deferred.append((self.now + distance, tuple(recipients)))
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
