"""Batches nobody knows the outcome of: found, called back, or decided by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Exists, exists, select, update

from newsletter.models import DeliveryStatus
from newsletter.storage.ledger.batches import ClaimedBatch
from newsletter.storage.ledger.late_proof import close_settled
from newsletter.storage.ledger.transitions import (
    deliveries_in_status,
    move_batch,
    replan_pending,
    set_delivery_status,
)
from newsletter.storage.tables import batch, delivery, event

_LONGER_THAN_ANY_LEASE = dt.timedelta(hours=1)


def expire_leases(
    connection: Connection,
    issue_id: int,
    *,
    at: dt.datetime,
    gone: Callable[[str], bool],
    now: dt.datetime,
) -> None:
    """Turns intents nobody stands behind any more into unknown ones.

    `at` is the real clock's moment; `gone` tells of a holder whether it is surely dead.
    A lease that ends hours from now was written by a clock that was wrong, and counts for
    nothing: it could hold an issue up for years. The fence moves on, so that a holder that
    wakes up late may not write.
    """
    rows = connection.execute(
        select(batch.c.id, batch.c.fence, batch.c.holder, batch.c.lease_until).where(
            batch.c.issue_id == issue_id, batch.c.status == "intent"
        )
    ).all()
    for row in rows:
        held = at < row.lease_until < at + _LONGER_THAN_ANY_LEASE
        if not held or gone(row.holder):
            move_batch(connection, row.id, row.fence, ("intent",), status="unknown", now=now)


def unknown_ids(
    connection: Connection, issue_id: int, mailer: str = "", hold_id: str = ""
) -> tuple[int, ...]:
    """The ids of batches whose outcome nobody knows; only those given to that mailer, under
    that hold, where these are named.
    """
    asked = select(batch.c.id).where(batch.c.issue_id == issue_id, batch.c.status == "unknown")
    if mailer:
        asked = asked.where(batch.c.mailer == mailer)
    if hold_id:
        asked = asked.where(batch.c.hold_id == hold_id)
    return tuple(connection.scalars(asked.order_by(batch.c.id)))


def was_held(connection: Connection, issue_id: int) -> bool:
    """Whether any batch of the issue was handed over to be held back for a while."""
    held = select(batch.c.id).where(
        batch.c.issue_id == issue_id,
        batch.c.status.in_(("intent", "accepted", "unknown")),
        batch.c.send_at.is_not(None),
    )
    return connection.scalar(held.limit(1)) is not None


def recallable_ids(connection: Connection, issue_id: int, until: dt.datetime) -> tuple[int, ...]:
    """The ids of batches handed over, or perhaps, that are held back until after `until`."""
    return tuple(
        connection.scalars(
            select(batch.c.id)
            .where(
                batch.c.issue_id == issue_id,
                batch.c.status.in_(("accepted", "unknown")),
                batch.c.send_at > until,
            )
            .order_by(batch.c.id)
        )
    )


def load_batch(
    connection: Connection, batch_id: int, *, among: Sequence[DeliveryStatus] = ("unknown",)
) -> ClaimedBatch:
    """A batch as it was claimed, with its deliveries that are in one of these statuses."""
    columns = (batch.c.id, batch.c.attempt_id, batch.c.fence, batch.c.edition)
    row = connection.execute(
        select(*columns, batch.c.hold_id, batch.c.send_at).where(batch.c.id == batch_id)
    ).one()
    return ClaimedBatch(
        **row._asdict(), deliveries=deliveries_in_status(connection, batch_id, among)
    )


def mark_unknown(connection: Connection, one: ClaimedBatch, now: dt.datetime) -> ClaimedBatch:
    """Before a batch that was accepted is called back: until that is confirmed, nobody knows.

    But of those of which an event says that they went out. Returns it with its new fence; as
    it was where somebody else has moved it meanwhile.
    """
    if not move_batch(connection, one.id, one.fence, ("accepted",), status="unknown", now=now):
        return one
    accepted = update(delivery).where(
        delivery.c.batch_id == one.id, delivery.c.status == "accepted", ~_went(one.id)
    )
    connection.execute(accepted.values(status="unknown", detail="called back"))
    close_settled(connection, one.id, now)
    return load_batch(connection, one.id)


def void_batch(connection: Connection, batch_id: int, fence: int, now: dt.datetime) -> bool:
    """The mailer called the whole attempt back: its deliveries are planned anew.

    But for those of which an event says that they went out all the same.
    """
    if not move_batch(connection, batch_id, fence, ("accepted", "unknown"), status="void", now=now):
        return False
    went = _went(batch_id)
    of_batch = update(delivery).where(delivery.c.batch_id == batch_id)
    held = of_batch.where(delivery.c.status.in_(("accepted", "unknown")))
    connection.execute(held.where(~went).values(status="pending", detail="called back"))
    connection.execute(held.where(went).values(status="accepted", detail=""))
    replan_pending(connection, batch_id, now)
    return True


def resend_unknown(connection: Connection, one: ClaimedBatch, now: dt.datetime) -> bool:
    """A person's word: whoever is in doubt gets it (perhaps again)."""
    if not move_batch(connection, one.id, one.fence, ("unknown",), status="not_sent", now=now):
        return False
    set_delivery_status(
        connection, one.id, None, "pending", "sent again by the author's word", before="unknown"
    )
    replan_pending(connection, one.id, now)
    return True


def fail_unknown(connection: Connection, one: ClaimedBatch, now: dt.datetime) -> bool:
    """A person's word: whoever is in doubt is left."""
    if not move_batch(connection, one.id, one.fence, ("unknown",), status="refused", now=now):
        return False
    set_delivery_status(connection, one.id, None, "failed", "left", before="unknown")
    return True


def _went(batch_id: int) -> Exists:
    """Whether an event says of a delivery of this batch that it went out."""
    return exists().where(
        event.c.subscriber_id == delivery.c.subscriber_id,
        event.c.attempt_id == batch.c.attempt_id,
        batch.c.id == batch_id,
    )
