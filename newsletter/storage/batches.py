"""Batches as they are claimed, sent and recorded: the moves of sender/states.py in SQL.

A claim marks its deliveries `unknown` before anything is sent (design.md rule 5: intent
before act), so whoever dies then has already told the truth. Each move is a
compare-and-set on the batch's status and fence: of several that try, one succeeds. What is
to be tried again goes into a batch of its own, so that a batch is one attempt for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from newsletter.models import DeliveryStatus
from newsletter.storage.erasure import without_addresses
from newsletter.storage.tables import batch, delivery, issue

CANCELLED = "cancelled"
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
    than `after` (what is planned anew). `newest_first` where others begin at the other end.
    """

    ids: tuple[int, ...] = ()
    after: int = 0
    newest_first: bool = False

    def holds(self, batch_id: int) -> bool:
        """Whether a batch is in it."""
        return batch_id > self.after or batch_id in self.ids


EVERYTHING = Share()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A batch whose intent is committed: (subscriber id, address) of each delivery."""

    id: int
    attempt_id: str
    fence: int
    edition: str
    deliveries: tuple[tuple[int, str], ...]
    hold_id: str = ""
    send_at: dt.datetime | None = None


def is_planned(connection: Connection, issue_id: int, share: Share = EVERYTHING) -> bool:
    """Whether a batch of the issue, and of that share, waits to be claimed."""
    query = _planned(issue_id, share).with_only_columns(batch.c.id)
    return connection.scalar(query.limit(1)) is not None


def planned_ids(connection: Connection, issue_id: int) -> tuple[int, ...]:
    """The ids of all batches that wait to be claimed, in their order."""
    query = _planned(issue_id, EVERYTHING).with_only_columns(batch.c.id)
    return tuple(connection.scalars(query))


def in_flight(connection: Connection, issue_id: int) -> int:
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
) -> Claimed | None:
    """Takes the next planned batch of the share and marks it and its deliveries as in flight.

    `mailable` tells which subscribers still want mail; the others are suppressed here,
    in the same transaction. None when no batch is left.
    """
    while True:
        found = connection.execute(
            _planned(issue_id, share).limit(1).with_for_update(skip_locked=True)
        ).first()
        if found is None:
            return None
        if not move(connection, found.id, found.fence, ("planned",), status="empty", now=now):
            continue
        waiting = in_status(connection, found.id, ("pending",))
        wanted = mailable([subscriber for subscriber, _ in waiting])
        unwanted = [subscriber for subscriber, _ in waiting if subscriber not in wanted]
        mark(connection, found.id, unwanted, "suppressed", BATCH_LEFT, among=("pending",))
        chosen = tuple((s, a) for s, a in waiting if s in wanted)
        if not chosen:
            continue
        mark(connection, found.id, None, "unknown", "", among=("pending",))
        _write_intent(connection, found.id, found.fence + 1, intent, now)
        return Claimed(
            id=found.id,
            attempt_id=intent.attempt_id,
            fence=found.fence + 1,
            edition=found.edition,
            deliveries=chosen,
            hold_id=intent.hold_id,
            send_at=intent.send_at,
        )


def record(
    connection: Connection,
    batch_id: int,
    fence: int,
    outcomes: Mapping[tuple[DeliveryStatus, str], Sequence[int]],
    *,
    status: str,
    provider_id: str,
    detail: str,
    now: dt.datetime,
) -> bool:
    """Stores what became of a claimed batch: the subscribers' ids by (new status, detail).

    What is pending again is planned anew. False, and nothing changed, when somebody else
    has taken the batch meanwhile.
    """
    values = {"status": status, "detail": without_addresses(detail)} | (
        {"provider_id": provider_id} if provider_id else {}
    )
    if not move(connection, batch_id, fence, ("intent", "unknown"), now=now, **values):
        return False
    for (then, why), ids in outcomes.items():
        everybody = len(outcomes) == 1
        mark(connection, batch_id, None if everybody else ids, then, why, among=("unknown",))
    if any(then == "pending" for then, _ in outcomes):
        replan(connection, batch_id, now)
    return True


def replan(connection: Connection, batch_id: int, now: dt.datetime) -> None:
    """Moves a batch's pending deliveries into a new batch, planned.

    Of an issue that was cancelled meanwhile they are given up like the rest of it.
    """
    of = connection.execute(
        select(batch.c.issue_id, batch.c.edition, issue.c.status)
        .join(issue, issue.c.id == batch.c.issue_id)
        .where(batch.c.id == batch_id)
    ).one()
    if of.status == "cancelled":
        mark(connection, batch_id, None, "failed", CANCELLED, among=("pending",))
        return
    fresh = open_batch(connection, of.issue_id, of.edition, now)
    connection.execute(
        update(delivery)
        .where(delivery.c.batch_id == batch_id, delivery.c.status == "pending")
        .values(batch_id=fresh)
    )


def open_batch(connection: Connection, issue_id: int, edition: str, now: dt.datetime) -> int:
    """A new batch, planned and still without deliveries; returns its id."""
    result = connection.execute(
        insert(batch).values(issue_id=issue_id, edition=edition, status="planned", updated_at=now)
    )
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    return int(result.inserted_primary_key[0])


def in_status(
    connection: Connection, batch_id: int, statuses: Sequence[DeliveryStatus]
) -> tuple[tuple[int, str], ...]:
    """(subscriber id, address) of the batch's deliveries in one of these statuses."""
    rows = connection.execute(
        select(delivery.c.subscriber_id, delivery.c.address)
        .where(delivery.c.batch_id == batch_id, delivery.c.status.in_(statuses))
        .order_by(delivery.c.id)
    )
    return tuple((row[0], row[1]) for row in rows.all())


