"""The rules of the ledger in plain Python, to tell many more stories than SQL could.

It mirrors batches.py, unknown_batches.py and late_proof.py of storage/ledger, and what
delivery/ledger/stored_ledger.py, delivery/recall.py and delivery/webhook_events.py make of
them. Left out is what no story reaches: the breaker (a
story has seven readers, it wants two hundred), cancelled issues, a change of mailer, and
lost connections to the database. That it keeps the books as the database does, story by
story, is what test_model.py is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.delivery.recall import IN_TIME
from newsletter.models import Edition, IssueStatus, Receipt, Recipient
from newsletter.models.delivery_state import NEXT_STATUS, count_outcomes, state_after
from newsletter.sender.batch import Batch, Envelope, Hold
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import HoldingMailer, Mailer
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.simulator.bookkeeping import READERS, Bookkeeping, address_of
from tests.simulator.pages import Attempt, Delivery
from tests.simulator.scheduler import BEGIN, Scheduler

_PEOPLE = {
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
_GOING = ("frozen", "sending")


class Model:
    """The books of one issue, kept in lists. Nothing here ever stops half way."""

    def __init__(self, batch_size: int, scheduler: Scheduler) -> None:
        self.clock = scheduler.clock
        self._status: IssueStatus = "frozen"
        self._active = set(_PEOPLE)
        self._heard: set[str] = set()
        self._went: set[tuple[str, int]] = set()
        self.deliveries = [Delivery(person) for person in _PEOPLE.values()]
        self.batches: list[Attempt] = []
        for start in range(0, READERS, batch_size):
            self.open_batch(self.deliveries[start : start + batch_size])

    def ledger(self, holder: str, gone: Callable[[str], bool]) -> Ledger:
        return ModelLedger(self, holder, gone)

    def leave(self, reader: int) -> str | None:
        self._active.discard(reader)
        return self.deliveries[reader - 1].status

    def status(self) -> str | None:
        return self._status

    def set_status(self, status: IssueStatus) -> None:
        self._status = status

    def take_in(self, events: Iterable[Event]) -> None:
        for one in events:
            if one.mark in self._heard:
                continue
            self._heard.add(one.mark)
            of = next(batch for batch in self.batches if batch.attempt_id == one.attempt_id)
            self._went.add((one.attempt_id, one.subscriber_id))
            self.accept(of, [one.subscriber_id])

    def recallable(self) -> tuple[int, ...]:
        self.abandon(lambda _holder: False)
        until = self.clock() + IN_TIME
        return tuple(
            one.id
            for one in self.batches
            if one.status in ("accepted", "unknown") and one.send_at and one.send_at > until
        )

    def call_back(self, mailer: Mailer, batch_ids: Iterable[int]) -> int:
        assert isinstance(mailer, HoldingMailer)
        return sum(self._call_back(mailer, self.batches[one - 1]) for one in batch_ids)

    def _call_back(self, mailer: HoldingMailer, one: Attempt) -> bool:
        fence = one.fence
        if one.move(fence, ("accepted",), "unknown"):
            for delivery in one.deliveries:
                if delivery.status == "accepted" and not self.went(one, delivery):
                    delivery.status = "unknown"
            self.close(one)
            fence = one.fence
        hold = one.hold()
        if hold is None or not any(each.status == "unknown" for each in one.deliveries):
            return False
        return mailer.recall(hold) and self.void(one, fence)

    def went(self, one: Attempt, delivery: Delivery) -> bool:
        """Whether an event said so."""
        return (one.attempt_id, delivery.person.subscriber_id) in self._went

    def rows(self) -> tuple[tuple[str, str], ...]:
        return tuple((one.person.address, one.status) for one in self.deliveries)

    def has_work(self) -> bool:
        """Whether a batch is planned and the issue may go out."""
        return self._status in _GOING and any(one.status == "planned" for one in self.batches)

    def claim(self, holder: str, hold: Hold | None) -> Batch | None:
        """The first planned batch somebody in it still wants, its intent written."""
        if self._status not in _GOING:
            return None
        for one in self.batches:
            if not one.move(one.fence, ("planned",), "empty"):
                continue
            chosen = self._still_wanted(one)
            if chosen:
                self._status = "sending"
                one.intend(holder, self.clock() + LEASE, hold)
                return as_batch(one, chosen)
        return None

    def _still_wanted(self, of: Attempt) -> list[Delivery]:
        waiting = [one for one in of.deliveries if one.status == "pending"]
        for one in waiting:
            wanted = one.person.subscriber_id in self._active
            one.status = "unknown" if wanted else "suppressed"
        return [one for one in waiting if one.status == "unknown"]

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """What became of a batch; only what was accepted, where another has taken it."""
        one = self.batches[batch.id - 1]
        if one.move(batch.fence, ("intent", "unknown"), state_after(count_outcomes(receipts))):
            then = {each.subscriber_id: NEXT_STATUS[each.outcome] for each in receipts}
            for delivery in one.deliveries:
                if delivery.status == "unknown":
                    delivery.status = then[delivery.person.subscriber_id]
            if "pending" in then.values():
                self.replan(one)
            return
        accepted = [each.subscriber_id for each in receipts if each.outcome == "accepted"]
        if accepted:
            self.accept(one, accepted)

    def abandon(self, gone: Callable[[str], bool]) -> None:
        """Intents nobody stands behind any more are unknown; their holders may not write."""
        now = self.clock()
        for one in self.batches:
            if one.status == "intent" and (one.lease_until <= now or gone(one.holder)):
                one.move(one.fence, ("intent",), "unknown")

    def void(self, one: Attempt, fence: int) -> bool:
        """Called back whole: all are planned anew but those known to have gone out."""
        if not one.move(fence, ("accepted", "unknown"), "void"):
            return False
        for delivery in one.deliveries:
            if delivery.status in ("accepted", "unknown"):
                delivery.status = "accepted" if self.went(one, delivery) else "pending"
        self.replan(one)
        return True

    def accept(self, of: Attempt, readers: Iterable[int]) -> None:
        """Proof that these were accepted: in whatever batch they are by now."""
        if of.status == "void":
            return
        for reader in readers:
            if self.deliveries[reader - 1].status in ("unknown", "pending"):
                self.deliveries[reader - 1].status = "accepted"
        self.close(of)

    def close(self, of: Attempt) -> None:
        """A batch in which nothing is in doubt any more is accepted."""
        if not any(one.status == "unknown" for one in of.deliveries):
            of.move(of.fence, ("unknown",), "accepted")

    def replan(self, of: Attempt) -> None:
        """Who is pending gets a batch of their own."""
        again = [one for one in of.deliveries if one.status == "pending"]
        of.deliveries = [one for one in of.deliveries if one.status != "pending"]
        self.open_batch(again)

    def open_batch(self, deliveries: list[Delivery]) -> None:
        self.batches.append(Attempt(len(self.batches) + 1, deliveries))


class ModelLedger:
    """The model as one process sees it."""

    def __init__(self, model: Model, holder: str, gone: Callable[[str], bool]) -> None:
        self._model, self._holder, self._gone = model, holder, gone

    def has_work(self) -> bool:
        return self._model.has_work()

    def claim(self, hold: Hold | None) -> Batch | None:
        return self._model.claim(self._holder, hold)

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        self._model.record(batch, receipts)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.record(batch, receipts)
        return self.claim(None)

    def unsettled(self) -> Iterator[Batch]:
        self._model.abandon(self._gone)
        for one in [batch for batch in self._model.batches if batch.status == "unknown"]:
            yield as_batch(one, [each for each in one.deliveries if each.status == "unknown"])

    def void(self, batch: Batch) -> None:
        self._model.void(self._model.batches[batch.id - 1], batch.fence)


def as_batch(one: Attempt, chosen: list[Delivery]) -> Batch:
    """As a mailer wants it, with these of its deliveries."""
    return Batch(
        id=one.id,
        attempt_id=one.attempt_id,
        issue=1,
        issue_key="1",
        edition=_EDITION,
        recipients=tuple([each.person for each in chosen]),
        date=BEGIN,
        envelope=_ENVELOPE,
        fence=one.fence,
        hold=one.hold(),
    )


class ModelRoom:
    """Where stories are told on the model."""

    def begin(self, batch_size: int, scheduler: Scheduler) -> Bookkeeping:
        return Model(batch_size, scheduler)
