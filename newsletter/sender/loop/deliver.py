"""Deliver an issue batch by batch: intent before act, a few batches in memory at a time."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from newsletter.errors import MailerError
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.sender.loop.backoff import MOST_TRIES, back_off
from newsletter.sender.loop.in_flight import Flight
from newsletter.sender.loop.inline_executor import Inline
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.loop.rate_limit import LocalRateLimiter, RateLimiter
from newsletter.sender.loop.settle import settle
from newsletter.sender.mailers import HoldingMailer, Mailer

_VALUES_OF_SOME_BATCHES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What this call achieved; `reason` says why it stopped early, "" if it did not."""

    tally: OutcomeCounts
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
    pace: RateLimiter | None = None,
) -> Outcome:
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
        pace=pace or LocalRateLimiter(rate_per_minute, clock),
        connections=connections,
    )
    pool: Executor = Inline() if connections == 1 else ThreadPoolExecutor(connections)
    with _undisturbed(), pool:
        try:
            reason = _deliver(ledger, mailer, flight, pool, wait)
        except MailerError as error:
            reason = str(error)
    return Outcome(tally=flight.done, reason=reason)


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
    flight.count(found.tally)
    for tries in range(MOST_TRIES):
        reason = flight.send_all(pool)
        if not isinstance(mailer, HoldingMailer):
            return reason
        # What was lost on the way can be called back, as long as it is held.
        found = settle(ledger, mailer)
        flight.count(found.tally)
        if reason or not (found.called_back or found.in_doubt):
            return reason
        if found.in_doubt and not found.called_back:
            wait(back_off(tries + 1))
    return ""