def mark(
    connection: Connection,
    batch_id: int,
    ids: Sequence[int] | None,
    status: DeliveryStatus,
    detail: str,
    *,
    among: Sequence[DeliveryStatus],
) -> None:
    """Gives these subscribers' deliveries a new status; None means the whole batch's.

    Only deliveries that are `among` these statuses now are touched.
    """
    if ids is not None and not ids:
        return
    query = update(delivery).where(
        delivery.c.batch_id == batch_id, delivery.c.status.in_(tuple(among))
    )
    if ids is not None:
        query = query.where(delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)))
    connection.execute(
        query.values(status=status, detail=without_addresses(detail)),
        {} if ids is None else {"ids": list(ids)},
    )


def _planned(issue_id: int, share: Share) -> Select[Any]:
    found = select(batch.c.id, batch.c.edition, batch.c.fence).where(
        batch.c.issue_id == issue_id, batch.c.status == "planned"
    )
    if share.ids or share.after:
        found = found.where(batch.c.id.in_(share.ids) | (batch.c.id > share.after))
    return found.order_by(batch.c.id.desc() if share.newest_first else batch.c.id)


def _write_intent(
    connection: Connection, batch_id: int, fence: int, intent: Intent, now: dt.datetime
) -> None:
    connection.execute(
        update(batch)
        .where(batch.c.id == batch_id)
        .values(
            status="intent",
            fence=fence,
            attempt_id=intent.attempt_id,
            holder=intent.holder,
            lease_until=intent.lease_until,
            mailer=intent.mailer,
            hold_id=intent.hold_id,
            send_at=intent.send_at,
            updated_at=now,
        )
    )


def move(
    connection: Connection,
    batch_id: int,
    fence: int,
    among: Sequence[str],
    *,
    now: dt.datetime,
    **values: Any,
) -> bool:
    """Compare-and-set; the fence goes up with each move, so that of two one fails."""
    moved = connection.execute(
        update(batch)
        .where(batch.c.id == batch_id, batch.c.fence == fence, batch.c.status.in_(tuple(among)))
        .values(fence=batch.c.fence + 1, updated_at=now, **values)
    )
    return moved.rowcount == 1
