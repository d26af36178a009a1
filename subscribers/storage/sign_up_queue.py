"""The queue of sign-up form requests, and the rate limit that guards it.

The form only counts and stores a request. A worker claims and processes it later, so that
the visitor's answer takes the same time whether or not an address is on the list.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from subscribers.models import SignUp
from subscribers.rate_limit import HOUR, WEEK, SignUpLimits, address_digest, network_digest
from subscribers.storage.tables import gate, sign_ups

#: accepted, or which limit is exceeded: that of the visitor's network, or that of the site.
Admission = Literal["accepted", "network limit", "site limit"]
_GATE = 1
# One statement, compiled once: in a flood every request runs it.
_COUNT = select(
    func.count(), func.count().filter(sign_ups.c.network_mark == bindparam("network"))
).where(sign_ups.c.at > bindparam("since"))


def check_limits(
    connection: Connection, ip: str, *, now: datetime, secret: str, limits: SignUpLimits
) -> Admission:
    """Return whether the rate limit lets one more request from `ip` in.

    The answer depends on nothing known of any address. `now` is the real clock's time.
    """
    window = {"since": now - HOUR, "network": network_digest(ip, secret)}
    total, from_network = connection.execute(_COUNT, window).one()
    if total >= limits.all_hour:
        return "site limit"
    return "network limit" if from_network >= limits.network_hour else "accepted"


def enqueue(
    connection: Connection,
    sign_up: SignUp,
    ip: str,
    *,
    now: datetime,
    secret: str,
    limits: SignUpLimits,
    mover_id: int = 0,
) -> Admission:
    """Store a request for the worker if the rate limit lets it in.

    `mover_id` is the subscriber who wants to change to `sign_up.address`, 0 for a sign-up.
    The list itself is not read, so that a request takes the same time for every address.
    """
    # Updating this row serialises the count: no other process counts at the same time.
    connection.execute(update(gate).where(gate.c.id == _GATE).values(counted=gate.c.counted + 1))
    admission = check_limits(connection, ip, now=now, secret=secret, limits=limits)
    if admission == "site limit":
        connection.execute(update(gate).where(gate.c.id == _GATE).values(shut_at=now))
    if admission != "accepted":
        return admission
    connection.execute(
        insert(sign_ups).values(
            at=now,
            address_mark=address_digest(sign_up.address, secret),
            network_mark=network_digest(ip, secret),
            waiting=True,
            wish=json.dumps(asdict(sign_up) | {"mover": mover_id}),
        )
    )
    return "accepted"


def last_closed(connection: Connection, since: datetime) -> datetime | None:
    """Return when the site's limit was last exceeded, if that was after `since`."""
    return connection.scalar(
        select(gate.c.shut_at).where(gate.c.id == _GATE, gate.c.shut_at > since)
    )


def oldest_waiting(connection: Connection) -> tuple[int, str] | None:
    """Return the id and the address of the oldest waiting request; None if there is none."""
    query = (
        select(sign_ups.c.id, sign_ups.c.wish)
        .where(sign_ups.c.waiting.is_(True))
        .order_by(sign_ups.c.id)
    )
    row = connection.execute(query.limit(1)).first()
    return (row.id, str(json.loads(row.wish)["address"])) if row else None


def claim(connection: Connection, request_id: int) -> tuple[SignUp, int] | None:
    """Return the sign-up and the mover's id of a waiting request, and end its wait.

    A compare-and-set: return None if another process has claimed it.
    """
    stored = connection.scalar(select(sign_ups.c.wish).where(sign_ups.c.id == request_id))
    compare_and_set = (
        update(sign_ups)
        .where(sign_ups.c.id == request_id, sign_ups.c.waiting.is_(True))
        .values(waiting=False, wish="")
    )
    if connection.execute(compare_and_set).rowcount == 0:
        return None
    return _decode(json.loads(stored or "{}"))


def recent_mail(
    connection: Connection, address: str, *, now: datetime, secret: str
) -> tuple[tuple[str, datetime], ...]:
    """Return (kind, moment) of the messages that last week's requests sent to an address."""
    query = select(sign_ups.c.letter, sign_ups.c.at).where(
        sign_ups.c.address_mark == address_digest(address, secret),
        sign_ups.c.at > now - WEEK,
        sign_ups.c.letter != "",
    )
    return tuple((row.letter, row.at) for row in connection.execute(query))


def record_mail(connection: Connection, request_id: int, kind: str) -> None:
    """Record the kind of message that a request led to."""
    connection.execute(update(sign_ups).where(sign_ups.c.id == request_id).values(letter=kind))


def delete_expired(connection: Connection, *, now: datetime) -> int:
    """Delete the requests that no limit counts any more; return how many."""
    expired = delete(sign_ups).where(sign_ups.c.at < now - WEEK, sign_ups.c.waiting.is_(False))
    return connection.execute(expired).rowcount


def _decode(stored: dict[str, Any]) -> tuple[SignUp, int]:
    mover_id = int(stored.pop("mover"))
    return SignUp(**stored | {"topics": tuple(stored["topics"])}), mover_id
