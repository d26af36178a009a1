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
    """

    def has_work(self) -> bool:
        """Whether a batch can be claimed."""
        ...

    def claim(self, hold: Hold | None) -> Batch | None:
        """Claim the next batch and commit its intent, before anything leaves this machine.

        Return None if no batch is left or the issue was stopped. Suppressions are checked
        again. `hold` is stored with the intent, so that any later run can recall the batch.
        """
        ...

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Store the outcome of a batch; recipients that are `not_sent` can be claimed again."""
        ...

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        """Do `record`, then `claim` without a hold, both in one commit or neither."""
        ...

    def unsettled_batches(self) -> Iterable[Batch]:
        """Yield the batches whose outcome is `unknown`; `record` is called between two of them.

        No other process works on them: their lease was given up or has run out.
        """
        ...

    def void(self, batch: Batch) -> None:
        """Store that a batch was recalled: all its recipients can be claimed again."""
        ...
