"""Batches whose outcome is unknown: expired, recalled, or decided by the author."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection, Exists, exists, select, update

from newsletter.models.delivery_state import batch_origins, delivery_origins
from newsletter.storage.ledger.batches import ClaimedBatch
from newsletter.storage.ledger.deliveries import close_settled
from newsletter.storage.ledger.transitions import (
    LEFT,
    deliveries_in_status,
    move_batch,
    replan_pending,
    set_delivery_status,
)
from newsletter.storage.tables import batch, delivery, event

_LONGER_THAN_ANY_LEASE = dt.timedelta(hours=1)

_VOID = batch_origins("void")
_VOID_DELIVERY = delivery_origins("pending", "accepted", "unknown")
# Each of these is narrower than the state machine. Expiry starts from `intent` and a recall from
# `accepted`; the author decides about unknown batches alone.
_EXPIRE = batch_origins("unknown", "intent")
_RECALL = batch_origins("unknown", "accepted")
_RECALL_DELIVERY = delivery_origins("unknown", "accepted")
_PROVEN = delivery_origins("accepted", "unknown")
_RESEND = batch_origins("not_sent", "unknown")
_RESEND_DELIVERY = delivery_origins("pending", "unknown")
_FAIL = batch_origins("refused", "unknown")
_FAIL_DELIVERY = delivery_origins("failed", "unknown")


def expire_leases(
    connection: Connection,
    issue_id: int,
    *,
    at: dt.datetime,
    is_dead: Callable[[str], bool],
    now: dt.datetime,
) -> None:
    """Mark in-flight batches as `unknown` once their holder is dead or its lease has run out.

    Each expiry increments the fencing token, so a process that resumes late cannot record its
    result. `at` is the time by the real clock, and `is_dead` says whether a holder is surely dead.

    A lease that ends more than an hour from now was written by a clock that was wrong. It
    counts as expired, since it could block the issue for years.
    """
    rows = connection.execute(
        select(batch.c.id, batch.c.fence, batch.c.holder, batch.c.lease_until).where(
            batch.c.issue_id == issue_id, batch.c.status == "intent"
        )
    ).all()
    for row in rows:
        is_valid = at < row.lease_until < at + _LONGER_THAN_ANY_LEASE
        if not is_valid or is_dead(row.holder):
            move_batch(connection, row.id, row.fence, _EXPIRE, status="unknown", now=now)


def unknown_ids(
    connection: Connection, issue_id: int, mailer: str = "", hold_id: str = ""
) -> tuple[int, ...]:
    """Return the ids of the issue's unknown batches.

    `mailer` and `hold_id` limit them to batches given to that mailer and under that hold.
    """
    query = select(batch.c.id).where(batch.c.issue_id == issue_id, batch.c.status == "unknown")
    if mailer:
        query = query.where(batch.c.mailer == mailer)
    if hold_id:
        query = query.where(batch.c.hold_id == hold_id)
    return tuple(connection.scalars(query.order_by(batch.c.id)))


def was_held(connection: Connection, issue_id: int) -> bool:
    """Whether any batch of the issue was handed over under a hold."""
    query = select(batch.c.id).where(
        batch.c.issue_id == issue_id,
        batch.c.status.in_(("intent", *_VOID)),
        batch.c.send_at.is_not(None),
    )
    return connection.scalar(query.limit(1)) is not None


def recallable_ids(connection: Connection, issue_id: int, until: dt.datetime) -> tuple[int, ...]:
    """Return the ids of batches that may have been handed over and are held beyond `until`."""
    return tuple(
        connection.scalars(
            select(batch.c.id)
            .where(
                batch.c.issue_id == issue_id,
                batch.c.status.in_(_VOID),
                batch.c.send_at > until,
            )
            .order_by(batch.c.id)
        )
    )


def load_batch(connection: Connection, batch_id: int) -> ClaimedBatch:
    """Return a batch as it was claimed, with those of its deliveries that are unknown."""
    columns = (batch.c.id, batch.c.attempt_id, batch.c.fence, batch.c.edition)
    row = connection.execute(
        select(*columns, batch.c.hold_id, batch.c.send_at).where(batch.c.id == batch_id)
    ).one()
    deliveries = deliveries_in_status(connection, batch_id, ("unknown",))
    return ClaimedBatch(**row._asdict(), deliveries=deliveries)


def mark_unknown(connection: Connection, claimed: ClaimedBatch, now: dt.datetime) -> ClaimedBatch:
    """Mark an accepted batch as unknown before it is recalled, and return its new state.

    Until the mailer confirms the recall, it is unknown whether the messages were sent.
    Deliveries proven by an event stay accepted. A batch that moved on since its fencing token
    was read is returned unchanged.
    """
    moved = move_batch(connection, claimed.id, claimed.fence, _RECALL, status="unknown", now=now)
    if not moved:
        return claimed
    connection.execute(
        update(delivery)
        .where(
            delivery.c.batch_id == claimed.id,
            delivery.c.status.in_(_RECALL_DELIVERY),
            ~_has_event(claimed.id),
        )
        .values(status="unknown", detail="called back")
    )
    close_settled(connection, claimed.id, now)
    return load_batch(connection, claimed.id)


def void_batch(connection: Connection, batch_id: int, fence: int, now: dt.datetime) -> bool:
    """Plan the deliveries of a batch again, whose recall the mailer confirmed.

    Deliveries proven by an event count as accepted all the same. Return False if the batch
    moved on since its fencing token was `fence`.
    """
    if not move_batch(connection, batch_id, fence, _VOID, status="void", now=now):
        return False
    proven = _has_event(batch_id)
    of_batch = update(delivery).where(delivery.c.batch_id == batch_id)
    connection.execute(
        of_batch.where(delivery.c.status.in_(_VOID_DELIVERY), ~proven).values(
            status="pending", detail="called back"
        )
    )
    connection.execute(
        of_batch.where(delivery.c.status.in_(_PROVEN), proven).values(
            status="accepted", detail="", fault=""
        )
    )
    replan_pending(connection, batch_id, now)
    return True


def resend_unknown(connection: Connection, claimed: ClaimedBatch, now: dt.datetime) -> bool:
    """Plan a batch's unknown deliveries again, by the author's decision.

    Some readers may get the issue twice. Return False if the batch moved on meanwhile.
    """
    moved = move_batch(connection, claimed.id, claimed.fence, _RESEND, status="not_sent", now=now)
    if moved:
        detail = "sent again by the author's word"
        set_delivery_status(
            connection, claimed.id, None, "pending", detail, origins=_RESEND_DELIVERY
        )
        replan_pending(connection, claimed.id, now)
    return moved


def fail_unknown(connection: Connection, claimed: ClaimedBatch, now: dt.datetime) -> bool:
    """Count a batch's unknown deliveries as failed, by the author's decision.

    Return False if the batch moved on meanwhile.
    """
    moved = move_batch(connection, claimed.id, claimed.fence, _FAIL, status="refused", now=now)
    if moved:
        set_delivery_status(
            connection, claimed.id, None, "failed", LEFT, fault="", origins=_FAIL_DELIVERY
        )
    return moved


def _has_event(batch_id: int) -> Exists:
    """Whether an event proves that a delivery of this batch was sent."""
    return exists().where(
        event.c.subscriber_id == delivery.c.subscriber_id,
        event.c.attempt_id == batch.c.attempt_id,
        batch.c.id == batch_id,
    )
