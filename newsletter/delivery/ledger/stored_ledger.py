"""The sender's ledger, kept in the database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from itertools import count

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.delivery.ledger.batch_builder import BatchBuilder
from newsletter.delivery.ledger.batch_result import result_of
from newsletter.delivery.ledger.circuit_breaker import CircuitBreaker
from newsletter.delivery.ledger.lease_holder import is_gone, this_holder
from newsletter.delivery.ledger.outbox_id import outbox_place
from newsletter.models import Issue, Receipt
from newsletter.models.delivery_state import count_outcomes
from newsletter.sender.batch import Batch, Hold
from newsletter.storage import issues
from newsletter.storage.database.engine import (
    retry_snapshot,
    retry_transaction,
    snapshot,
    transaction,
)
from newsletter.storage.ledger import batches, late_proof, unknown_batches
from newsletter.storage.ledger.batches import EVERYTHING, BatchResult, ClaimedBatch, Intent, Share
from subscribers import storage as people

# Longer than any batch takes to hand over. A holder that dies on this machine is found out
# at once; one on another machine is given this long.
LEASE = dt.timedelta(minutes=15)
_GOING = ("frozen", "sending")


class StoredLedger:
    """The deliveries of one frozen issue. Each call commits before it returns.

    `holder` names this process, and `gone` tells of another whether it is surely dead.
    Only batches of its `share` are claimed, and none once we are `leaving`. `alarm` says why
    the issue was stopped by itself, "" while it was not.
    """

    def __init__(
        self,
        context: Context,
        issue: Issue,
        *,
        holder: str = "",
        gone: Callable[[str], bool] = is_gone,
        share: Share = EVERYTHING,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        self._context = context
        self._issue = issue
        self._packing = BatchBuilder(context, issue)
        self._place = outbox_place(context)
        self._holder = holder or this_holder()
        self._gone = gone
        self._share = share
        self._leaving = leaving
        self._fuse = CircuitBreaker(context, issue)

    def has_work(self) -> bool:
        """Whether a batch waits and the issue may go out."""
        return not self._leaving() and retry_snapshot(self._context.engine, self._has_work)

    def _has_work(self, connection: Connection) -> bool:
        status = issues.status_of(connection, self._issue.id)
        return status in _GOING and batches.is_planned(connection, self._issue.id, self._share)

    def claim(self, hold: Hold | None) -> Batch | None:
        """The next batch, its intent committed; None when none is left or it is stopped."""
        intent = self._intent(hold)
        tries = count()
        claimed = retry_transaction(
            self._context.engine,
            lambda connection: self._claim(connection, intent, again=next(tries) > 0),
            shared=True,
        )
        return self._packing.batch_of(claimed) if claimed else None

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Writes what became of a batch; what was not sent may be claimed again.

        Where another has taken the batch meanwhile, only what was accepted counts.
        """
        result = self._count(receipts)
        written = retry_transaction(
            self._context.engine,
            lambda connection: self._record(connection, batch, result),
            shared=True,
        )
        if not written:
            self._prove(batch, receipts)

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        """Both in one commit: a batch waits for the disk once, not twice."""
        result, intent = self._count(receipts), self._intent(None)
        tries = count()

        def work(connection: Connection) -> tuple[bool, ClaimedBatch | None]:
            again = next(tries) > 0
            written = self._record(connection, batch, result)
            return written, self._claim(connection, intent, again=again)

        written, claimed = retry_transaction(self._context.engine, work, shared=True)
        if not written:
            self._prove(batch, receipts)
        return self._packing.batch_of(claimed) if claimed else None

    def _intent(self, hold: Hold | None) -> Intent:
        return Intent(
            attempt_id=uuid.uuid4().hex,
            holder=self._holder,
            lease_until=self._context.real_clock() + LEASE,
            mailer=self._context.settings.sender.mailer,
            hold_id=hold.id if hold else self._place,
            send_at=hold.send_at if hold else None,
        )

    def _claim(self, connection: Connection, intent: Intent, *, again: bool) -> ClaimedBatch | None:
        if again and (before := late_proof.batch_of_attempt(connection, intent.attempt_id)):
            # It was committed after all, when the connection to the database was lost.
            return unknown_batches.load_batch(connection, before.id)
        if self._leaving():
            return None
        status = issues.status_of(connection, self._issue.id)
        if status not in _GOING or self._fuse.trips(connection):
            return None
        claimed = batches.claim(
            connection,
            self._issue.id,
            intent,
            mailable=lambda ids: people.active_ids(connection, ids),
            now=self._context.clock(),
            share=self._share,
        )
        if claimed and status == "frozen":
            issues.set_status(connection, self._issue.id, "sending")
        return claimed

    def _count(self, receipts: tuple[Receipt, ...]) -> BatchResult:
        found = count_outcomes(receipts)
        self._fuse.count(found)
        return result_of(receipts, found)

    def _record(self, connection: Connection, batch: Batch, result: BatchResult) -> bool:
        now = self._context.clock()
        return batches.record(connection, batch.id, batch.fence, result, now=now)

    def _prove(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Another has taken the batch: it may have been planned anew and claimed, so that
        this takes no turn beside others.
        """
        accepted = [one.subscriber_id for one in receipts if one.outcome == "accepted"]
        if accepted:
            retry_transaction(
                self._context.engine,
                lambda connection: late_proof.mark_accepted(
                    connection, batch.id, accepted, now=self._context.clock()
                ),
            )

    def unsettled_batches(self) -> Iterator[Batch]:
        """Batches whose outcome is unknown and that nobody is at work on."""
        with transaction(self._context.engine) as connection:
            unknown_batches.expire_leases(
                connection,
                self._issue.id,
                at=self._context.real_clock(),
                gone=self._gone,
                now=self._context.clock(),
            )
            # What another mailer was given, before the settings changed, this one cannot know,
            # nor this outbox what was written to another machine's.
            mailer = self._context.settings.sender.mailer
            found = unknown_batches.unknown_ids(connection, self._issue.id, mailer, self._place)
        for batch_id in filter(self._share.includes, found):
            with snapshot(self._context.engine) as connection:
                claimed = unknown_batches.load_batch(connection, batch_id)
            yield self._packing.batch_of(claimed)

    def in_another_outbox(self) -> bool:
        """Whether something in doubt was written, if at all, on another machine."""
        if not self._place:
            return False
        with snapshot(self._context.engine) as connection:
            there = unknown_batches.unknown_ids(connection, self._issue.id, "outbox")
            return there != unknown_batches.unknown_ids(
                connection, self._issue.id, "outbox", self._place
            )

    @property
    def alarm(self) -> str:
        return self._fuse.alarm

    def alarm_elsewhere(self) -> str:
        """Why another machine stopped the issue while we were at it, "" if none did."""
        return self._fuse.elsewhere()

    def void(self, batch: Batch) -> None:
        """The batch was called back whole: everybody in it may be claimed again."""
        with transaction(self._context.engine) as connection:
            unknown_batches.void_batch(connection, batch.id, batch.fence, self._context.clock())
