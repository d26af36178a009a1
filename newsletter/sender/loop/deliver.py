"""Deliver an issue batch by batch: intent before act, a few batches in memory at a time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from newsletter.errors import MailerError
from newsletter.models.delivery_state import OutcomeCounts, complete, count_outcomes
from newsletter.sender.batch import Batch
from newsletter.sender.loop.backoff import MOST_TRIES, back_off
from newsletter.sender.loop.in_flight import Flight
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.loop.rate_limit import LocalRateLimiter, RateLimiter
from newsletter.sender.mailers import HoldingMailer, Mailer, SettlingMailer
from newsletter.sender.recipients import ids_of

_VALUES_OF_SOME_BATCHES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySummary:
    """What this call achieved; `reason` says why it stopped early, "" if it did not."""

    counts: OutcomeCounts
    reason: str = ""


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
) -> DeliverySummary:
    """Settles what can be settled, then sends batch by batch until nothing is left.

    `wait` sleeps for seconds. `on_progress` gets the tally so far after each batch.
    `rate_per_minute` is the most messages a minute, 0 for no limit, by `clock` (seconds);
    a `pace` shared with others replaces it.
    Up to `connections` batches are under way at once. What was not sent is tried again
    after growing waits, a bounded number of times without any progress; then the rest
    stays pending. A MailerError ends the call with nothing lost.
    """
    flight = Flight(
        ledger,
        mailer,
        wait=wait,
        on_progress=on_progress,
        pace=rate_limiter or LocalRateLimiter(rate_per_minute, clock),
        connections=connections,
    )
    pool: Executor = Inline() if connections == 1 else ThreadPoolExecutor(connections)
    with _undisturbed(), pool:
        try:
            reason = _deliver(ledger, mailer, flight, pool, wait)
        except MailerError as error:
            reason = str(error)
    return DeliverySummary(counts=flight.done, reason=reason)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What is in memory already is not searched for garbage again and again meanwhile.

    A batch makes thousands of values, and every so many Python looks through all there are:
    through a whole program's, that took a third of the time. What a batch makes is gone soon.
    """
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_VALUES_OF_SOME_BATCHES, *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()


def _deliver(
    ledger: Ledger,
    mailer: Mailer,
    flight: Flight,
    pool: Executor,
    wait: Callable[[float], None],
) -> str:
    found = settle(ledger, mailer)
    flight.count(found.counts)
    for tries in range(MOST_TRIES):
        reason = flight.send_all(pool)
        if not isinstance(mailer, HoldingMailer):
            return reason
        # What was lost on the way can be called back, as long as it is held.
        found = settle(ledger, mailer)
        flight.count(found.counts)
        if reason or not (found.recalled or found.unknown):
            return reason
        if found.unknown and not found.recalled:
            wait(back_off(tries + 1))
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling came to: `tally` is the change in figures, the others count batches."""

    counts: OutcomeCounts
    recalled: int
    unknown: int


def settle(ledger: Ledger, mailer: Mailer) -> Settled:
    """Asks the mailer about each batch in doubt and writes down what it says."""
    done, called_back, in_doubt = OutcomeCounts(), 0, 0
    if not isinstance(mailer, SettlingMailer | HoldingMailer):
        return Settled(counts=done, recalled=0, unknown=0)
    for batch in ledger.unsettled():
        found = _look(ledger, mailer, batch)
        done = done.plus(found)
        called_back += found.unknown < 0 and isinstance(mailer, HoldingMailer)
        in_doubt += found.unknown == 0
    return Settled(counts=done, recalled=called_back, unknown=in_doubt)


def _look(ledger: Ledger, mailer: Mailer, batch: Batch) -> OutcomeCounts:
    no_longer = OutcomeCounts(unknown=-len(batch.recipients))
    if isinstance(mailer, SettlingMailer):
        receipts = complete(ids_of(batch.recipients), mailer.settle(batch))
        ledger.record(batch, receipts)
        return count_outcomes(receipts).plus(no_longer)
    if isinstance(mailer, HoldingMailer) and batch.hold and mailer.recall(batch.hold):
        ledger.void(batch)
        return no_longer
    return OutcomeCounts()


class Inline(Executor):
    """One connection needs no thread: what happens then happens in order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # given to whoever asks for the result
            done.set_exception(error)
        return done
