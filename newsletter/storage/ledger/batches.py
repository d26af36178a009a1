"""Batches as they are claimed, sent and recorded: the moves of models/delivery_state.py in SQL.

A claim marks its deliveries `unknown` before anything is sent (design.md rule 5: intent
before act), so whoever dies then has already told the truth. What is to be tried again goes
into a batch of its own, so that a batch is one attempt for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from newsletter.models import DeliveryStatus
from newsletter.storage.erasure import without_addresses
from newsletter.storage.ledger.transitions import (
    deliveries_in_status,
    move_batch,
    replan_pending,
    set_delivery_status,
)
from newsletter.storage.tables import batch

BATCH_LEFT = "left before the issue went out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Who is about to send what how: written before the socket opens.

    `holder` names the process, `lease_until` the moment (real clock) after which others may
    take it for dead. `hold_id` and `send_at` are the mailer's means to call it back;
    without `send_at` the first names the outbox it is written to, of several.
    """

    attempt_id: str
    holder: str
    lease_until: dt.datetime
    mailer: str
    hold_id: str = ""
    send_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which planned batches somebody takes: those of these ids, and all with higher ones
    than `after` (planned anew). `newest_first` where others begin at the other end.
    """

    ids: tuple[int, ...] = ()
    after: int = 0
    newest_first: bool = False

    def includes(self, batch_id: int) -> bool:
        """Whether a batch is in it."""
        return batch_id > self.after or batch_id in self.ids


EVERYTHING = Share()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBatch:
    """A batch whose intent is committed: (subscriber id, address) of each delivery."""

    id: int
    attempt_id: str
    fence: int
    edition: str
    deliveries: tuple[tuple[int, str], ...]
    hold_id: str = ""
    send_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a claimed batch: its new status, and the subscribers' ids by (new status
    of their delivery, detail), None where it is the same for everybody.
    """

    status: str
    outcomes: Mapping[tuple[DeliveryStatus, str], Sequence[int] | None]
    provider_id: str = ""
    detail: str = ""


def is_planned(connection: Connection, issue_id: int, share: Share = EVERYTHING) -> bool:
    """Whether a batch of the issue, and of that share, waits to be claimed."""
    query = _planned(limited=_is_limited(share), newest_first=share.newest_first)
    asked = query.with_only_columns(batch.c.id).limit(1)
    return connection.scalar(asked, _of(issue_id, share)) is not None


def planned_ids(connection: Connection, issue_id: int) -> tuple[int, ...]:
    """The ids of all batches that wait to be claimed, in their order."""
    query = _planned(limited=False, newest_first=False).with_only_columns(batch.c.id)
    return tuple(connection.scalars(query, _of(issue_id, EVERYTHING)))


def count_in_flight(connection: Connection, issue_id: int) -> int:
    """How many batches somebody is at work on, or was when they died."""
    query = select(func.count()).where(batch.c.issue_id == issue_id, batch.c.status == "intent")
    return int(connection.scalar(query) or 0)


def claim(
    connection: Connection,
    issue_id: int,
    intent: Intent,
    *,
    mailable: Callable[[Sequence[int]], frozenset[int]],
    now: dt.datetime,
    share: Share = EVERYTHING,
) -> ClaimedBatch | None:
    """Takes the next planned batch of the share and marks it and its deliveries as in flight.

    `mailable` tells which subscribers still want mail; the others are suppressed here,
    in the same transaction. None when no batch is left.
    """
    query = _next(limited=_is_limited(share), newest_first=share.newest_first)
    while found := connection.execute(query, _of(issue_id, share)).first():
        waiting = deliveries_in_status(connection, found.id, ("pending",))
        wanted = mailable([subscriber for subscriber, _ in waiting])
        then = _as_values(intent) if wanted else {"status": "empty"}
        if not move_batch(connection, found.id, found.fence, ("planned",), now=now, **then):
            continue
        if len(wanted) < len(waiting):
            left = [subscriber for subscriber, _ in waiting if subscriber not in wanted]
            set_delivery_status(
                connection, found.id, left, "suppressed", BATCH_LEFT, before="pending"
            )
            waiting = tuple((s, a) for s, a in waiting if s in wanted)
        if waiting:
            set_delivery_status(connection, found.id, None, "unknown", "", before="pending")
            return _claimed(found, intent, waiting)
    return None


def record(
    connection: Connection, batch_id: int, fence: int, found: BatchResult, *, now: dt.datetime
) -> bool:
    """Stores what became of a claimed batch; what is pending again is planned anew.

    False, and nothing changed, when somebody else has taken the batch meanwhile.
    """
    values = {"status": found.status, "detail": without_addresses(found.detail)}
    if found.provider_id:
        values["provider_id"] = found.provider_id
    if not move_batch(connection, batch_id, fence, ("intent", "unknown"), now=now, **values):
        return False
    for (then, why), ids in found.outcomes.items():
        set_delivery_status(connection, batch_id, ids, then, why, before="unknown")
    if any(then == "pending" for then, _ in found.outcomes):
        replan_pending(connection, batch_id, now)
    return True


@cache
def _planned(*, limited: bool, newest_first: bool) -> Select[Any]:
    found = select(batch.c.id, batch.c.edition, batch.c.fence).where(
        batch.c.issue_id == bindparam("of_issue"), batch.c.status == "planned"
    )
    if limited:
        named = batch.c.id.in_(bindparam("ids", expanding=True))
        found = found.where(or_(named, batch.c.id > bindparam("after")))
    return found.order_by(batch.c.id.desc() if newest_first else batch.c.id)


@cache
def _next(*, limited: bool, newest_first: bool) -> Select[Any]:
    found = _planned(limited=limited, newest_first=newest_first)
    return found.limit(1).with_for_update(skip_locked=True)


def _is_limited(share: Share) -> bool:
    return bool(share.ids or share.after)


def _of(issue_id: int, share: Share) -> dict[str, Any]:
    if not _is_limited(share):
        return {"of_issue": issue_id}
    return {"of_issue": issue_id, "ids": list(share.ids), "after": share.after}


def _as_values(intent: Intent) -> dict[str, Any]:
    return {"status": "intent"} | asdict(intent)


def _claimed(found: Any, intent: Intent, deliveries: tuple[tuple[int, str], ...]) -> ClaimedBatch:
    return ClaimedBatch(
        id=found.id,
        attempt_id=intent.attempt_id,
        fence=found.fence + 1,
        edition=found.edition,
        deliveries=deliveries,
        hold_id=intent.hold_id,
        send_at=intent.send_at,
    )
