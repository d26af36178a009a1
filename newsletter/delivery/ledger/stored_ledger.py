"""The sender's ledger, stored in the database: claim a batch, record its receipts.

claim ──▶ (the mailer sends) ──▶ record
  │                                └──▶ late proof, if the batch moved on meanwhile
  └── intent, lease and fencing token are committed before anything is sent
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

from sqlalchemy import Connection, Engine

from newsletter.context import Context
from newsletter.delivery.bounces import book_refusal
from newsletter.delivery.ledger.batch_builder import BatchBuilder
from newsletter.delivery.ledger.circuit_breaker import CircuitBreaker
from newsletter.delivery.ledger.lease_holder import is_dead, read_outbox_id, this_holder
from newsletter.errors import StorageError
from newsletter.models import Issue, Receipt
from newsletter.models.delivery_state import IN_DELIVERY, count_outcomes
from newsletter.sender.batch import Batch, Hold, receipt_for_each
from newsletter.storage import issues
from newsletter.storage.database.engine import (
    retry_snapshot,
    retry_transaction,
    snapshot,
    transaction,
)
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.journal import Journal
from newsletter.storage.ledger import batches, deliveries, stragglers, unknown_batches
from newsletter.storage.ledger.batches import (
    EVERYTHING,
    BatchResult,
    BatchShare,
    ClaimedBatch,
    Intent,
)
from subscribers import storage as people

#: Longer than any batch takes to hand over. A dead holder on this machine is detected at once;
#: one on another machine only when its lease has run out.
LEASE = dt.timedelta(minutes=15)


def open_ledger(
    context: Context,
    issue: Issue,
    *,
    holder: str = "",
    is_dead: Callable[[str], bool] = is_dead,
    share: BatchShare = EVERYTHING,
    should_stop: Callable[[], bool] = lambda: False,
) -> StoredLedger:
    """Return the ledger of a frozen issue. Raise ValueError if it is not frozen.

    `holder` names this process, and `is_dead` says whether another one is surely dead. Only batches
    of the `share` are claimed, and none once `should_stop` returns true.
    """
    sender = context.settings.sender
    outbox = context.folder / sender.outbox.folder
    return StoredLedger(
        context.engine,
        issue,
        journal=context.journal,
        builder=BatchBuilder(context.engine, issue, context.config, context.secrets),
        breaker=CircuitBreaker(context.engine, issue, context.clock),
        mailer=sender.mailer,
        batch_size=sender.batch_size,
        # SQLite serves one machine, whose outbox is the only one.
        outbox_id=(
            read_outbox_id(outbox)
            if sender.mailer == "outbox" and is_postgresql(context.engine)
            else ""
        ),
        holder=holder or this_holder(),
        is_dead=is_dead,
        share=share,
        should_stop=should_stop,
        clock=context.clock,
        real_clock=context.real_clock,
    )


class StoredLedger:
    """The deliveries of one frozen issue. Each call commits before it returns."""

    def __init__(
        self,
        engine: Engine,
        issue: Issue,
        *,
        journal: Journal,
        builder: BatchBuilder,
        breaker: CircuitBreaker,
        mailer: str,
        batch_size: int,
        outbox_id: str,
        holder: str,
        is_dead: Callable[[str], bool],
        share: BatchShare,
        should_stop: Callable[[], bool],
        clock: Callable[[], dt.datetime],
        real_clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._issue, self._journal = engine, issue, journal
        self._builder, self._breaker = builder, breaker
        self._mailer, self._batch_size, self._outbox_id = mailer, batch_size, outbox_id
        self._holder, self._is_dead = holder, is_dead
        self._share, self._should_stop = share, should_stop
        self._clock, self._real_clock = clock, real_clock
        # The loop waits for stragglers from the first of these moments, and has until the second.
        self._waits_from: dt.datetime | None = None
        self._waited_until: dt.datetime | None = None

    def has_work(self) -> bool:
        """Whether a batch can be claimed."""
        return not self._should_stop() and retry_snapshot(self._engine, self._has_work)

    def _has_work(self, connection: Connection) -> bool:
        status = issues.status_of(connection, self._issue.id)
        return status in IN_DELIVERY and batches.is_planned(
            connection, self._issue.id, self._due(), self._share
        )

    def has_accepted(self, *, beyond: str = "") -> bool:
        """Whether anybody was accepted for this issue so far, by any process.

        With `beyond`, anybody at another domain than this one.
        """
        if self._breaker.has_accepted and not beyond:
            return True
        return retry_snapshot(
            self._engine,
            lambda connection: deliveries.is_any(connection, self._issue.id, "accepted", beyond),
        )

    def has_pending(self, *, beyond: str) -> bool:
        """Whether anybody at another domain than this one is pending."""
        return retry_snapshot(
            self._engine,
            lambda connection: deliveries.is_any(connection, self._issue.id, "pending", beyond),
        )

    def seconds_until_due(self) -> float | None:
        """Return the seconds until the first batch of stragglers is due; None if there is none."""
        due_at = retry_snapshot(
            self._engine, lambda connection: stragglers.next_due(connection, self._issue.id)
        )
        self._waits_from = self._due()
        return max(0.0, (due_at - self._waits_from).total_seconds()) if due_at else None

    def pass_time(self, seconds: float) -> None:
        """Note that the loop waited for stragglers: they are due so much earlier."""
        waited = dt.timedelta(seconds=seconds)
        self._waits_from = self._waited_until = (self._waits_from or self._due()) + waited

    def _due(self) -> dt.datetime:
        """Return the time by which stragglers are due.

        The calendar's clock may stand still. It never falls behind what the loop waited.
        """
        now = self._clock()
        return max(now, self._waited_until or now)

    def claim(self, hold: Hold | None) -> Batch | None:
        """Claim the next batch and commit its intent; None if none is left or it was stopped."""
        intent = self._intent(hold)
        tries = count()
        claimed = retry_transaction(
            self._engine,
            lambda connection: self._claim(connection, intent, is_retry=next(tries) > 0),
            shared=True,
        )
        return self._enter_in_journal(claimed) if claimed else None

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Store the outcome of a batch; recipients that are `not_sent` can be claimed again.

        If the batch moved on meanwhile, only its accepted receipts count, as late proof.
        """
        result = self._to_result(receipts)
        is_recorded = retry_transaction(
            self._engine,
            lambda connection: self._record(connection, batch, result),
            shared=True,
        )
        if not is_recorded:
            self._record_late(batch, receipts)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        """Do both in one commit, so a batch waits for the disk once instead of twice."""
        result, intent = self._to_result(receipts), self._intent(None)
        tries = count()

        def work(connection: Connection) -> tuple[bool, ClaimedBatch | None]:
            is_retry = next(tries) > 0
            is_recorded = self._record(connection, batch, result)
            return is_recorded, self._claim(connection, intent, is_retry=is_retry)

        is_recorded, claimed = retry_transaction(self._engine, work, shared=True)
        if not is_recorded:
            self._record_late(batch, receipts)
        return self._enter_in_journal(claimed) if claimed else None

    def _enter_in_journal(self, claimed: ClaimedBatch) -> Batch:
        """Note a committed claim in the journal, and return its batch.

        Raise StorageError if the journal cannot be written. The batch is planned again then.
        """
        batch = self._builder.build(claimed)
        try:
            self._journal.record_claim(
                self._issue.key, claimed.attempt_id, mailer=self._mailer, at=self._real_clock()
            )
        except StorageError as error:
            with suppress(StorageError):
                self.record(batch, receipt_for_each(batch.recipients, "not_sent", error.message))
            raise
        return batch

    def unsettled_batches(self) -> Iterator[Batch]:
        """Yield the batches whose outcome is unknown and which no process works on."""
        with transaction(self._engine) as connection:
            unknown_batches.expire_leases(
                connection,
                self._issue.id,
                at=self._real_clock(),
                is_dead=self._is_dead,
                now=self._clock(),
            )
            # A mailer knows nothing about batches of another one, used before the settings
            # changed; nor does this outbox about those written on another machine.
            unknown = unknown_batches.unknown_ids(
                connection, self._issue.id, self._mailer, self._outbox_id
            )
        for batch_id in filter(self._share.includes, unknown):
            with snapshot(self._engine) as connection:
                claimed = unknown_batches.load_batch(connection, batch_id)
            yield self._builder.build(claimed)

    def void(self, batch: Batch) -> None:
        """Plan a batch again whose recall the mailer confirmed."""
        with transaction(self._engine) as connection:
            unknown_batches.void_batch(connection, batch.id, batch.fence, self._clock())

    @property
    def alarm(self) -> str:
        """Why the circuit breaker of this process stopped the issue, "" if it did not."""
        return self._breaker.alarm

    def alarm_of_others(self) -> str:
        """Return why another process stopped the issue meanwhile, "" if none did."""
        return self._breaker.alarm_of_others()

    def has_unknown_elsewhere(self) -> bool:
        """Whether an unknown batch may lie in the outbox of another machine."""
        if not self._outbox_id:
            return False
        with snapshot(self._engine) as connection:
            everywhere = unknown_batches.unknown_ids(connection, self._issue.id, "outbox")
            return everywhere != unknown_batches.unknown_ids(
                connection, self._issue.id, "outbox", self._outbox_id
            )

    def _intent(self, hold: Hold | None) -> Intent:
        return Intent(
            attempt_id=uuid.uuid4().hex,
            holder=self._holder,
            lease_until=self._real_clock() + LEASE,
            mailer=self._mailer,
            hold_id=hold.id if hold else self._outbox_id,
            send_at=hold.send_at if hold else None,
        )

    def _claim(
        self, connection: Connection, intent: Intent, *, is_retry: bool
    ) -> ClaimedBatch | None:
        if is_retry and (batch := deliveries.batch_of_attempt(connection, intent.attempt_id)):
            # The connection was lost during the commit, which succeeded.
            return unknown_batches.load_batch(connection, batch.id)
        if self._should_stop():
            return None
        status = issues.status_of(connection, self._issue.id)
        if status not in IN_DELIVERY or self._breaker.trips(connection):
            return None
        claimed = batches.claim(
            connection,
            self._issue.id,
            intent,
            mailable=lambda ids: people.active_links(connection, ids),
            now=self._clock(),
            due=self._due(),
            share=self._share,
        )
        if claimed and status == "frozen":
            issues.set_status(connection, self._issue.id, "sending")
        return claimed

    def _to_result(self, receipts: tuple[Receipt, ...]) -> BatchResult:
        counts = count_outcomes(receipts)
        self._breaker.count(counts)
        return BatchResult.from_receipts(receipts, counts)

    def _record(self, connection: Connection, batch: Batch, result: BatchResult) -> bool:
        now = self._clock()
        is_recorded = batches.record(
            connection, batch.id, batch.fence, result, now=now, batch_size=self._batch_size
        )
        if is_recorded:
            for subscriber_id, detail in result.gone:
                book_refusal(
                    connection,
                    issue_number=self._issue.number,
                    subscriber_id=subscriber_id,
                    detail=detail,
                    now=now,
                )
        return is_recorded

    def _record_late(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Count accepted receipts of a batch that moved on.

        Its deliveries may have been claimed again in another batch, so this is no
        compare-and-set and needs a transaction that is not shared.
        """
        accepted = [receipt.subscriber_id for receipt in receipts if receipt.outcome == "accepted"]
        if accepted:
            retry_transaction(
                self._engine,
                lambda connection: deliveries.mark_accepted(
                    connection, batch.id, accepted, now=self._clock()
                ),
            )
