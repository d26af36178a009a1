"""Deliver an issue batch by batch, and settle batches whose outcome is unknown."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from newsletter.errors import MailerError
from newsletter.models.delivery_state import OutcomeCounts, complete_receipts, count_outcomes
from newsletter.sender.batch import Batch, ids_of
from newsletter.sender.loop.in_flight import InFlight
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.loop.rate_limit import (
    MAX_TRIES,
    LocalRateLimiter,
    RateLimiter,
    WaitBudget,
    exponential_delay,
)
from newsletter.sender.mailers import HoldingMailer, Mailer, SettlingMailer
from newsletter.sender.refusals import describe_suspicion

# The objects of a few batches of a thousand recipients.
_GC_THRESHOLD = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySummary:
    """The changes that one call of `deliver` made in the ledger."""

    counts: OutcomeCounts
    #: Why it stopped early, "" if nothing is left to send but to stragglers.
    reason: str = ""
    #: What no other try would change: "account" or "message". "" if it did not stop for that.
    fault: Literal["account", "message", ""] = ""
    #: The server's own words, and up to three of the addresses for which it was asked.
    words: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The changes that one call of `settle` made in the ledger."""

    #: The change in deliveries; `unknown` is negative for what is known now.
    counts: OutcomeCounts
    #: Batches recalled, and batches still unknown.
    recalled: int
    unknown: int


def deliver(
    ledger: Ledger,
    mailer: Mailer,
    *,
    wait: Callable[[float], None],
    on_progress: Callable[[OutcomeCounts], None] | None = None,
    rate_per_minute: int = 0,
    connections: int = 1,
    clock: Callable[[], float] = time.monotonic,
    rate_limiter: RateLimiter | None = None,
    wait_budget: WaitBudget | None = None,
) -> DeliverySummary:
    """Settle unknown batches, then send batch by batch until none can be claimed.

    `wait` sleeps for a number of seconds, and `on_progress` receives the counts after each batch.
    Up to `connections` batches are in flight at once. At most `rate_per_minute` messages are
    sent (0: no limit, by `clock` in seconds), unless a `rate_limiter` is given.
    Stragglers are waited for as long as the `wait_budget` allows, which is a new one by default.

    A batch that was not sent is tried again with exponential backoff. After enough tries
    without progress the rest stays pending. A MailerError ends the call; it loses nothing.
    """
    in_flight = InFlight(
        ledger,
        mailer,
        wait=wait,
        on_progress=on_progress,
        rate_limiter=rate_limiter or LocalRateLimiter(rate_per_minute, clock),
        connections=connections,
        wait_budget=wait_budget or WaitBudget(),
    )
    # One connection needs no thread: everything then happens in order.
    pool = _InlineExecutor() if connections == 1 else ThreadPoolExecutor(connections)
    with _rare_garbage_collection(), pool:
        try:
            reason = _settle_and_send(ledger, mailer, in_flight, pool, wait)
        except MailerError as error:
            return DeliverySummary(
                counts=in_flight.counts, reason=str(error), fault=error.fault, words=error.words
            )
    stop = in_flight.stop or in_flight.suspicion
    if stop is None:
        return DeliverySummary(counts=in_flight.counts, reason=reason)
    return DeliverySummary(
        counts=in_flight.counts,
        reason=reason or describe_suspicion(stop),
        fault=stop.fault,
        words=stop.words,
        addresses=stop.addresses,
    )


def settle(ledger: Ledger, mailer: Mailer) -> Settled:
    """Find out what became of unknown batches, as far as the mailer can, and record it.

    A `SettlingMailer` looks; a `HoldingMailer` recalls. With any other mailer the batches
    stay unknown, because sending them again could deliver a message twice.
    """
    counts, recalled, unknown = OutcomeCounts(), 0, 0
    if not isinstance(mailer, SettlingMailer | HoldingMailer):
        return Settled(counts=counts, recalled=0, unknown=0)
    for batch in ledger.unsettled_batches():
        change = _settle_batch(ledger, mailer, batch)
        counts = counts.plus(change)
        recalled += change.unknown < 0 and isinstance(mailer, HoldingMailer)
        unknown += change.unknown == 0
    return Settled(counts=counts, recalled=recalled, unknown=unknown)


def _settle_batch(ledger: Ledger, mailer: Mailer, batch: Batch) -> OutcomeCounts:
    no_longer_unknown = OutcomeCounts(unknown=-len(batch.recipients))
    if isinstance(mailer, SettlingMailer):
        receipts = complete_receipts(ids_of(batch.recipients), mailer.settle(batch))
        ledger.record(batch, receipts)
        return count_outcomes(receipts).plus(no_longer_unknown)
    if isinstance(mailer, HoldingMailer) and batch.hold and mailer.recall(batch.hold):
        ledger.void(batch)
        return no_longer_unknown
    return OutcomeCounts()


def _settle_and_send(
    ledger: Ledger,
    mailer: Mailer,
    in_flight: InFlight,
    pool: Executor,
    wait: Callable[[float], None],
) -> str:
    in_flight.add_counts(settle(ledger, mailer).counts)
    for tries in range(MAX_TRIES):
        reason = in_flight.send_all(pool)
        if not isinstance(mailer, HoldingMailer):
            return reason
        # A batch whose response was lost can be recalled as long as it is held; its recipients
        # are then sent to again.
        settled = settle(ledger, mailer)
        in_flight.add_counts(settled.counts)
        if reason or not (settled.recalled or settled.unknown):
            return reason
        if settled.unknown and not settled.recalled:
            wait(exponential_delay(tries + 1))
    return ""


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage less often, and only among objects created from now on.

    A batch creates thousands of short-lived objects. With the default threshold the collector
    walked through the whole program's objects again and again: a third of the time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class _InlineExecutor(Executor):
    """Run each call at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # raised where the result is read
            future.set_exception(error)
        return future
