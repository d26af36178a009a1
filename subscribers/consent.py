"""Build entries of the consent log.

The log is append-only evidence of who agreed to what (GDPR Art. 7(1)). It is kept small
(Art. 5(1)(c)): no address, no full IP address and no text, only a hash that proves which
wording the person saw.
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


def status_entry(
    subscriber_id: int, status: Status, *, by: Actor, at: datetime, source: str
) -> Consent:
    """Return the entry for a known subscriber whose status `by` changed to `status`."""
    event = "added" if status == "active" and by == "author" else _EVENT_OF[status]
    return Consent(subscriber_id=subscriber_id, event=event, at=at, actor=by, source=source)


def arrival_entry(
    subscriber_id: int,
    status: Status,
    how: Literal["added", "imported"],
    *,
    at: datetime,
    source: str,
) -> Consent:
    """Return the entry for a person the author put on the list.

    The event is `how`, or the status itself for a person who had left elsewhere.
    """
    event = _EVENT_OF[status] if status in GONE else how
    return Consent(subscriber_id=subscriber_id, event=event, at=at, actor="author", source=source)


def hash_wording(text: str) -> str:
    """Return the SHA-256 in hex of the wording a person agreed to."""
    return hashlib.sha256(text.encode()).hexdigest()


def truncate_ip(text: str) -> str:
    """Return the network of an IP address: /24 for IPv4, /48 for IPv6; "" for any other text."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    width = 24 if address.version == 4 else 48  # noqa: PLR2004  # the version's own number
    return str(ip_network((address, width), strict=False).network_address)
