"""The ledger: who was to get an issue, and what became of it.

A claim marks its deliveries `unknown` before anything is sent (design.md rule 5:
intent before act). Whoever dies then has already told the truth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select, update

from newsletter.models import DeliveryStatus, Figures
from newsletter.storage.tables import batch, delivery

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A delivery to be: made at freeze."""

    subscriber_id: int
    address: str
    edition: str
    suppressed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A batch whose intent is committed: its number, attempt, edition and deliveries."""

    id: int
    attempt_id: str
    edition: str
    deliveries: tuple[tuple[int, str], ...]


def plan(
    connection: Connection,
    issue_id: int,
    planned: Iterable[Planned],
    *,
    batch_size: int,
    now: dt.datetime,
) -> None:
    """Writes the deliveries in batches, an edition each, in flat memory."""
    open_batches: dict[str, tuple[int, int]] = {}
    rows: list[dict[str, object]] = []
    for one in planned:
        batch_id, room = open_batches.get(one.edition, (0, 0))
        if room == 0:
            batch_id, room = _open(connection, issue_id, one.edition, now), batch_size
        open_batches[one.edition] = (batch_id, room - 1)
        rows.append(
            {
                "issue_id": issue_id,
                "batch_id": batch_id,
                "subscriber_id": one.subscriber_id,
                "address": one.address,
                "status": "suppressed" if one.suppressed else "pending",
                "detail": one.suppressed,
            }
        )
        if len(rows) == _PAGE:
            connection.execute(insert(delivery), rows)
            rows.clear()
    if rows:
        connection.execute(insert(delivery), rows)


def claim(
    connection: Connection,
    issue_id: int,
    *,
    attempt_id: str,
    mailable: Callable[[Sequence[int]], frozenset[int]],
    now: dt.datetime,
) -> Claimed | None:
    """Takes the next planned batch and marks it and its deliveries as in flight.

    `mailable` tells which subscribers still want mail; the others are suppressed here,
    in the same transaction. None when no batch is left.
    """
    while True:
        found = connection.execute(
            select(batch.c.id, batch.c.edition)
            .where(batch.c.issue_id == issue_id, batch.c.status == "planned")
            .order_by(batch.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if found is None:
            return None
        waiting = _in_status(connection, found.id, "pending")
        wanted = mailable([subscriber for subscriber, _ in waiting])
        unwanted = [s for s, _ in waiting if s not in wanted]
        _mark(connection, found.id, unwanted, "suppressed", "left before the issue went out")
        chosen = tuple((s, a) for s, a in waiting if s in wanted)
        _mark(connection, found.id, [s for s, _ in chosen], "unknown", "")
        status = "intent" if chosen else "done"
        _set_batch(connection, found.id, status=status, attempt_id=attempt_id, now=now)
        if chosen:
            return Claimed(
                id=found.id, attempt_id=attempt_id, edition=found.edition, deliveries=chosen
            )


def record(
    connection: Connection,
    batch_id: int,
    outcomes: Mapping[DeliveryStatus, Sequence[tuple[int, str]]],
    *,
    provider_id: str,
    detail: str,
    now: dt.datetime,
) -> None:
    """Stores what became of a claimed batch: (subscriber id, detail) by new status.

    Deliveries that are pending again make the batch planned again; unknown ones keep it
    unsettled; otherwise it is done.
    """
    for status, found in outcomes.items():
        by_detail: dict[str, list[int]] = {}
        for subscriber_id, why in found:
            by_detail.setdefault(why, []).append(subscriber_id)
        for why, ids in by_detail.items():
            _mark(connection, batch_id, ids, status, why)
    if _in_status(connection, batch_id, "pending"):
        status_of_batch = "planned"
    elif _in_status(connection, batch_id, "unknown"):
        status_of_batch = "unknown"
    else:
        status_of_batch = "done"
    _set_batch(
        connection,
        batch_id,
        status=status_of_batch,
        provider_id=provider_id,
        detail=detail,
        now=now,
    )


def unsettled(connection: Connection, issue_id: int) -> tuple[Claimed, ...]:
    """Batches whose outcome nobody recorded, with their unknown deliveries."""
    rows = connection.execute(
        select(batch.c.id, batch.c.attempt_id, batch.c.edition)
        .where(batch.c.issue_id == issue_id, batch.c.status.in_(("intent", "unknown")))
        .order_by(batch.c.id)
    ).all()
    return tuple(
        Claimed(
            id=row.id,
            attempt_id=row.attempt_id,
            edition=row.edition,
            deliveries=_in_status(connection, row.id, "unknown"),
        )
        for row in rows
    )


def figures(connection: Connection, issue_id: int) -> Figures:
    """The issue's count by status; it always adds up to what was planned."""
    query = (
        select(delivery.c.status, func.count())
        .where(delivery.c.issue_id == issue_id)
        .group_by(delivery.c.status)
    )
    counts = {row[0]: int(row[1]) for row in connection.execute(query)}
    return Figures(planned=sum(counts.values()), **counts)


def give_up_pending(connection: Connection, issue_id: int, why: str, now: dt.datetime) -> None:
    """The author cancelled: what is pending fails, and no batch is left to claim."""
    connection.execute(
        update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status == "pending")
        .values(status="failed", detail=why)
    )
    connection.execute(
        update(batch)
        .where(batch.c.issue_id == issue_id, batch.c.status == "planned")
        .values(status="done", updated_at=now)
    )


def _open(connection: Connection, issue_id: int, edition: str, now: dt.datetime) -> int:
    result = connection.execute(
        insert(batch).values(
            issue_id=issue_id,
            edition=edition,
            status="planned",
            attempt_id="",
            provider_id="",
            detail="",
            updated_at=now,
        )
    )
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    return int(result.inserted_primary_key[0])


def _in_status(
    connection: Connection, batch_id: int, status: DeliveryStatus
) -> tuple[tuple[int, str], ...]:
    rows = connection.execute(
        select(delivery.c.subscriber_id, delivery.c.address)
        .where(delivery.c.batch_id == batch_id, delivery.c.status == status)
        .order_by(delivery.c.id)
    )
    return tuple((row[0], row[1]) for row in rows)


def _mark(
    connection: Connection, batch_id: int, ids: Sequence[int], status: DeliveryStatus, detail: str
) -> None:
    if not ids:
        return
    query = (
        update(delivery)
        .where(
            delivery.c.batch_id == batch_id,
            delivery.c.subscriber_id.in_(bindparam("ids", expanding=True)),
        )
        .values(status=status, detail=detail)
    )
    connection.execute(query, {"ids": list(ids)})


def _set_batch(connection: Connection, batch_id: int, *, now: dt.datetime, **values: str) -> None:
    connection.execute(update(batch).where(batch.c.id == batch_id).values(updated_at=now, **values))
