"""The rules of the ledger in plain Python, to run many more stories than SQL could.

The model mirrors batches.py, stragglers.py, unknown_batches.py and deliveries.py of
storage/ledger/, and their use by delivery/ledger/stored_ledger.py, delivery/give_up.py,
delivery/control.py and delivery/webhook_events.py. It leaves out what no story reaches: the circuit
breaker (a story has seven readers, and the breaker needs two hundred), cancelled issues, a change
of mailer, and lost database connections.
tests/simulator/test_model.py asserts that model and database agree, story by story.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.models import DeliveryStatus, Edition, IssueStatus, Receipt, Recipient
from newsletter.models.delivery_state import NEXT_STATUS, batch_status_after, count_outcomes
from newsletter.sender.batch import RECALL_MARGIN, Batch, Envelope, Hold
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import HoldingMailer, Mailer
from newsletter.sender.mailers.sendgrid.webhook import Event
from newsletter.storage.ledger.stragglers import due_at_after
from tests.simulator.backend import GIVE_UP_HOURS, READERS, Backend, address_of
from tests.simulator.database import STRAGGLERS_IN_A_BATCH
from tests.simulator.model_rows import BatchRow, DeliveryRow
from tests.simulator.scheduler import START, Scheduler

_RECIPIENTS = {
    number: Recipient(subscriber_id=number, address=address_of(number))
    for number in range(1, READERS + 1)
}
_EDITION = Edition(
    key="north",
    hemisphere="north",
    issue=1,
    subject="",
    preheader="",
    html="",
    text="",
    mjml="",
    nonce="",
    content_hash="",
)
_ENVELOPE = Envelope(from_address="", reply_to="", list_id="", list_title="", help_url="")
_DELIVERABLE = ("frozen", "sending")


class Model:
    """The state of one issue in lists. No call stops half way."""

    def __init__(self, batch_size: int, scheduler: Scheduler) -> None:
        self.clock = scheduler.clock
        self._status: IssueStatus = "frozen"
        self._active = set(_RECIPIENTS)
        self._seen_events: set[str] = set()
        self._accepted_by_event: set[tuple[str, int]] = set()
        self.deliveries = [DeliveryRow(person) for person in _RECIPIENTS.values()]
        self.batches: list[BatchRow] = []
        for start in range(0, READERS, batch_size):
            self.open_batch(self.deliveries[start : start + batch_size])

    def ledger(self, holder: str, is_dead: Callable[[str], bool]) -> Ledger:
        return ModelLedger(self, holder, is_dead)

    def leave(self, reader: int) -> str | None:
        self._active.discard(reader)
        return self.deliveries[reader - 1].status

    def status(self) -> str | None:
        return self._status

    def set_status(self, status: IssueStatus) -> None:
        self._status = status

    def take_in(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.mark in self._seen_events:
                continue
            self._seen_events.add(event.mark)
            batch = next(row for row in self.batches if row.attempt_id == event.attempt_id)
            self._accepted_by_event.add((event.attempt_id, event.subscriber_id))
            self.accept(batch, [event.subscriber_id])

    def recallable(self) -> tuple[int, ...]:
        self.expire_leases(lambda _holder: False)
        until = self.clock() + RECALL_MARGIN
        return tuple(
            batch.id
            for batch in self.batches
            if batch.status in ("accepted", "unknown") and batch.send_at and batch.send_at > until
        )

    def call_back(self, mailer: Mailer, batch_ids: Iterable[int]) -> int:
        assert isinstance(mailer, HoldingMailer)
        return sum(self._call_back(mailer, self.batches[batch_id - 1]) for batch_id in batch_ids)

    def _call_back(self, mailer: HoldingMailer, batch: BatchRow) -> bool:
        fence = batch.fence
        if batch.move(fence, ("accepted",), "unknown"):
            for delivery in batch.deliveries:
                if delivery.status == "accepted" and not self.is_accepted_by_event(batch, delivery):
                    delivery.status = "unknown"
            self.accept_if_settled(batch)
            fence = batch.fence
        hold = batch.hold()
        if hold is None or not any(row.status == "unknown" for row in batch.deliveries):
            return False
        return mailer.recall(hold) and self.void(batch, fence)

    def is_accepted_by_event(self, batch: BatchRow, delivery: DeliveryRow) -> bool:
        """Tell whether an event reported this delivery as accepted."""
        return (batch.attempt_id, delivery.recipient.subscriber_id) in self._accepted_by_event

    def rows(self) -> tuple[tuple[str, str], ...]:
        return tuple((row.recipient.address, row.status) for row in self.deliveries)

    def has_work(self, due: dt.datetime) -> bool:
        """Tell whether a batch can be claimed and the issue may be delivered."""
        return self._status in _DELIVERABLE and any(
            batch.status == "planned" and _is_due(batch, due) for batch in self.batches
        )

    def next_due(self) -> dt.datetime | None:
        """Return when the first stragglers are due."""
        moments = (batch.not_before for batch in self.batches if batch.status == "planned")
        return min((moment for moment in moments if moment is not None), default=None)

    def give_up(self) -> None:
        """Fail the stragglers that waited too long, and close batches without another."""
        deferred_by = self.clock() - dt.timedelta(hours=GIVE_UP_HOURS)
        given_up = False
        waiting = [row for row in self.batches if row.status == "planned" and row.not_before]
        for row in (row for batch in waiting for row in batch.deliveries):
            if row.status == "pending" and row.deferred_at and row.deferred_at <= deferred_by:
                row.status = "failed"
                given_up = True
        for batch in waiting if given_up else ():
            if not any(row.status == "pending" for row in batch.deliveries):
                batch.move(batch.fence, ("planned",), "empty")

    def claim(self, holder: str, hold: Hold | None, due: dt.datetime) -> Batch | None:
        """Return the first planned batch with a wanted delivery, after writing its intent."""
        if self._status not in _DELIVERABLE:
            return None
        for batch in self.batches:
            if not _is_due(batch, due) or not batch.move(batch.fence, ("planned",), "empty"):
                continue
            chosen = self._claim_wanted(batch)
            if chosen:
                self._status = "sending"
                batch.write_intent(holder, self.clock() + LEASE, hold)
                return to_batch(batch, chosen)
        return None

    def _claim_wanted(self, batch: BatchRow) -> list[DeliveryRow]:
        waiting = [row for row in batch.deliveries if row.status == "pending"]
        for row in waiting:
            wanted = row.recipient.subscriber_id in self._active
            row.status = "unknown" if wanted else "suppressed"
        return [row for row in waiting if row.status == "unknown"]

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Store a batch's outcome; with a stale fencing token, only accepted deliveries count."""
        row = self.batches[batch.id - 1]
        if row.move(
            batch.fence, ("intent", "unknown"), batch_status_after(count_outcomes(receipts))
        ):
            answers = {receipt.subscriber_id: receipt for receipt in receipts}
            put_off: list[tuple[DeliveryRow, Receipt]] = []
            for delivery in row.deliveries:
                answer = answers.get(delivery.recipient.subscriber_id)
                if delivery.status != "unknown" or answer is None:
                    continue
                delivery.status = NEXT_STATUS[answer.outcome]
                if answer.outcome != "not_sent":
                    delivery.fault = answer.fault
                elif answer.fault:
                    put_off.append((delivery, answer))
            self.put_off(row, put_off)
            if any(one.outcome == "not_sent" and not one.fault for one in receipts):
                self.replan(row)
            return
        accepted = [receipt.subscriber_id for receipt in receipts if receipt.outcome == "accepted"]
        if accepted:
            self.accept(row, accepted)

    def expire_leases(self, is_dead: Callable[[str], bool]) -> None:
        """Mark batches of dead holders or expired leases as unknown and fence off their holders."""
        now = self.clock()
        for batch in self.batches:
            if batch.status == "intent" and (batch.lease_until <= now or is_dead(batch.holder)):
                batch.move(batch.fence, ("intent",), "unknown")

    def put_off(self, batch: BatchRow, answers: Sequence[tuple[DeliveryRow, Receipt]]) -> None:
        """Move stragglers into batches that are due later; those due together share them."""
        now = self.clock()
        by_moment: dict[dt.datetime, list[DeliveryRow]] = {}
        for row, answer in answers:
            row.fault, row.tries = answer.fault, row.tries + 1
            row.deferred_at = row.deferred_at or now
            batch.deliveries.remove(row)
            by_moment.setdefault(due_at_after(now, row.tries), []).append(row)
        for due_at, rows in by_moment.items():
            open_batch = next(
                (
                    row
                    for row in reversed(self.batches)
                    if row.status == "planned" and row.not_before == due_at
                ),
                None,
            )
            room = STRAGGLERS_IN_A_BATCH - len(open_batch.deliveries) if open_batch else 0
            if open_batch is not None and room > 0:
                open_batch.deliveries += rows[:room]
                del rows[:room]
            for start in range(0, len(rows), STRAGGLERS_IN_A_BATCH):
                self.open_batch(rows[start : start + STRAGGLERS_IN_A_BATCH], due_at)

    def void(self, batch: BatchRow, fence: int) -> bool:
        """Replan a recalled batch, except for deliveries that are known to have been sent."""
        if not batch.move(fence, ("accepted", "unknown"), "void"):
            return False
        for delivery in batch.deliveries:
            if delivery.status in ("accepted", "unknown"):
                delivery.status = (
                    "accepted" if self.is_accepted_by_event(batch, delivery) else "pending"
                )
        self.replan(batch)
        return True

    def accept(self, batch: BatchRow, readers: Iterable[int]) -> None:
        """Mark these deliveries as accepted, whatever batch they belong to by now."""
        if batch.status == "void":
            return
        for reader in readers:
            if self.deliveries[reader - 1].status in ("unknown", "pending"):
                self.deliveries[reader - 1].status = "accepted"
        self.accept_if_settled(batch)

    def accept_if_settled(self, batch: BatchRow) -> None:
        """Mark a batch as accepted once none of its deliveries is unknown."""
        if not any(row.status == "unknown" for row in batch.deliveries):
            batch.move(batch.fence, ("unknown",), "accepted")

    def replan(self, batch: BatchRow) -> None:
        """Move the pending deliveries of a batch to a new batch."""
        pending = [row for row in batch.deliveries if row.status == "pending"]
        batch.deliveries = [row for row in batch.deliveries if row.status != "pending"]
        self.open_batch(pending, batch.not_before)

    def open_batch(
        self, deliveries: list[DeliveryRow], not_before: dt.datetime | None = None
    ) -> None:
        self.batches.append(BatchRow(len(self.batches) + 1, deliveries, not_before=not_before))


