"""What the consent log keeps, and how little of it.

The log is append-only evidence of who agreed to what (GDPR Art. 7(1)); it holds no
address, no full IP and no text, only what proves which text was shown.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Literal

from subscribers.lifecycle import GONE
from subscribers.models import Actor, Consent, ConsentEvent, Status

_EVENT_OF: dict[Status, ConsentEvent] = {
    "active": "confirmed",
    "pending": "subscribed",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
}


def change(subscriber_id: int, status: Status, *, by: Actor, at: datetime, source: str) -> Consent:
    """The line for a known subscriber whose status `by` has turned into `status`."""
    event = "added" if status == "active" and by == "author" else _EVENT_OF[status]
    return Consent(subscriber_id=subscriber_id, event=event, at=at, actor=by, source=source)


def arrival(
    subscriber_id: int,
    status: Status,
    how: Literal["added", "imported"],
    *,
    at: datetime,
    source: str,
) -> Consent:
    """The line for somebody the author has put on the list.

    It says by whose word, unless they came as somebody who had left elsewhere.
    """
    return Consent(
        subscriber_id=subscriber_id,
        event=arrival_event(status, how),
        at=at,
        actor="author",
        source=source,
    )


def arrival_event(status: Status, how: Literal["added", "imported"]) -> ConsentEvent:
    """The event of an arrival: `how` for the living, the status's own for who had left."""
    return _EVENT_OF[status] if status in GONE else how


def wording_hash(text: str) -> str:
    """SHA-256 in hex of the words a person agreed to."""
    return hashlib.sha256(text.encode()).hexdigest()


def truncated_ip(text: str) -> str:
    """The network an IP address is in: /24 for IPv4, /48 for IPv6; "" for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    width = 24 if address.version == 4 else 48  # noqa: PLR2004  # the version's own number
    return str(ip_network((address, width), strict=False).network_address)
