"""Whom a message is for and what became of it: recipients, receipts, and figures of an issue.

Readers are seen here as a delivery sees them: what they choose, which edition they get, and where
a message goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from newsletter.models.seasons import Hemisphere

#: The status of a delivery: one recipient of one issue. `models/delivery_state.py` draws how
#: it may change.
DeliveryStatus = Literal["pending", "accepted", "suppressed", "failed", "unknown"]
#: accepted: the mailer's server took responsibility for the message (RFC 5321, 4.2.5).
#: refused: it rejected the message permanently. not_sent: nothing left this machine, so the
#: message can be tried again. unknown: the message may have been sent.
ReceiptOutcome = Literal["accepted", "refused", "not_sent", "unknown"]
#: The party at fault when a message was refused or not sent:
#: reader_gone:     the address is dead, a hard bounce
#: reader_later:    this reader for now: full, greylisted, busy
#: reader_refuses:  this reader, or their domain, does not want it
#: account:         our login, quota, sender domain or IP address
#: message:         what we wrote: size, content, authentication of the message
#: session:         this connection: hang up and connect again
#: server_later:    the mailer's other side, for everybody, for now
Fault = Literal[
    "reader_gone",
    "reader_later",
    "reader_refuses",
    "account",
    "message",
    "session",
    "server_later",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic that readers may choose: the posts of some categories or feeds.

    A topic without either stands for the posts of no other topic.
    """

    name: str
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A group of readers who get the same edition."""

    #: The edition's key.
    key: str
    hemisphere: Hemisphere
    topics: tuple[str, ...] = ()
    #: The ids of the posts they get, in the issue's order; () for all of the issue's.
    posts: tuple[int, ...] = ()


# A batch creates up to a thousand of them. A struct takes a tenth of the time of a frozen
# dataclass.
class Recipient(Struct, frozen=True, kw_only=True, gc=False):
    """The reader whom a message is for."""

    subscriber_id: int
    address: str
    #: The merge fields, each with its value as plain text.
    fields: tuple[tuple[str, str], ...] = ()


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """A mailer's answer about one recipient of a batch."""

    subscriber_id: int
    outcome: ReceiptOutcome
    #: The server's own words, such as "550 5.1.1 No such user", or another reason; "" for none.
    detail: str = ""
    #: The mailer's own id of the message or request, "" if it gave none.
    provider_id: str = ""
    #: The party at fault; "" for accepted and where it is unknown.
    fault: Fault | Literal[""] = ""
    #: Whether it was not sent only because other recipients of the same request are refused.
    held_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The number of an issue's deliveries in each status.

    planned = pending + accepted + suppressed + failed + unknown, at any time.
    """

    planned: int = 0
    accepted: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0

    @classmethod
    def from_counts(cls, counts: Mapping[DeliveryStatus, int]) -> Figures:
        """Return the figures for a number of deliveries in each status."""
        return cls(
            planned=sum(counts.values()),
            accepted=counts.get("accepted", 0),
            suppressed=counts.get("suppressed", 0),
            failed=counts.get("failed", 0),
            unknown=counts.get("unknown", 0),
            pending=counts.get("pending", 0),
        )
