"""Batches in flight: claimed, handed to the mailer, and recorded when they come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future
from concurrent.futures import wait as wait_for

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.models.delivery_state import OutcomeCounts, complete_receipts, count_outcomes
from newsletter.sender.batch import Batch, Hold, ids_of, receipt_for_each
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.loop.rate_limit import RateLimiter, WaitBudget, is_exhausted, retry_delay
from newsletter.sender.loop.refusal_judge import RefusalJudge
from newsletter.sender.mailers import HoldingMailer, Mailer, NotNow, ThrottlingMailer
from newsletter.sender.refusals import Stop, describe_stop

Receipts = tuple[Receipt, ...]


class InFlight:
    """Send every batch that can be claimed, several at a time.

    Only the calling thread uses the ledger; the mailer alone is called from several threads.
    """

    def __init__(
        self,
        ledger: Ledger,
        mailer: Mailer,
        *,
        wait: Callable[[float], None],
        on_progress: Callable[[OutcomeCounts], None] | None,
        rate_limiter: RateLimiter,
        connections: int,
        wait_budget: WaitBudget,
    ) -> None:
        #: The change in deliveries since the start.
        self.counts = OutcomeCounts()
        #: Why everybody is refused, None while that is not so.
        self.stop: Stop | None = None
        #: Why the last readers were refused, None if anybody was accepted after them.
        self.suspicion: Stop | None = None
        self._ledger, self._mailer = ledger, mailer
        self._wait, self._on_progress = wait, on_progress
        # Checked once: isinstance of a protocol looks up every method each time.
        self._holding = mailer if isinstance(mailer, HoldingMailer) else None
        self._throttling = mailer if isinstance(mailer, ThrottlingMailer) else None
        self._rate_limiter = rate_limiter
        # Without a hold and a rate limit nothing has to happen between `record` and the next
        # `claim`, so both share one commit.
        self._can_record_and_claim = self._holding is None and not rate_limiter.limited
        self._connections = connections
        self._batches: dict[Future[Receipts], Batch] = {}
        self._unused_hold: Hold | None = None
        self._judge = RefusalJudge(
            has_accepted=lambda domain: ledger.has_accepted(beyond=domain),
            has_pending=lambda domain: ledger.has_pending(beyond=domain),
        )
        # Tries in a row without progress, and why the last one sent nothing.
        self._tries = 0
        self._failure = ""
        self._wait_budget = wait_budget

    def add_counts(self, counts: OutcomeCounts) -> None:
        """Add to the change in deliveries."""
        self.counts = self.counts.plus(counts)

    def send_all(self, pool: Executor) -> str:
        """Send until nothing is left to claim; return why it stopped early, or "".

        Stragglers are waited for a little at the end. Raise MailerError if nothing can be sent at
        all. However it ends, the batches in flight are awaited and recorded first.
        """
        try:
            while True:
                self._claim_and_submit(pool)
                if not self._batches and not self._failure:
                    if self._wait_for_stragglers():
                        continue
                    return ""
                self._record_finished(
                    wait_for(self._batches, return_when=FIRST_COMPLETED).done, pool
                )
                if self.stop is not None:
                    self._record_finished(wait_for(self._batches).done)
                    return describe_stop(self.stop)
                if self._failure or self._requested_pause():
                    self._record_finished(wait_for(self._batches).done)
                    if reason := self._back_off():
                        return reason
        except BaseException:
            # Ctrl-C as well: the batches in flight are still recorded, without progress.
            self._on_progress = None
            raise
        finally:
            self._record_all()

    def _claim_and_submit(self, pool: Executor) -> None:
        # After a failure one batch tests the connection before the others follow.
        limit = 1 if self._tries or self._judge.is_suspicious else self._connections
        while len(self._batches) < limit and (
            self._can_record_and_claim or self._ledger.has_work()
        ):
            if pause := self._rate_limiter.wait():
                if self._batches:
                    return
                # Look for work again afterwards: meanwhile another process may have claimed
                # it, or the author may have stopped the issue.
                self._wait(pause)
                continue
            try:
                hold = self._hold()
            except NotNow as error:
                self._failure = str(error)
                return
            batch = self._ledger.claim(hold)
            if batch is None:
                return
            self._unused_hold = None
            self._submit(pool, batch)

    def _submit(self, pool: Executor, batch: Batch) -> None:
        self._rate_limiter.consume(len(batch.recipients))
        self._batches[pool.submit(self._mailer.send, batch)] = batch

    def _hold(self) -> Hold | None:
        """Return a hold for the next batch: the last one, if no batch was claimed for it."""
        if self._unused_hold is None and self._holding is not None:
            self._unused_hold = self._holding.create_hold()
        return self._unused_hold

    def _record_finished(
        self, finished: set[Future[Receipts]], pool: Executor | None = None
    ) -> None:
        """Record what came back; with a `pool`, submit a new batch in place of each."""
        failure: MailerError | None = None
        for future in finished:
            batch = self._batches[future]
            try:
                receipts = future.result()
            except MailerError as error:
                del self._batches[future]
                self._ledger.record(
                    batch, receipt_for_each(batch.recipients, "not_sent", str(error))
                )
                failure = error
                continue
            except Exception:
                # A bug of ours: this batch stays unknown, and the others are still recorded.
                del self._batches[future]
                raise
            receipts, setback = self._apply_judgement(batch, receipts)
            counts = count_outcomes(receipts)
            # Progress comes first: if the author stops the issue because of it, no further
            # batch is claimed.
            self._report_progress(counts)
            del self._batches[future]
            may_claim = pool is not None and failure is None
            if may_claim and self._may_claim_after(receipts, counts):
                next_batch = self._ledger.record_and_claim(batch, receipts)
            else:
                self._ledger.record(batch, receipts)
                next_batch = None
            self._note_progress(receipts, counts, setback)
            if next_batch is not None and pool is not None:
                self._submit(pool, next_batch)
        if failure is not None:
            raise failure

    def _apply_judgement(self, batch: Batch, receipts: Receipts) -> tuple[Receipts, str]:
        """Return the receipts as the ledger is to store them, and why nothing could be sent."""
        ids = ids_of(batch.recipients)
        if len(receipts) == len(ids) and all(receipt.outcome == "accepted" for receipt in receipts):
            self.suspicion = None
            self._judge.accept_all(batch)
            return complete_receipts(ids, receipts), ""
        judgement = self._judge.judge(batch, receipts, is_last=self._is_last)
        self.stop = self.stop or judgement.stop
        if any(receipt.outcome == "accepted" for receipt in receipts):
            self.suspicion = None
        self.suspicion = judgement.suspicion or self.suspicion
        return complete_receipts(ids, judgement.receipts), judgement.setback

    def _is_last(self) -> bool:
        """Whether the batch that came back is the only one in flight, and none can be claimed."""
        return len(self._batches) == 1 and not self._ledger.has_work()

    def _wait_for_stragglers(self) -> bool:
        """Wait until the first stragglers are due; return False if that takes too long."""
        if self.suspicion is not None:
            # A second refusal would count against readers for what may be a quota of ours.
            return False
        seconds = self._ledger.seconds_until_due()
        if not seconds or not self._wait_budget.spend(seconds):
            return False
        self._wait(seconds)
        self._ledger.pass_time(seconds)
        return self._ledger.has_work()

    def _report_progress(self, counts: OutcomeCounts) -> None:
        if self._on_progress is not None:
            self._on_progress(self.counts.plus(counts))

    def _may_claim_after(self, receipts: Receipts, counts: OutcomeCounts) -> bool:
        """Whether a batch came back with nothing to wait for but stragglers."""
        if not (self._can_record_and_claim and counts.accepted) or self.stop is not None:
            return False
        if self._tries or self._failure or self._requested_pause():
            return False
        # Stragglers, whose receipts have a fault, wait in batches of their own.
        return not counts.not_sent or all(
            receipt.fault for receipt in receipts if receipt.outcome == "not_sent"
        )

    def _record_all(self) -> None:
        while self._batches:
            try:
                self._record_finished(wait_for(self._batches).done)
            except MailerError:
                continue  # the first one was raised already, and nothing was sent

    def _note_progress(self, receipts: Receipts, counts: OutcomeCounts, setback: str) -> None:
        self.add_counts(counts)
        if setback:
            self._failure = setback
        elif counts.not_sent < len(receipts):
            self._tries = 0

    def _requested_pause(self) -> float:
        return self._throttling.requested_pause() if self._throttling is not None else 0.0

    def _back_off(self) -> str:
        """Wait before the next try; return why there is none, or ""."""
        requested = self._requested_pause()
        if self._failure:
            self._tries += 1
            if is_exhausted(self._tries, requested):
                what = "Nothing more" if self.counts.accepted else "Nothing"
                return (
                    f"{what} could be sent in {self._tries} tries: {self._failure}. "
                    "The rest waits for the next run."
                )
        self._failure = ""
        if delay := retry_delay(self._tries, requested):
            self._wait(delay)
        return ""
