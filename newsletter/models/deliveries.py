"""What became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

DeliveryStatus = Literal["pending", "accepted", "suppressed", "failed", "unknown"]


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """What a mailer knows of one recipient after trying.

    accepted: the other side took the message. refused: it will not, for good.
    not_sent: nothing left this machine, try again. unknown: nobody can say.
    """

    subscriber_id: int
    outcome: Literal["accepted", "refused", "not_sent", "unknown"]
    detail: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An issue's count. planned = pending + accepted + suppressed + failed + unknown."""

    planned: int = 0
    accepted: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0
