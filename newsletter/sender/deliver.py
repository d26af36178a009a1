"""Deliver an issue batch by batch: intent before act, one batch in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer, PacedMailer, SettlingMailer
from newsletter.sender.states import Tally, complete, tally

FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
MOST_TRIES = 6
# A provider that answers "later" is alive: it is worth more patience than a dead line.
MOST_TRIES_WHEN_ASKED_TO_WAIT = 24


class Ledger(Protocol):
    """Who was planned, and what became of each. Every call commits before it returns."""

    def claim(self) -> Batch | None:
        """The next batch, its intent committed; None when there is nothing to claim.

        Suppression is checked here once more. A stopped issue gives None.
        """
        ...

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Writes what became of a batch; what was not sent may be claimed again."""
        ...

    def unsettled(self) -> Iterable[Batch]:
        """Batches whose outcome is unknown, one at a time; `record` is called in between."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What this call achieved; `reason` says why it stopped early, "" if it did not."""

    tally: Tally
    reason: str = ""


def deliver(
    ledger: Ledger,
    mailer: Mailer,
    *,
    wait: Callable[[float], None],
    on_progress: Callable[[Tally], None] | None = None,
    rate_per_minute: int = 0,
) -> Outcome:
    """Settles what can be settled, then sends batch by batch until nothing is left.

    `wait` sleeps for seconds. `on_progress` gets the tally so far after each batch.
    `rate_per_minute` is the most messages a minute, 0 for no limit. What was not sent is
    tried again after growing waits, a bounded number of times without any progress; then
    the rest stays pending. A MailerError ends the call with nothing lost.
    """
    done = Tally()
    tries = 0
    try:
        done = _settle(ledger, mailer)
        while batch := ledger.claim():
            receipts = _send(ledger, mailer, batch)
            now = tally(receipts)
            done = done.plus(now)
            if on_progress is not None:
                on_progress(done)
            tries = tries + 1 if now.not_sent == len(receipts) else 0
            asked = mailer.pause() if isinstance(mailer, PacedMailer) else 0.0
            if tries >= (MOST_TRIES_WHEN_ASKED_TO_WAIT if asked else MOST_TRIES):
                return Outcome(tally=done, reason=_given_up(receipts, tries))
            paced = _pace(len(receipts) - now.not_sent, rate_per_minute)
            pause = max(paced, _patience(tries, asked))
            if pause > 0:
                wait(pause)
    except MailerError as error:
        return Outcome(tally=done, reason=str(error))
    return Outcome(tally=done)


def back_off(tries: int) -> float:
    """Seconds to wait after so many tries in a row without progress: 0, 5, 10, 20 … 300."""
    return min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT) if tries else 0.0


def _patience(tries: int, asked: float) -> float:
    # The first time the other side's own word is enough; after that it was no good.
    wanted = asked if asked and tries <= 1 else max(asked, back_off(tries))
    return min(wanted, LONGEST_WAIT)


def _pace(sent: int, rate_per_minute: int) -> float:
    return sent * 60 / rate_per_minute if rate_per_minute else 0.0


def _settle(ledger: Ledger, mailer: Mailer) -> Tally:
    done = Tally()
    if isinstance(mailer, SettlingMailer):
        for batch in ledger.unsettled():
            receipts = _complete(batch, mailer.settle(batch))
            ledger.record(batch, receipts)
            done = done.plus(tally(receipts))
    return done


def _send(ledger: Ledger, mailer: Mailer, batch: Batch) -> tuple[Receipt, ...]:
    try:
        receipts = _complete(batch, mailer.send(batch))
    except MailerError as error:
        ledger.record(batch, _nothing_sent(batch, str(error)))
        raise
    ledger.record(batch, receipts)
    return receipts


def _complete(batch: Batch, receipts: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    return complete((one.subscriber_id for one in batch.recipients), receipts)


def _nothing_sent(batch: Batch, why: str) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(subscriber_id=one.subscriber_id, outcome="not_sent", detail=why)
        for one in batch.recipients
    )


def _given_up(receipts: tuple[Receipt, ...], tries: int) -> str:
    why = next((receipt.detail for receipt in receipts if receipt.detail), "no reason was given")
    return f"Nothing could be sent in {tries} tries: {why}. The rest waits for the next run."
