"""Recall batches that a mailer still holds, so that a stop works for a while after sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import closing

from sqlalchemy import Connection, Engine

from newsletter.delivery.ledger.lease_holder import is_dead
from newsletter.models import Issue
from newsletter.sender.batch import RECALL_MARGIN, Hold
from newsletter.sender.mailers import HoldingMailer, Mailer, NotNow
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import unknown_batches


def recall_issue(
    engine: Engine,
    open_mailer: Callable[[], Mailer],
    issue: Issue,
    *,
    clock: Callable[[], dt.datetime],
    real_clock: Callable[[], dt.datetime],
) -> int:
    """Recall every batch of the issue that is still held; return how many were confirmed.

    Their deliveries are pending again. A batch whose recall is not confirmed stays unknown.
    """
    with snapshot(engine) as connection:
        if not unknown_batches.was_held(connection, issue.id):
            return 0
    with closing(open_mailer()) as mailer:
        recallable = find_recallable(engine, mailer, issue, clock=clock, real_clock=real_clock)
        return recall_batches(engine, mailer, recallable, clock=clock)


def find_recallable(
    engine: Engine,
    mailer: Mailer,
    issue: Issue,
    *,
    clock: Callable[[], dt.datetime],
    real_clock: Callable[[], dt.datetime],
) -> tuple[int, ...]:
    """Return the ids of the issue's batches that the mailer can still recall, by its own clock."""
    if not isinstance(mailer, HoldingMailer):
        return ()
    real_time = real_clock()
    try:
        server_time = mailer.server_time()
    except NotNow:
        server_time = real_time
    with transaction(engine) as connection:
        return recallable_at(connection, issue, server_time, real_time=real_time, now=clock())


def recallable_at(
    connection: Connection,
    issue: Issue,
    server_time: dt.datetime,
    *,
    real_time: dt.datetime,
    now: dt.datetime,
) -> tuple[int, ...]:
    """Return the ids of the batches that can still be recalled at `server_time`.

    A batch in flight can be recalled once its lease has expired.
    """
    unknown_batches.expire_leases(connection, issue.id, at=real_time, is_dead=is_dead, now=now)
    return unknown_batches.recallable_ids(connection, issue.id, server_time + RECALL_MARGIN)


def recall_batches(
    engine: Engine,
    mailer: Mailer,
    batch_ids: Iterable[int],
    *,
    clock: Callable[[], dt.datetime],
) -> int:
    """Recall batches; return how many the mailer confirmed."""
    if not isinstance(mailer, HoldingMailer):
        return 0
    return sum(_recall_batch(engine, mailer, batch_id, clock) for batch_id in batch_ids)


def _recall_batch(
    engine: Engine, mailer: HoldingMailer, batch_id: int, clock: Callable[[], dt.datetime]
) -> bool:
    # Unknown before the mailer is asked: if the process dies then, the ledger tells the truth.
    with transaction(engine) as connection:
        accepted = unknown_batches.load_batch(connection, batch_id)
        claimed = unknown_batches.mark_unknown(connection, accepted, clock())
    if claimed.send_at is None or not claimed.deliveries:
        # Events have proven meanwhile that every message was sent.
        return False
    if not mailer.recall(Hold(id=claimed.hold_id, send_at=claimed.send_at)):
        return False
    with transaction(engine) as connection:
        return unknown_batches.void_batch(connection, batch_id, claimed.fence, clock())