class ModelLedger:
    """The model as one process sees it."""

    def __init__(self, model: Model, holder: str, is_dead: Callable[[str], bool]) -> None:
        self._model, self._holder, self._is_dead = model, holder, is_dead
        self._waits_from = self._waited_until = model.clock()

    def has_work(self) -> bool:
        return self._model.has_work(self._due())

    def has_accepted(self, *, beyond: str = "") -> bool:
        return self._has("accepted", beyond)

    def has_pending(self, *, beyond: str) -> bool:
        return self._has("pending", beyond)

    def _has(self, status: DeliveryStatus, beyond: str) -> bool:
        return any(
            row.status == status and not (beyond and row.recipient.address.endswith(f"@{beyond}"))
            for row in self._model.deliveries
        )

    def seconds_until_due(self) -> float | None:
        self._waits_from = self._due()
        due_at = self._model.next_due()
        return max(0.0, (due_at - self._waits_from).total_seconds()) if due_at else None

    def pass_time(self, seconds: float) -> None:
        waited = dt.timedelta(seconds=seconds)
        self._waits_from = self._waited_until = self._waits_from + waited

    def _due(self) -> dt.datetime:
        return max(self._model.clock(), self._waited_until)

    def claim(self, hold: Hold | None) -> Batch | None:
        return self._model.claim(self._holder, hold, self._due())

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        self._model.record(batch, receipts)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.record(batch, receipts)
        return self.claim(None)

    def unsettled_batches(self) -> Iterator[Batch]:
        self._model.expire_leases(self._is_dead)
        for batch in [row for row in self._model.batches if row.status == "unknown"]:
            yield to_batch(batch, [row for row in batch.deliveries if row.status == "unknown"])

    def void(self, batch: Batch) -> None:
        self._model.void(self._model.batches[batch.id - 1], batch.fence)


def to_batch(batch: BatchRow, chosen: list[DeliveryRow]) -> Batch:
    """Return a batch for a mailer with these of its deliveries."""
    return Batch(
        id=batch.id,
        attempt_id=batch.attempt_id,
        issue_number=1,
        issue_key="1",
        edition=_EDITION,
        recipients=tuple([row.recipient for row in chosen]),
        date=START,
        envelope=_ENVELOPE,
        fence=batch.fence,
        hold=batch.hold(),
        put_off_for=(
            {row.recipient.subscriber_id: row.fault for row in chosen if row.fault}
            if batch.not_before
            else {}
        ),
    )


def _is_due(batch: BatchRow, due: dt.datetime) -> bool:
    return batch.not_before is None or batch.not_before <= due


class ModelFactory:
    """A source of stories' issues on the model."""

    def create(self, batch_size: int, scheduler: Scheduler) -> Backend:
        return Model(batch_size, scheduler)
