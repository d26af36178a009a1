"""Batches under way: claimed, handed to the mailer, and recorded as they come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future
from concurrent.futures import wait as wait_for

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.models.delivery_state import OutcomeCounts, complete, count_outcomes
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.loop.backoff import is_exhausted, retry_delay
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.loop.rate_limit import RateLimiter
from newsletter.sender.mailers import HoldingMailer, Mailer, NotNow, ThrottlingMailer
from newsletter.sender.recipients import ids_of

Receipts = tuple[Receipt, ...]


class Flight:
    """Sends all there is to claim. `done` is the tally so far, the change since the start.

    The ledger is used by the calling thread alone; only the mailer works in several.
    """

    def __init__(
        self,
        ledger: Ledger,
        mailer: Mailer,
        *,
        wait: Callable[[float], None],
        on_progress: Callable[[OutcomeCounts], None] | None,
        pace: RateLimiter,
        connections: int,
    ) -> None:
        self.done = OutcomeCounts()
        self._ledger, self._mailer = ledger, mailer
        self._wait, self._on_progress = wait, on_progress
        # Looked up once: a protocol's isinstance looks at every method, each time.
        self._holding = mailer if isinstance(mailer, HoldingMailer) else None
        self._paced = mailer if isinstance(mailer, ThrottlingMailer) else None
        self._pace = pace
        # Where neither a turn nor a hold is asked for, nothing need be known before a claim.
        self._claims_at_once = self._holding is None and not pace.limited
        self._connections = connections
        self._flying: dict[Future[Receipts], Batch] = {}
        self._spare: Hold | None = None
        self._tries = 0
        self._trouble = ""

    def count(self, more: OutcomeCounts) -> None:
        """Adds to the tally."""
        self.done = self.done.plus(more)

    def send_all(self, pool: Executor) -> str:
        """Until nothing is left to claim; why it ended early, or "".

        Raises MailerError where nothing can be sent at all. However it ends, what is under
        way is awaited and recorded first.
        """
        try:
            while True:
                self._launch(pool)
                if not self._flying and not self._trouble:
                    return ""
                self._land(wait_for(self._flying, return_when=FIRST_COMPLETED).done, pool)
                if self._trouble or self._asked():
                    self._land(wait_for(self._flying).done)
                    if reason := self._rest():
                        return reason
        except BaseException:
            # Ctrl-C too: nobody looks any more, but what is under way is still recorded.
            self._on_progress = None
            raise
        finally:
            self._land_all()

    def _launch(self, pool: Executor) -> None:
        # After a failure one batch tries the way before the others follow.
        room = 1 if self._tries else self._connections
        while len(self._flying) < room and (self._claims_at_once or self._ledger.has_work()):
            if pause := self._pace.wait():
                if self._flying:
                    return
                # Another may have taken the turn, or the author stopped it all, meanwhile.
                self._wait(pause)
                continue
            try:
                hold = self._hold()
            except NotNow as error:
                self._trouble = str(error)
                return
            batch = self._ledger.claim(hold)
            if batch is None:
                return
            self._spare = None
            self._submit(pool, batch)

    def _submit(self, pool: Executor, batch: Batch) -> None:
        self._pace.consume(len(batch.recipients))
        self._flying[pool.submit(self._mailer.send, batch)] = batch

    def _hold(self) -> Hold | None:
        if self._spare is None and self._holding is not None:
            self._spare = self._holding.create_hold()
        return self._spare

    def _land(self, landed: set[Future[Receipts]], pool: Executor | None = None) -> None:
        """Records what came back; with a `pool`, the next batch goes out in its place."""
        failure: MailerError | None = None
        for future in landed:
            batch = self._flying[future]
            try:
                receipts = _complete(batch, future.result())
            except MailerError as error:
                del self._flying[future]
                self._ledger.record(batch, _nothing_sent(batch, str(error)))
                failure = error
                continue
            except Exception:
                # A fault of ours: this one stays in doubt, and the others are still recorded.
                del self._flying[future]
                raise
            found = count_outcomes(receipts)
            # Told first: who stops the issue upon it is heeded before the next is claimed.
            self._tell(found)
            del self._flying[future]
            fresh = self._write(batch, receipts, found, alone=pool is None or failure is not None)
            self._take_in(receipts, found)
            if fresh is not None and pool is not None:
                self._submit(pool, fresh)
        if failure is not None:
            raise failure

    def _tell(self, found: OutcomeCounts) -> None:
        if self._on_progress is not None:
            self._on_progress(self.done.plus(found))

    def _write(
        self, batch: Batch, receipts: Receipts, found: OutcomeCounts, *, alone: bool
    ) -> Batch | None:
        """Records a batch, and claims the next along with it where all is well."""
        well = found.accepted and not found.not_sent and not (self._tries or self._trouble)
        if alone or not self._claims_at_once or not well or self._asked():
            self._ledger.record(batch, receipts)
            return None
        return self._ledger.record_and_claim(batch, receipts)

    def _land_all(self) -> None:
        while self._flying:
            try:
                self._land(wait_for(self._flying).done)
            except MailerError:
                continue  # the first one said it already, and nothing was sent

    def _take_in(self, receipts: Receipts, now: OutcomeCounts) -> None:
        self.count(now)
        if now.not_sent == len(receipts):
            self._trouble = next((one.detail for one in receipts if one.detail), "no reason given")
        else:
            self._tries = 0

    def _asked(self) -> float:
        return self._paced.requested_pause() if self._paced is not None else 0.0

    def _rest(self) -> str:
        asked = self._asked()
        if self._trouble:
            self._tries += 1
            if is_exhausted(self._tries, asked):
                return (
                    f"Nothing could be sent in {self._tries} tries: {self._trouble}. "
                    "The rest waits for the next run."
                )
        self._trouble = ""
        if pause := retry_delay(self._tries, asked):
            self._wait(pause)
        return ""


def _complete(batch: Batch, receipts: Receipts) -> Receipts:
    return complete(ids_of(batch.recipients), receipts)


def _nothing_sent(batch: Batch, why: str) -> Receipts:
    return tuple(
        Receipt(subscriber_id=one, outcome="not_sent", detail=why)
        for one in ids_of(batch.recipients)
    )
