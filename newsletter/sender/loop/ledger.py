"""What the sender asks of whoever keeps the book."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from newsletter.models import Receipt
from newsletter.sender.batch import Batch, Hold


class Ledger(Protocol):
    """Who was planned, and what became of each. Every call commits before it returns.

    Several processes may work by one book: each batch is handed to one of them only.
    """

    def has_work(self) -> bool:
        """Whether there is anything to claim."""
        ...

    def claim(self, hold: Hold | None) -> Batch | None:
        """The next batch, its intent committed; None when there is nothing to claim.

        Suppression is checked here once more. A stopped issue gives None. `hold` is written
        down with the intent, so that whoever comes after can call the batch back.
        """
        ...

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Writes what became of a batch; what was not sent may be claimed again."""
        ...

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        """`record`, and the next `claim` with no hold, both in one commit or neither."""
        ...

    def unsettled(self) -> Iterable[Batch]:
        """Batches whose outcome is unknown, one at a time; `record` is called in between.

        Nobody else is at work on them: their holder said so, or is gone.
        """
        ...

    def void(self, batch: Batch) -> None:
        """The batch was called back whole: everybody in it may be claimed again."""
        ...
