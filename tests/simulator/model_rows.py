"""The rows of the model: a delivery, and a batch, which is one attempt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from newsletter.models import DeliveryStatus, Fault, Recipient
from newsletter.models.delivery_state import BatchStatus
from newsletter.sender.batch import Hold
from tests.simulator.scheduler import START


@dataclass(slots=True)
class DeliveryRow:
    """The delivery to one reader."""

    recipient: Recipient
    status: DeliveryStatus = "pending"
    fault: Fault | Literal[""] = ""
    tries: int = 0
    deferred_at: dt.datetime | None = None


@dataclass(slots=True)
class BatchRow:
    """A batch and its current deliveries; `id` is its position in the list, from 1."""

    id: int
    deliveries: list[DeliveryRow] = field(default_factory=list)
    status: BatchStatus = "planned"
    fence: int = 0
    attempt_id: str = ""
    holder: str = ""
    lease_until: dt.datetime = START
    hold_id: str = ""
    send_at: dt.datetime | None = None
    #: Set for a batch of stragglers.
    not_before: dt.datetime | None = None

    def move(self, fence: int, origins: Sequence[BatchStatus], status: BatchStatus) -> bool:
        """Compare-and-set the status; each move increments the fencing token."""
        if self.fence != fence or self.status not in origins:
            return False
        self.status = status
        self.fence += 1
        return True

    def write_intent(self, holder: str, lease_until: dt.datetime, hold: Hold | None) -> None:
        """Record that a holder is about to send the batch."""
        self.status = "intent"
        self.attempt_id = f"attempt-{self.id}"
        self.holder, self.lease_until = holder, lease_until
        self.hold_id, self.send_at = (hold.id, hold.send_at) if hold else ("", None)

    def hold(self) -> Hold | None:
        """Return the hold by which the batch can be recalled."""
        return Hold(id=self.hold_id, send_at=self.send_at) if self.send_at else None
