"""The rows of the model: a delivery, and a batch that is one attempt for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.models import DeliveryStatus, Recipient
from newsletter.models.delivery_state import BatchState
from newsletter.sender.batch import Hold
from tests.simulator.scheduler import BEGIN


@dataclass(slots=True)
class Delivery:
    """One reader's."""

    person: Recipient
    status: DeliveryStatus = "pending"


@dataclass(slots=True)
class Attempt:
    """A batch with the deliveries that are in it now. Its id is its place, from 1."""

    id: int
    deliveries: list[Delivery] = field(default_factory=list)
    status: BatchState = "planned"
    fence: int = 0
    attempt_id: str = ""
    holder: str = ""
    lease_until: dt.datetime = BEGIN
    hold_id: str = ""
    send_at: dt.datetime | None = None

    def move(self, fence: int, among: Sequence[BatchState], status: BatchState) -> bool:
        """Compare-and-set; the fence goes up with each move, so that of two one fails."""
        if self.fence != fence or self.status not in among:
            return False
        self.status = status
        self.fence += 1
        return True

    def mark(self, status: DeliveryStatus, *, among: Sequence[DeliveryStatus]) -> None:
        """Gives those of these statuses a new one."""
        for one in self.deliveries:
            if one.status in among:
                one.status = status

    def intend(self, holder: str, lease_until: dt.datetime, hold: Hold | None) -> None:
        """Somebody is about to send it."""
        self.status = "intent"
        self.attempt_id = f"attempt-{self.id}"
        self.holder, self.lease_until = holder, lease_until
        self.hold_id, self.send_at = (hold.id, hold.send_at) if hold else ("", None)

    def hold(self) -> Hold | None:
        """The means to call it back."""
        return Hold(id=self.hold_id, send_at=self.send_at) if self.send_at else None
