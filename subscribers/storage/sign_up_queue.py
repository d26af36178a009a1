"""Requests by the public form: counted and kept until they are worked off."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from subscribers.limits import HOUR, WEEK, SignUpLimits, address_mark, network_mark
from subscribers.models import SignUp
from subscribers.storage.tables import gate, sign_ups

Admission = Literal["in", "network", "shut"]
_GATE = 1
# One look, and made once: in a flood every request asks for it.
_COUNTED = select(
    func.count(), func.count().filter(sign_ups.c.network_mark == bindparam("network"))
).where(sign_ups.c.at > bindparam("since"))


def admission(
    conn: Connection, ip: str, *, now: datetime, secret: str, limits: SignUpLimits
) -> Admission:
    """Whether one more request from `ip` may come in: network and shut say what is full.

    It depends on nothing that is known of any address. `now` is the real clock's.
    """
    asked = {"since": now - HOUR, "network": network_mark(ip, secret)}
    everybody, theirs = conn.execute(_COUNTED, asked).one()
    if everybody >= limits.all_hour:
        return "shut"
    return "network" if theirs >= limits.network_hour else "in"


def admit(
    conn: Connection,
    wish: SignUp,
    ip: str,
    *,
    now: datetime,
    secret: str,
    limits: SignUpLimits,
    mover: int = 0,
) -> Admission:
    """Keeps a request if it may come in, for whoever works off what waits.

    `mover` is the subscriber who wants to be written to at `wish.address` from now on, 0
    for a sign-up. Nothing else is looked at here, so that a request takes the same time
    whoever the address belongs to.
    """
    # Taking this row keeps every other process from counting at the same time.
    conn.execute(update(gate).where(gate.c.id == _GATE).values(counted=gate.c.counted + 1))
    found = admission(conn, ip, now=now, secret=secret, limits=limits)
    if found == "shut":
        conn.execute(update(gate).where(gate.c.id == _GATE).values(shut_at=now))
    if found != "in":
        return found
    conn.execute(
        insert(sign_ups).values(
            at=now,
            address_mark=address_mark(wish.address, secret),
            network_mark=network_mark(ip, secret),
            waiting=True,
            wish=json.dumps(asdict(wish) | {"mover": mover}),
        )
    )
    return "in"


def shut_since(conn: Connection, since: datetime) -> datetime | None:
    """When the form was last shut for too many requests, if that was after `since`."""
    return conn.scalar(select(gate.c.shut_at).where(gate.c.id == _GATE, gate.c.shut_at > since))


def next_waiting(conn: Connection) -> tuple[int, str] | None:
    """The oldest request that waits: its id and the address. None when none does."""
    asked = (
        select(sign_ups.c.id, sign_ups.c.wish)
        .where(sign_ups.c.waiting.is_(True))
        .order_by(sign_ups.c.id)
    )
    found = conn.execute(asked.limit(1)).first()
    return (found.id, str(json.loads(found.wish)["address"])) if found else None


def take(conn: Connection, request_id: int) -> tuple[SignUp, int] | None:
    """The wish and the mover of a request, which waits no longer.

    None when another process has it: two never get the same.
    """
    wish = conn.scalar(select(sign_ups.c.wish).where(sign_ups.c.id == request_id))
    taken = (
        update(sign_ups)
        .where(sign_ups.c.id == request_id, sign_ups.c.waiting.is_(True))
        .values(waiting=False, wish="")
    )
    if conn.execute(taken).rowcount == 0:
        return None
    return _read(json.loads(wish or "{}"))


def letters_before(
    conn: Connection, address: str, *, now: datetime, secret: str
) -> tuple[tuple[str, datetime], ...]:
    """(kind, moment) of the letters that requests of the last week sent to an address."""
    asked = select(sign_ups.c.letter, sign_ups.c.at).where(
        sign_ups.c.address_mark == address_mark(address, secret),
        sign_ups.c.at > now - WEEK,
        sign_ups.c.letter != "",
    )
    return tuple((row.letter, row.at) for row in conn.execute(asked))


def settle(conn: Connection, request_id: int, letter: str) -> None:
    """Notes which letter came of a request, "" for none."""
    conn.execute(update(sign_ups).where(sign_ups.c.id == request_id).values(letter=letter))


def sweep(conn: Connection, *, now: datetime) -> int:
    """Forgets the requests that no limit counts any more; returns how many."""
    old = delete(sign_ups).where(sign_ups.c.at < now - WEEK, sign_ups.c.waiting.is_(False))
    return conn.execute(old).rowcount


def _read(kept: dict[str, Any]) -> tuple[SignUp, int]:
    mover = int(kept.pop("mover"))
    return SignUp(**kept | {"topics": tuple(kept["topics"])}), mover
