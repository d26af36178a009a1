"""The state machine of a subscriber's status, and what the consent log says of each change. Pure.

    (new) ──▶ pending ──▶ active ──▶ unsubscribed
                                └──▶ bounced, complained

A person who unsubscribed, bounced or complained returns only by their own wish, through
pending and a new confirmation. Nothing that the author adds or imports revives them.

The consent log is append-only evidence of who agreed to what (GDPR Art. 7(1)). It is kept small
(Art. 5(1)(c)): no address, no full IP address and no text, only a hash that proves which
wording the person saw.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Literal

from subscribers.models import Actor, Consent, ConsentEvent, Status, Subscriber

_ANYONE: frozenset[Actor] = frozenset({"subscriber", "author", "mailer"})
_BY_PERSON: frozenset[Actor] = frozenset({"subscriber", "author"})
_BY_SUBSCRIBER: frozenset[Actor] = frozenset({"subscriber"})
# The author imports bounces and complaints from another program's export.
_BY_MACHINE: frozenset[Actor] = frozenset({"mailer", "author"})
_BY_MAILER: frozenset[Actor] = frozenset({"mailer"})

_ALLOWED: dict[tuple[Status, Status], frozenset[Actor]] = {
    ("pending", "active"): _BY_PERSON,
    ("pending", "unsubscribed"): _ANYONE,
    ("pending", "bounced"): _BY_MACHINE,
    ("pending", "complained"): _BY_MACHINE,
    ("active", "unsubscribed"): _ANYONE,
    ("active", "bounced"): _BY_MACHINE,
    ("active", "complained"): _BY_MACHINE,
    ("bounced", "unsubscribed"): _BY_PERSON,
    ("bounced", "complained"): _BY_MAILER,
    ("unsubscribed", "complained"): _BY_MAILER,
    ("unsubscribed", "pending"): _BY_SUBSCRIBER,
    ("bounced", "pending"): _BY_SUBSCRIBER,
    ("complained", "pending"): _BY_SUBSCRIBER,
}
GONE: frozenset[Status] = frozenset({"unsubscribed", "bounced", "complained"})
_EVENT_OF: dict[Status, ConsentEvent] = {
    "active": "confirmed",
    "pending": "subscribed",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "complained": "complained",
}


def may_become(now: Status, then: Status, by: Actor) -> bool:
    """Return whether `by` may change a subscriber's status from `now` to `then`."""
    return by in _ALLOWED.get((now, then), frozenset())


def origins(then: Status, by: Actor) -> tuple[Status, ...]:
    """Return the statuses that `by` may change to `then`: the guard of a compare-and-set."""
    return tuple(now for (now, to), actors in _ALLOWED.items() if to == then and by in actors)


def status_by_author(now: Status, wanted: Status) -> Status:
    """Return the status of a known subscriber whom the author adds or imports as `wanted`.

    A person who left is not revived, and a confirmed subscriber does not go back to pending.
    """
    if now in GONE:
        return now
    return wanted if may_become(now, wanted, "author") else now


def stricter_status(first: Status, second: Status) -> Status:
    """Return the status that forbids more, where two sources disagree about a person."""
    order: tuple[Status, ...] = ("active", "pending", "unsubscribed", "bounced", "complained")
    return max(first, second, key=order.index)


def merge_subscriber(known: Subscriber, offered: Subscriber) -> Subscriber:
    """Return `known` after the author added or imported `offered`, the same person.

    Empty fields of `offered` erase nothing, and the address keeps its first spelling. A
    person who left stays unchanged, also while a new confirmation is pending.
    """
    if known.status in GONE or known.previous_status:
        return known
    return replace(
        known,
        status=status_by_author(known.status, offered.status),
        name=offered.name or known.name,
        hemisphere=offered.hemisphere or known.hemisphere,
        rhythm=offered.rhythm or known.rhythm,
        topics=offered.topics or known.topics,
        tags=offered.tags or known.tags,
        confirmed_at=known.confirmed_at or offered.confirmed_at,
        source=known.source or offered.source,
        signed_up_at=known.signed_up_at or offered.signed_up_at,
    )


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
