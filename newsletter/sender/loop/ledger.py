"""The ledger as the delivery loop sees it; `newsletter/delivery/ledger/` stores it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from newsletter.models import Receipt
from newsletter.sender.batch import Batch, Hold


class Ledger(Protocol):
    """The planned deliveries of one issue, and the outcome of each.

    Every call commits before it returns. Several processes may work on one ledger: a batch
    is claimed by exactly one of them (see `newsletter/models/delivery_state.py`).

    A straggler is a delivery that was put off. It waits in a batch with a moment before which
    nobody claims it (see `newsletter/models/delivery_state.py`). The loop has no clock of its
    own: it asks how long to wait, waits, and reports that with `pass_time`.
    """

    def has_work(self) -> bool:
        """Whether a batch can be claimed now."""
        ...

    def has_accepted(self, *, beyond: str = "") -> bool:
        """Whether anybody was accepted for this issue so far, by any process.

        With `beyond`, anybody at another domain than this one.
        """
        ...

    def has_pending(self, *, beyond: str) -> bool:
        """Whether anybody at another domain than this one is pending."""
        ...

    def claim(self, hold: Hold | None) -> Batch | None:
        """Claim the next batch and commit its intent, before anything leaves this machine.

        Return None if no batch is left or the issue was stopped. Batches of stragglers are
        claimed once they are due. Suppressions are checked again. `hold` is stored with the
        intent, so that any later run can recall the batch.
        """
        ...

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Store the outcome of a batch; recipients that are `not_sent` can be claimed again.

        A `not_sent` receipt with a fault makes a straggler: it is planned in a batch that is
        due later. Without a fault it can be claimed again at once. The loop has removed the
        fault where the answer says nothing about the reader, such as a quota of ours.
        """
        ...

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        """Do `record`, then `claim` without a hold, both in one commit or neither."""
        ...

    def seconds_until_due(self) -> float | None:
        """Return the seconds until the first batch of stragglers is due; None if there is none."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Note that the loop waited for stragglers: they are due so much earlier.

        With a clock that stands still (NEWSLETTER_NOW) they would never be due otherwise.
        """
        ...

    def unsettled_batches(self) -> Iterable[Batch]:
        """Yield the batches whose outcome is `unknown`; `record` is called between two of them.

        No other process works on them: their lease was given up or has run out.
        """
        ...

    def void(self, batch: Batch) -> None:
        """Store that a batch was recalled: all its recipients can be claimed again."""
        ...
